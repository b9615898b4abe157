//! Where the key-encryption key of the keyring comes from, as the keyring file names it.
//!
//! `file:PATH` and `env:NAME` hold a secret that a machine chose; `passphrase-file:PATH` holds words that a person chose. `transit:`
//! and `pkcs11:` name a key in a vault or a hardware module, which never leaves it.

use std::{env, fs};

use bonafide_connect::pkcs11::Pkcs11Kek;
use bonafide_connect::transit::TransitKek;
use bonafide_seal::{Kek, KekError, PassphraseKek, SecretKek};

/// The schemes, for messages.
const SCHEMES: &str = "`file:PATH`, `env:NAME`, `passphrase-file:PATH`, `transit:URL/MOUNT/KEY` or `pkcs11:…` (RFC 7512)";

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
        Some(("transit", key)) => Ok(Box::new(TransitKek::new(key)?)),
        Some(("pkcs11", key)) => Ok(Box::new(Pkcs11Kek::new(key)?)),
        _ => Err(KekError::Unavailable(format!(
            "`{}` is not where a key-encryption key comes from: write {SCHEMES}",
            source.chars().take(64).collect::<String>()
        ))),
    }
}
