//! The escrow copy of the keyring: who can open it, where it goes, when it is made again, and recovering from it.
//!
//! The host knows the public keys of the recipients alone. A copy is made again whenever the keyring or the list of erasures
//! has changed, and replaces the one before it: an old copy holds keys that were destroyed since.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bonafide_model::{Entropy, Timestamp};
use bonafide_seal::{
    EscrowContent, EscrowCopy, EscrowIdentity, EscrowRecipient, EscrowShare, Keyring,
};
use serde::{Deserialize, Serialize};

use crate::backup::{Asked, Caller};
use crate::error::AppError;
use crate::keyring_dir::{KeyringDir, Recovery};
use crate::open::Config;
use crate::{Action, Actor, App};

const SET: &str = "escrow.json";
const STAMP: &str = "escrow.stamp";
/// The name of the copy in every place that it goes to.
pub const COPY_FILE: &str = "keyring.escrow";

/// Who holds shares, and where copies go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscrowSet {
    /// Shares needed.
    pub threshold: usize,
    /// Those who hold shares, with their public keys.
    pub recipients: Vec<EscrowMember>,
    /// Directories that a copy is put into, beside the one in the keyring's own directory.
    pub to: Vec<PathBuf>,
}

/// Somebody who holds a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscrowMember {
    /// What they are called.
    pub name: String,
    /// Their public key, `bfr1-…`.
    pub key: String,
}

impl EscrowSet {
    /// Reads a list of recipients: a name and a public key on each line; empty lines and `#` do not count.
    pub fn members(text: &str) -> Result<Vec<EscrowMember>, AppError> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, l)| !l.trim().is_empty() && !l.trim().starts_with('#'));
        lines
            .map(|(number, line)| {
                let wrong = |why: &str| AppError::Refused(format!("line {}: {why}", number + 1));
                let (name, key) = line
                    .trim()
                    .split_once(char::is_whitespace)
                    .ok_or_else(|| wrong("write a name and a public key, `bfr1-…`"))?;
                EscrowRecipient::parse(key).map_err(|e| wrong(&e.to_string()))?;
                Ok(EscrowMember {
                    name: name.to_owned(),
                    key: key.trim().to_owned(),
                })
            })
            .collect()
    }

    fn keys(&self) -> Result<Vec<(String, EscrowRecipient)>, AppError> {
        let key = |m: &EscrowMember| Ok((m.name.clone(), EscrowRecipient::parse(&m.key)?));
        let keys: Result<Vec<_>, bonafide_seal::EscrowError> =
            self.recipients.iter().map(key).collect();
        keys.map_err(refused)
    }
}

/// A copy that was made.
#[derive(Debug, Clone)]
pub struct EscrowMade {
    /// Where it is.
    pub paths: Vec<PathBuf>,
    /// The generation of the keyring in it.
    pub generation: u64,
}

impl App {
    /// Says who holds shares from now on and makes a copy for them.
    pub fn set_escrow(&self, actor: &Actor, set: &EscrowSet) -> Result<EscrowMade, AppError> {
        actor.may(Action::RotateKeys)?;
        let dir = self.keyring_dir();
        // Whatever cannot be is refused before anything is kept.
        seal(dir, set, self.now(), self.entropy())?;
        let text = serde_json::to_string_pretty(set).map_err(AppError::internal)?;
        dir.write(SET, text.as_bytes())?;
        dir.write(STAMP, b"")?;
        let made = escrow_copy(dir, self.now(), self.entropy())?;
        made.ok_or_else(|| AppError::internal("no escrow copy was made"))
    }

    /// Wraps the keyring file under another key-encryption key, or under none.
    pub fn rewrap_keyring(&self, actor: &Actor, source: Option<&str>) -> Result<(), AppError> {
        actor.may(Action::RotateKeys)?;
        self.keyring_dir().rewrap(source)
    }

    /// Who holds shares, if that was said.
    pub fn escrow(&self, actor: &Actor) -> Result<Option<EscrowSet>, AppError> {
        actor.may(Action::ReadStatus)?;
        set_of(self.keyring_dir())
    }

    /// Makes a copy if the keyring or the list of erasures has changed since the last one; `None` when nobody holds shares or
    /// nothing has changed.
    pub fn refresh_escrow(&self) -> Result<Option<EscrowMade>, AppError> {
        escrow_copy(self.keyring_dir(), self.now(), self.entropy())
    }
}

