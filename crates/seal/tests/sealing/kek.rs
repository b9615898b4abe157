use bonafide_model::SeededEntropy;
use bonafide_seal::{Kek, Keyring, KeyringError, KeyringSeal, PassphraseKek, SecretKek};

use super::{altered, keyring};

const SECRET: &str = "6f1d0c9a4c7f4c0e9a3b2d1e0f9c8b7a";
const PASSPHRASE: &str = "correct horse battery staple";

fn both() -> Vec<(Box<dyn Kek>, Box<dyn Kek>)> {
    vec![
        (
            Box::new(SecretKek::new(SECRET).unwrap()),
            Box::new(SecretKek::new(&SECRET.replace('6', "7")).unwrap()),
        ),
        (
            Box::new(PassphraseKek::new(PASSPHRASE).unwrap()),
            Box::new(PassphraseKek::new("incorrect horse battery staple").unwrap()),
        ),
    ]
}

#[test]
fn a_wrapped_keyring_opens_under_its_key_and_under_no_other() {
    let entropy = SeededEntropy::new(3);
    let keyring = keyring(&entropy);
    for (kek, other) in both() {
        let seal = KeyringSeal::new("env:BONAFIDE_KEK", &*kek, &entropy).unwrap();
        let bytes = seal.seal(&keyring, &entropy).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains("epochs") && !text.contains("signing_seed"));
        assert_eq!(
            KeyringSeal::source_of(&bytes).unwrap().unwrap(),
            "env:BONAFIDE_KEK"
        );
        let opened = KeyringSeal::of(&bytes, &*kek).unwrap();
        assert!(opened.is_of(&bytes).unwrap());
        let read = opened.open(&bytes).unwrap();
        assert_eq!(
            read.to_bytes().unwrap().expose(),
            keyring.to_bytes().unwrap().expose()
        );
        assert!(matches!(
            KeyringSeal::of(&bytes, &*other),
            Err(KeyringError::Kek { .. })
        ));
        assert_eq!(
            Keyring::from_bytes(&bytes).unwrap_err(),
            KeyringError::UnknownProtection
        );
    }
    let plain = keyring.to_bytes().unwrap();
    assert_eq!(KeyringSeal::source_of(plain.expose()).unwrap(), None);
    assert!(SecretKek::new("short").is_err() && PassphraseKek::new("short").is_err());
}

#[test]
fn an_altered_wrapped_file_is_refused() {
    let entropy = SeededEntropy::new(4);
    let keyring = keyring(&entropy);
    let kek = SecretKek::new(SECRET).unwrap();
    let seal = KeyringSeal::new("file:/k", &kek, &entropy).unwrap();
    let bytes = seal.seal(&keyring, &entropy).unwrap();
    // Where the key comes from is a hint to whoever starts the program; everything else is protected.
    let from = bytes.windows(9).position(|w| w == b"\"wrapped\"").unwrap();
    let mut read = 0;
    for (at, changed) in altered(&bytes).filter(|(at, _)| *at > from + 12).step_by(7) {
        let opened = KeyringSeal::of(&changed, &kek).and_then(|s| s.open(&changed));
        let same = opened.is_ok_and(|k| k.generation() == keyring.generation());
        read += usize::from(same);
        assert!(
            !same || bytes[at].is_ascii_whitespace() || at + 3 > bytes.len(),
            "byte {at}"
        );
    }
    assert!(read < 3);
}
