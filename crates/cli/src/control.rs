//! Commands while the service runs on the embedded database.
//!
//! One process owns the file, so a command cannot open it beside the service. The service therefore listens on a socket in
//! the data directory, which its owner alone can reach, and runs there the commands that are sent to it: the same code,
//! with what it writes sent back, so that nobody notices where a command ran. One command runs at a time, since paths in
//! it are relative to where whoever sent it stands. Standard input is not sent. On PostgreSQL a command opens the database
//! itself, beside the service.

use std::cell::RefCell;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;

use anyhow::{Context as _, bail, ensure};
use clap::Parser as _;
use serde::{Deserialize, Serialize};

use crate::cli::{Cli, dispatch};
use crate::outcome::code_of;
use crate::place::{Place, make_private};

/// The directory of the socket in the data directory; made so that nobody else may enter it before there is a socket.
const FOLDER: &str = "control";
/// Bytes of a request: a command line.
const REQUEST_MAX: u32 = 1 << 20;
/// Bytes in one frame of an answer.
const FRAME_MAX: u32 = 1 << 24;

/// A command, as it is sent.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// Version of the program that sends it: the same command line may mean something else to another.
    version: String,
    /// The arguments after the program's name, as bytes.
    arguments: Vec<Vec<u8>>,
    /// Where the paths in it begin.
    directory: Vec<u8>,
    /// Who asks.
    actor: String,
    /// Columns of the terminal.
    width: usize,
}

/// What a frame of the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Out = 1,
    Err = 2,
    Exit = 3,
}

fn socket(data: &Path) -> PathBuf {
    data.join(FOLDER).join("socket")
}

// ── whoever sends a command ──

/// Sends the command to the service that owns the data, if one does; gives its exit code.
pub(crate) fn forward(place: &Place, width: usize) -> anyhow::Result<Option<u8>> {
    let Ok(mut stream) = UnixStream::connect(socket(&place.data()?)) else {
        return Ok(None);
    };
    let request = Request {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        arguments: env::args_os().skip(1).map(OsString::into_vec).collect(),
        directory: env::current_dir()
            .context("there is no current directory")?
            .into_os_string()
            .into_vec(),
        actor: place.actor_name(),
        width,
    };
    let text = serde_json::to_vec(&request)?;
    stream.write_all(&u32::try_from(text.len())?.to_be_bytes())?;
    stream.write_all(&text)?;
    let mut reader = BufReader::new(stream);
    let cut = "the service went away before the command had ended: look at what it did before running it again";
    loop {
        let (frame, bytes) = read_frame(&mut reader).context(cut)?;
        match frame {
            Frame::Out => io::stdout().lock().write_all(&bytes)?,
            Frame::Err => io::stderr().lock().write_all(&bytes)?,
            Frame::Exit => return Ok(Some(bytes.first().copied().unwrap_or(2))),
        }
    }
}

fn read_frame(reader: &mut impl Read) -> anyhow::Result<(Frame, Vec<u8>)> {
    let mut head = [0; 5];
    reader.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let length = u32::from_be_bytes(length);
    ensure!(length <= FRAME_MAX, "a frame of {length} bytes");
    let mut bytes = vec![0; usize::try_from(length)?];
    reader.read_exact(&mut bytes)?;
    let frame = [Frame::Out, Frame::Err, Frame::Exit]
        .into_iter()
        .find(|f| *f as u8 == kind);
    Ok((
        frame.with_context(|| format!("a frame of kind {kind}"))?,
        bytes,
    ))
}

// ── the service ──

/// The socket of a service; gone when dropped.
pub(crate) struct Control(PathBuf);

