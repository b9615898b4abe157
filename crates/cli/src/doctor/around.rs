//! What an installation stands on and talks to: room on the disk, the mail server, the vault that keeps its key.

use std::path::Path;

use bonafide_app::{KeyringDir, Location};
use tokio::time::{Duration, timeout};

use super::{Findings, State};
use crate::mail;
use crate::place::Place;
use crate::{config, session::block_on};

/// Below this a few minutes of work can fill the disk: SQLite's log grows to some tens of megabytes under load, and
/// overwriting what was erased writes it once more. A full disk stops the service, and loses nothing.
const ROOM_MIN_BYTES: u64 = 512 << 20;
/// Below this there is no room for a back-up or a restoration of anything beside it.
const ROOM_SOME_BYTES: u64 = 2 << 30;
/// How long a mail server may take to greet; a job waits longer, a person who looks for what is wrong does not.
const GREET_MAX: Duration = Duration::from_secs(10);

/// Room on the disks of the database and the keyring.
pub(super) fn disk(place: &Place, findings: &mut Findings) -> anyhow::Result<()> {
    let mut database_bytes = 0;
    let mut folders = vec![place.keyring()?];
    if let Location::Sqlite(database) = place.location()? {
        database_bytes = std::fs::metadata(&database).map_or(0, |m| m.len());
        folders.insert(0, database.parent().unwrap_or(&database).to_owned());
    }
    let mut told = Vec::new();
    for folder in folders.iter().filter(|folder| folder.exists()) {
        match room(folder) {
            // Two folders on one disk are told once.
            Ok(free) if told.contains(&free) => {}
            Ok(free) => {
                told.push(free);
                let text = format!("{} MiB are free at {}", free >> 20, folder.display());
                match judged(free, database_bytes) {
                    State::Good => findings.good("disk", text),
                    State::Note => findings.note(
                        "disk",
                        text,
                        "that is too little for a back-up beside the database: make room, or back up elsewhere",
                    ),
                    State::Wrong => findings.wrong(
                        "disk",
                        text,
                        "make room: the service stops when the disk is full, and nothing can be recorded or erased then",
                    ),
                }
            }
            Err(error) => findings.wrong(
                "disk",
                format!(
                    "it is not known how much is free at {}: {error}",
                    folder.display()
                ),
                "look whether the disk is mounted and can be read",
            ),
        }
    }
    Ok(())
}

/// How it is with so many bytes free beside a database of so many.
fn judged(free: u64, database_bytes: u64) -> State {
    if free < ROOM_MIN_BYTES {
        State::Wrong
    } else if free < ROOM_SOME_BYTES.max(database_bytes) {
        State::Note
    } else {
        State::Good
    }
}

/// Bytes that the program may still write to the disk of a folder.
#[cfg(unix)]
fn room(folder: &Path) -> std::io::Result<u64> {
    let known = rustix::fs::statvfs(folder)?;
    Ok(known.f_bavail.saturating_mul(known.f_frsize))
}

#[cfg(not(unix))]
fn room(_: &Path) -> std::io::Result<u64> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Where the key-encryption key comes from; that the keyring could be read shows that it was there.
pub(super) fn key_source(keys: &KeyringDir, findings: &mut Findings) {
    match keys.kek_source() {
        Ok(Some(source)) => findings.good(
            "key-encryption key",
            format!("`{source}` gave it, and it opens the keyring"),
        ),
        Ok(None) => findings.note(
            "key-encryption key",
            "the keyring is not wrapped: the permissions of its file alone protect it",
            "wrap it with `bonafide keys rewrap --to SOURCE`",
        ),
        Err(error) => findings.wrong("key-encryption key", error.to_string(), UNLOCK),
    }
}

/// What to do when the keyring is there and cannot be unwrapped.
pub(super) const UNLOCK: &str = "look whether the vault, the module or the file that the keyring names can be reached from here and its token is \
     valid; an escrow copy does not need it (`bonafide keys recover`)";

/// Whether the mail server of the settings takes us.
pub(super) fn mail_server(findings: &mut Findings) {
    let Some(server) = config::get("mail.server") else {
        let mend = "set `mail.server` if customers are to get letters";
        return findings.note("mail server", "none is set: no letters go out", mend);
    };
    let mailer = match mail::configured() {
        Ok(Some(mailer)) => mailer,
        Ok(None) => return,
        Err(error) => {
            let mend = "mend the settings under `[mail]`; `bonafide config show` prints them";
            return findings.wrong("mail server", format!("{error:#}"), mend);
        }
    };
    let greeted = block_on(async { Ok(timeout(GREET_MAX, mailer.greet()).await) });
    let text = match greeted {
        Ok(Ok(Ok(()))) => return findings.good("mail server", format!("`{server}` takes letters")),
        Ok(Ok(Err(error))) => format!("`{server}`: {error}"),
        Ok(Err(_)) => format!("`{server}` did not answer within {} s", GREET_MAX.as_secs()),
        Err(error) => format!("{error:#}"),
    };
    let mend = "look at `mail.server`, `mail.port`, `mail.security`, the login and the roots, then try `bonafide mail test`; letters \
                wait meanwhile and are given up after some days";
    findings.wrong("mail server", text, mend);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_judged_by_what_work_and_a_back_up_take() {
        assert_eq!(judged(ROOM_MIN_BYTES - 1, 0), State::Wrong);
        assert_eq!(judged(ROOM_MIN_BYTES, 0), State::Note);
        assert_eq!(judged(ROOM_SOME_BYTES, 0), State::Good);
        assert_eq!(judged(ROOM_SOME_BYTES, ROOM_SOME_BYTES + 1), State::Note);
    }

    #[test]
    fn the_room_of_a_disk_is_known() {
        assert!(room(&std::env::temp_dir()).unwrap() > 0);
        assert!(room(Path::new("/nowhere/at/all")).is_err());
    }
}
