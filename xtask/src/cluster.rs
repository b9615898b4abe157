//! A throw-away PostgreSQL server on a free loopback port, stopped and erased whatever becomes of this program.
//!
//! A guard process holds the reading end of a pipe whose writing end lies in this program alone. When this program ends,
//! be it by an error, an interrupt or a kill, the pipe closes and the guard stops the server and removes its folder. The
//! ordinary end takes the same way, so that there is one way only. `fsync` stays on: durability is what is tested.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;
use crate::{process, system};

/// Another process may take a free port before the server does; after this many ports it is something else.
const START_ATTEMPTS: usize = 3;

/// Seconds given to the server to start or to stop; on a busy machine of two cores it takes two.
const PATIENCE_SECONDS: &str = "60";

/// Every test binary and every server process under test holds a small pool of its own.
const CONNECTIONS: u32 = 300;

/// Waits for the pipe to close, then stops the server, if there is one, and removes its folder.
const GUARD: &str = r#"trap '' INT TERM HUP
read -r _
if [ -f "$1/data/postmaster.pid" ]; then
  "$2/pg_ctl" stop --silent --pgdata "$1/data" --mode fast --timeout "$3" || "$2/pg_ctl" stop --silent --pgdata "$1/data" --mode immediate
fi
rm -rf "$1"
"#;

/// A running server. Dropping it stops the server and removes its data.
pub(crate) struct Cluster {
    port: u16,
    _guard: Guard,
}

impl Cluster {
    /// Starts a new, empty server.
    pub(crate) fn start() -> Result<Self, Failure> {
        let programs = system::postgres_programs().ok_or_else(|| {
            Failure::new("no PostgreSQL server: `cargo xtask test` says what to install")
        })?;
        let owner = Owner::find()?;
        let folder = make_folder(&owner)?;
        let guard = Guard::start(&programs, &folder, &owner)?;
        let data = folder.join("data");
        let mut initdb = owner.command(&programs.join("initdb"), &folder);
        initdb.args([
            "--auth=trust",
            "--username=bonafide",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        process::read(initdb.arg("--pgdata").arg(&data))?;

        let mut attempt = 1;
        loop {
            let port = free_port()?;
            write_settings(&data, &folder, port)?;
            let log = folder.join("log");
            let mut start = owner.command(&programs.join("pg_ctl"), &folder);
            start.args([
                "start",
                "--silent",
                "--wait",
                "--timeout",
                PATIENCE_SECONDS,
                "--pgdata",
            ]);
            match process::run(start.arg(&data).arg("--log").arg(&log)) {
                Ok(()) => {
                    return Ok(Self {
                        port,
                        _guard: guard,
                    });
                }
                Err(_) if attempt < START_ATTEMPTS => attempt += 1,
                Err(failure) => {
                    let said = std::fs::read_to_string(&log).unwrap_or_default();
                    return Err(Failure::new(format!("{failure}\n{said}")));
                }
            }
        }
    }

    /// The address for `BONAFIDE_TEST_POSTGRES`: its user may create databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://bonafide@127.0.0.1:{}/postgres", self.port)
    }
}

/// The process that cleans up.
struct Guard(Child);

impl Guard {
    fn start(programs: &Path, folder: &Path, owner: &Owner) -> Result<Self, Failure> {
        let mut command = owner.command(Path::new("/bin/sh"), Path::new("/"));
        command
            .args(["-c", GUARD, "guard"])
            .arg(folder)
            .arg(programs)
            .arg(PATIENCE_SECONDS);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        // A group of its own, so that an interrupt typed at the terminal does not reach it.
        let child = command.process_group(0).spawn();
        child
            .map(Self)
            .map_err(|e| Failure::new(format!("cannot start /bin/sh: {e}")))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(e) = self.0.wait() {
            eprintln!("cannot tell whether the throw-away server stopped: {e}");
        }
    }
}

/// Who runs the server: PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn find() -> Result<Self, Failure> {
        if !system::is_root()? {
            return Ok(Self(None));
        }
        let id = |flag: &str| {
            let said = process::read(Command::new("id").args([flag, "postgres"])).ok();
            said.and_then(|number| number.parse().ok()).ok_or_else(|| {
                Failure::new("PostgreSQL does not run as root and there is no user `postgres`: add one, or run this as another user")
            })
        };
        Ok(Self(Some((id("-u")?, id("-g")?))))
    }

    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C");
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

/// A new folder that only the server's user may enter, in the first place for temporary files that this user can reach.
fn make_folder(owner: &Owner) -> Result<PathBuf, Failure> {
    let places = [
        std::env::temp_dir(),
        PathBuf::from("/tmp"),
        PathBuf::from("/var/tmp"),
    ];
    for place in places {
        let folder = place.join(format!("bonafide-postgres-{}", std::process::id()));
        if std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .is_err()
        {
            continue;
        }
        let given = owner
            .0
            .is_none_or(|(user, group)| chown(&folder, Some(user), Some(group)).is_ok());
        let mut probe = owner.command(Path::new("/bin/sh"), Path::new("/"));
        probe
            .args(["-c", r#"cd "$1" && test -w ."#, "probe"])
            .arg(&folder);
        if given && process::read(&mut probe).is_ok() {
            return Ok(folder);
        }
        // It is empty and of no use; the next place is tried whether or not it goes away.
        drop(std::fs::remove_dir(&folder));
    }
    Err(Failure::new(
        "no place for temporary files that the user of the PostgreSQL server can write to: set TMPDIR",
    ))
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| Failure::new(format!("no free port on loopback: {e}")))
}

/// Adds to the settings that initdb wrote; where a setting stands twice the last one counts.
fn write_settings(data: &Path, folder: &Path, port: u16) -> Result<(), Failure> {
    let settings = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\nmax_connections = {CONNECTIONS}\n",
        folder.display()
    );
    let path = data.join("postgresql.conf");
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(settings.as_bytes()))
        .map_err(|e| Failure::new(format!("cannot write {}: {e}", path.display())))
}