/// Makes a copy if something has changed since the last one.
pub(crate) fn escrow_copy(
    dir: &KeyringDir,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Option<EscrowMade>, AppError> {
    let Some(set) = set_of(dir)? else {
        return Ok(None);
    };
    let mut paths = vec![dir.path().join(COPY_FILE)];
    paths.extend(set.to.iter().map(|to| to.join(COPY_FILE)));
    let stamp = format!(
        "{} {}",
        dir.there()?.generation(),
        dir.erasure_text()?.len()
    );
    let same = dir.text(STAMP)?.as_deref() == Some(&stamp);
    if same && paths.iter().all(|path| path.exists()) {
        return Ok(None);
    }
    let copy = seal(dir, &set, now, entropy)?;
    let bytes = copy.to_bytes().map_err(refused)?;
    for path in &paths {
        place(path, &bytes)?;
    }
    // Written last: a copy that did not reach every place is made again.
    dir.write(STAMP, stamp.as_bytes())?;
    Ok(Some(EscrowMade {
        paths,
        generation: copy.generation(),
    }))
}

fn set_of(dir: &KeyringDir) -> Result<Option<EscrowSet>, AppError> {
    let Some(text) = dir.text(SET)? else {
        return Ok(None);
    };
    serde_json::from_str(&text).map(Some).map_err(|_| {
        AppError::Refused(format!(
            "{} is damaged: run `bonafide keys escrow init` again",
            dir.path().join(SET).display()
        ))
    })
}

fn seal(
    dir: &KeyringDir,
    set: &EscrowSet,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<EscrowCopy, AppError> {
    let keyring = dir.there()?;
    let bytes = keyring.to_bytes().map_err(AppError::internal)?;
    let mut heads = BTreeMap::new();
    for tenant in keyring.tenants() {
        if let Some(head) = dir.head(tenant.name())? {
            heads.insert(tenant.name().to_owned(), head);
        }
    }
    let content = EscrowContent {
        keyring: String::from_utf8(bytes.expose().clone()).map_err(AppError::internal)?,
        erased: dir.erasure_text()?,
        heads,
    };
    let (keys, generation) = (set.keys()?, keyring.generation());
    EscrowCopy::seal(&content, generation, &keys, set.threshold, now, entropy).map_err(refused)
}

/// Puts a copy in the place of the one before.
fn place(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let beside = path.with_extension("new");
    let written = fs::File::create(&beside).and_then(|mut file| {
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    });
    written.map_err(|e| {
        AppError::Refused(format!(
            "could not write the escrow copy {}: {e}",
            path.display()
        ))
    })
}

/// Opens the share of an identity in a copy; gives its holder's name and its text.
pub fn open_share(copy: &[u8], identity: &str) -> Result<(String, String), AppError> {
    let copy = EscrowCopy::from_bytes(copy).map_err(refused)?;
    let identity = EscrowIdentity::parse(identity).map_err(refused)?;
    let (name, share) = copy.open_share(&identity).map_err(refused)?;
    Ok((name.to_owned(), share.to_text().to_string()))
}

/// Makes a key pair for somebody who is to hold a share; gives the secret and the public text.
pub fn new_identity(entropy: &dyn Entropy) -> Result<(String, String), AppError> {
    let identity = EscrowIdentity::random(entropy);
    let recipient = identity.recipient().map_err(refused)?;
    Ok((identity.to_text().to_string(), recipient.to_text()))
}

/// What was recovered.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// The generation of the keyring.
    pub generation: u64,
    /// When the copy was made.
    pub made_at: Timestamp,
    /// Who was asked whether the caller may.
    pub asked: Asked,
    /// The tenants, whose ledgers have to be reopened.
    pub tenants: Vec<String>,
}

/// Recovers a keyring from a copy with enough shares, into a directory that holds none. The database is asked whether the
/// caller may, if there is one.
pub async fn recover(
    config: &Config,
    caller: Caller<'_>,
    copy: &[u8],
    shares: &[String],
) -> Result<Recovered, AppError> {
    let (keyring, now) = (config.keyring.as_path(), config.clock.now());
    let asked = caller
        .may_by(Action::RestoreBackup, &config.location, now)
        .await?;
    if keyring.join("keyring.json").exists() {
        return Err(AppError::Refused(format!(
            "there is a keyring in {} already: recover into a new directory, or move that one away",
            keyring.display()
        )));
    }
    let copy = EscrowCopy::from_bytes(copy).map_err(refused)?;
    let shares: Result<Vec<EscrowShare>, _> =
        shares.iter().map(|s| EscrowShare::parse(s)).collect();
    let content = copy.recover(&shares.map_err(refused)?).map_err(refused)?;
    let read = Keyring::from_bytes(content.keyring.as_bytes());
    let read = read.map_err(|e| AppError::Refused(e.to_string()))?;
    let dir = KeyringDir::open(keyring)?;
    for (tenant, head) in &content.heads {
        dir.keep_head(tenant, head, |_| false)?;
    }
    dir.put_erasure_text(&content.erased)?;
    let mut tenants = Vec::new();
    for tenant in read.tenants() {
        let mark = Recovery {
            origin: tenant.origin().to_owned(),
            generation: copy.generation(),
            made_at: copy.made_at(),
            at: now,
            actor: caller.name(),
            asked: asked.as_str().to_owned(),
        };
        dir.mark_recovered(tenant.name(), &mark)?;
        tenants.push(tenant.name().to_owned());
    }
    // Last: before that there is no keyring, and recovering can be tried again.
    dir.write("keyring.json", content.keyring.as_bytes())?;
    Ok(Recovered {
        generation: copy.generation(),
        made_at: copy.made_at(),
        asked,
        tenants,
    })
}

fn refused(error: bonafide_seal::EscrowError) -> AppError {
    AppError::Refused(error.to_string())
}
