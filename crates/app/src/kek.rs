//! Where the key-encryption key of the keyring comes from, as the keyring file names it.
//!
//! `file:PATH` and `env:NAME` hold a secret that a machine chose; `passphrase-file:PATH` holds words that a person chose. Key
//! vaults and hardware modules get schemes of their own here, and nothing else need know of them.

use std::{env, fs};

use bonafide_seal::{Kek, KekError, PassphraseKek, SecretKek};

/// The schemes, for messages.
const SCHEMES: &str = "`file:PATH`, `env:NAME` or `passphrase-file:PATH`";

/// The key-encryption key at a source.
pub(crate) fn kek_of(source: &str) -> Result<Box<dyn Kek>, KekError> {
    let read = |path: &str| {
        fs::read_to_string(path)
            .map(zeroize::Zeroizing::new)
            .map_err(|e| KekError::Unavailable(format!("`{path}` cannot be read: {e}")))
    };
    match source.split_once(':') {
        Some(("file", path)) => Ok(Box::new(SecretKek::new(&read(path)?)?)),
        Some(("passphrase-file", path)) => Ok(Box::new(PassphraseKek::new(&read(path)?)?)),
        Some(("env", name)) => {
            let value = env::var(name).map(zeroize::Zeroizing::new);
            let value = value.map_err(|_| {
                KekError::Unavailable(format!("the environment variable `{name}` is not set"))
            })?;
            Ok(Box::new(SecretKek::new(&value)?))
        }
        _ => Err(KekError::Unavailable(format!(
            "`{}` is not where a key-encryption key comes from: write {SCHEMES}",
            source.chars().take(64).collect::<String>()
        ))),
    }
}
