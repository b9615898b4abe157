//! A key in a hardware module, by PKCS#11, as a key-encryption key: the key never leaves the module.
//!
//! A source is a URI as RFC 7512 has it: `pkcs11:token=bonafide;object=keyring?module-path=/usr/lib/softhsm/libsofthsm2.so&
//! pin-source=/etc/bonafide/pin`. The key is an AES key of 256 bits that may encrypt and decrypt; what is wrapped is sealed with
//! AES-GCM (CKM_AES_GCM) under a nonce of our own.

use std::fs;
use std::path::PathBuf;

use bonafide_model::Entropy;
use bonafide_seal::{Kek, KekError, Secret};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BITS: u64 = 128;
/// What the wrapped key is for.
const CONTEXT: &[u8] = b"bonafide-keyring";

/// A key in a module.
pub struct Pkcs11Kek {
    module: PathBuf,
    token: String,
    object: String,
    pin: Zeroizing<String>,
}

impl Pkcs11Kek {
    /// The key that a source names, without its `pkcs11:`. The module is not loaded yet.
    ///
    /// # Errors
    /// If it is not of that form, or the PIN cannot be read.
    pub fn new(source: &str) -> Result<Self, KekError> {
        let (path, query) = source.split_once('?').unwrap_or((source, ""));
        let find = |text: &str, between: char, name: &str| {
            let mut parts = text.split(between).filter_map(|p| p.split_once('='));
            parts
                .find(|(n, _)| *n == name)
                .map(|(_, v)| decoded(v))
                .transpose()
        };
        let need = |value: Result<Option<String>, KekError>, name: &str| {
            value?.filter(|v| !v.is_empty()).ok_or_else(|| {
                unavailable(format!(
                    "`{name}` is missing: write `pkcs11:token=…;object=…?module-path=…&pin-source=…` (RFC 7512)"
                ))
            })
        };
        let pin_source = need(find(query, '&', "pin-source"), "pin-source")?;
        let pin_path = pin_source.strip_prefix("file:").unwrap_or(&pin_source);
        let pin = fs::read_to_string(pin_path).map(Zeroizing::new);
        let pin = pin.map_err(|e| unavailable(format!("`{pin_path}` cannot be read: {e}")))?;
        Ok(Self {
            module: need(find(query, '&', "module-path"), "module-path")?.into(),
            token: need(find(path, ';', "token"), "token")?,
            object: need(find(path, ';', "object"), "object")?,
            pin: Zeroizing::new(pin.trim().to_owned()),
        })
    }

    /// Works with the key in a session of its own.
    fn with<T>(
        &self,
        work: impl FnOnce(&Session, ObjectHandle) -> Result<T, KekError>,
    ) -> Result<T, KekError> {
        let failed = |what: &str, e: Error| unavailable(format!("{what}: {e}"));
        let module = self.module.display();
        let context = Pkcs11::new(&self.module)
            .map_err(|e| failed(&format!("the module `{module}` cannot be loaded"), e))?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // Another part of this process has it open.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(e) => return Err(failed("the module does not start", e)),
        }
        let slots = context.get_slots_with_initialized_token();
        let slots = slots.map_err(|e| failed("the module does not list its tokens", e))?;
        let is_ours = |slot: &cryptoki::slot::Slot| {
            context
                .get_token_info(*slot)
                .is_ok_and(|info| info.label().trim_end() == self.token)
        };
        let slot = slots.into_iter().find(is_ours);
        let slot =
            slot.ok_or_else(|| unavailable(format!("there is no token `{}`", self.token)))?;
        let session = context.open_ro_session(slot);
        let session = session.map_err(|e| failed("no session can be opened", e))?;
        let pin = AuthPin::from(self.pin.as_str());
        session
            .login(UserType::User, Some(&pin))
            .map_err(|e| failed("the token refuses the PIN", e))?;
        let found = session.find_objects(&[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(self.object.as_bytes().to_vec()),
        ]);
        let found = found.map_err(|e| failed("the key cannot be looked for", e))?;
        match found.as_slice() {
            [key] => work(&session, *key),
            [] => Err(unavailable(format!(
                "the token has no AES key `{}`",
                self.object
            ))),
            _ => Err(unavailable(format!(
                "the token has several AES keys `{}`",
                self.object
            ))),
        }
    }
}

impl Kek for Pkcs11Kek {
    fn wrap(
        &self,
        key: &Secret<[u8; KEY_BYTES]>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KekError> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        self.with(|session, handle| {
            let mut iv = nonce;
            let mechanism = gcm(&mut iv)?;
            let sealed = session.encrypt(&mechanism, handle, key.expose());
            let sealed =
                sealed.map_err(|e| unavailable(format!("the module does not encrypt: {e}")))?;
            Ok([nonce.as_slice(), &sealed].concat())
        })
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret<[u8; KEY_BYTES]>, KekError> {
        let (nonce, sealed) = wrapped
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(KekError::Wrong)?;
        self.with(|session, handle| {
            let mut iv = *nonce;
            let mechanism = gcm(&mut iv)?;
            let plain = session
                .decrypt(&mechanism, handle, sealed)
                .map(Zeroizing::new);
            Secret::from_slice(&plain.map_err(|_| KekError::Wrong)?).ok_or(KekError::Wrong)
        })
    }
}

fn gcm(nonce: &mut [u8; NONCE_BYTES]) -> Result<Mechanism<'_>, KekError> {
    let parameters = GcmParams::new(nonce, CONTEXT, TAG_BITS.into());
    parameters
        .map(Mechanism::AesGcm)
        .map_err(|e| unavailable(e.to_string()))
}

fn unavailable(why: String) -> KekError {
    KekError::Unavailable(why)
}

/// A value of a URI: `%20` and its like are what they stand for.
fn decoded(value: &str) -> Result<String, KekError> {
    let wrong = || unavailable(format!("`{value}` is not a value of a URI"));
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| char::from(b?).to_digit(16);
        let (high, low) = (digit(rest.next()), digit(rest.next()));
        let (high, low) = high.zip(low).ok_or_else(wrong)?;
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}