impl Control {
    /// Begins to take commands. Must be called by the process that owns the database, since it removes a socket that a
    /// process left which is gone.
    pub(crate) fn start(place: &Place) -> anyhow::Result<Self> {
        let data = place.data()?;
        make_private(&data.join(FOLDER))?;
        let path = socket(&data);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("could not remove {}", path.display()));
            }
            _ => {}
        }
        let listener = UnixListener::bind(&path);
        let listener =
            listener.with_context(|| format!("could not listen on {}", path.display()))?;
        let mut place = place.clone();
        place.data = Some(std::path::absolute(&data)?);
        place.keyring = Some(std::path::absolute(place.keyring()?)?);
        place.embedded = true;
        std::thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || accept(&listener, &place))?;
        Ok(Self(path))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Whoever finds it after all is refused by the system.
        let _ = fs::remove_file(&self.0);
    }
}

fn accept(listener: &UnixListener, place: &Place) {
    for stream in listener.incoming().flatten() {
        let place = place.clone();
        let run = move || {
            if let Err(error) = answer(stream, &place) {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "a command could not be answered"
                );
            }
        };
        if let Err(error) = std::thread::Builder::new()
            .name("command".to_owned())
            .spawn(run)
        {
            tracing::warn!(%error, "a command could not be begun");
        }
    }
}

fn answer(mut stream: UnixStream, place: &Place) -> anyhow::Result<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let request = read_request(&mut stream)?;
    let remote = Remote {
        stream: Rc::new(RefCell::new(stream)),
        width: request.width,
    };
    let exit = {
        let guard = ONE_AT_A_TIME.lock();
        let _guard = guard.unwrap_or_else(std::sync::PoisonError::into_inner);
        REMOTE.set(Some(remote.clone()));
        let exit = code_of(run(request, place));
        REMOTE.set(None);
        exit
    };
    remote.send(Frame::Exit, &[exit])?;
    Ok(())
}

fn read_request(stream: &mut UnixStream) -> anyhow::Result<Request> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    ensure!(length <= REQUEST_MAX, "a command of {length} bytes");
    let mut text = vec![0; usize::try_from(length)?];
    stream.read_exact(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

fn run(request: Request, place: &Place) -> anyhow::Result<crate::outcome::Answer> {
    let mine = env!("CARGO_PKG_VERSION");
    if request.version != mine {
        bail!(
            "the service that runs is version {mine} and this program is {}: restart the service",
            request.version
        );
    }
    let arguments = request.arguments.into_iter().map(OsString::from_vec);
    let name = std::iter::once(OsString::from("bonafide"));
    let mut cli = Cli::try_parse_from(name.chain(arguments))?;
    cli.place.data.clone_from(&place.data);
    cli.place.keyring.clone_from(&place.keyring);
    cli.place.embedded = place.embedded;
    cli.place.actor = Some(request.actor);
    let directory = Path::new(std::ffi::OsStr::from_bytes(&request.directory));
    env::set_current_dir(directory)
        .with_context(|| format!("could not go to {}", directory.display()))?;
    let result = dispatch(cli);
    // The service itself stands where nothing can be unmounted under it.
    let _ = env::set_current_dir("/");
    result
}

// ── what a command writes ──

thread_local! {
    static REMOTE: RefCell<Option<Remote>> = const { RefCell::new(None) };
}

/// Whoever sent the command that this thread runs.
#[derive(Clone)]
pub(crate) struct Remote {
    stream: Rc<RefCell<UnixStream>>,
    /// Columns of their terminal.
    pub(crate) width: usize,
}

/// Whoever sent the command that this thread runs; nobody when it was begun here.
pub(crate) fn remote() -> Option<Remote> {
    REMOTE.with_borrow(Clone::clone)
}

impl Remote {
    fn send(&self, frame: Frame, bytes: &[u8]) -> io::Result<()> {
        let mut stream = self.stream.borrow_mut();
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        stream.write_all(&[frame as u8])?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(bytes)
    }

    /// Their standard error.
    pub(crate) fn note(&self, text: &str) -> io::Result<()> {
        self.send(Frame::Err, text.as_bytes())
    }
}

/// Their standard output.
impl Write for Remote {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let some = bytes.len().min(1 << 16);
        let bytes = bytes.get(..some).unwrap_or_default();
        self.send(Frame::Out, bytes)?;
        Ok(some)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
