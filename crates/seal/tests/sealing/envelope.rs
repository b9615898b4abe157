use bonafide_seal::envelope::{OVERHEAD_BYTES, PLAINTEXT_MAX_BYTES, open, seal};
use bonafide_seal::{Aad, ContentKey, SealError};
use proptest::prelude::*;

use super::{SUBJECT, TENANT, altered, entropy};

const PLACE: Aad<'static> = Aad {
    tenant: TENANT,
    record: SUBJECT,
    field: "name",
    version: 7,
};

#[test]
fn an_altered_or_shortened_envelope_is_refused() {
    let chance = entropy(1);
    let key = ContentKey::random(&chance);
    let sealed = seal(&key, &PLACE, "Ünal".as_bytes(), &chance).unwrap();
    assert_eq!(sealed.len(), "Ünal".len() + OVERHEAD_BYTES);
    for (i, bytes) in altered(&sealed) {
        let refused = open(&key, &PLACE, &bytes).unwrap_err();
        match i {
            0 => assert!(matches!(refused, SealError::UnknownVersion(_)), "byte {i}"),
            1..45 => assert_eq!(refused, SealError::WrongKey, "byte {i}"),
            _ => assert_eq!(refused, SealError::Altered, "byte {i}"),
        }
    }
    for cut in 0..sealed.len() {
        assert!(open(&key, &PLACE, &sealed[..cut]).is_err(), "cut at {cut}");
    }
    assert_eq!(
        open(&key, &PLACE, &[sealed.as_slice(), &[0]].concat()).unwrap_err(),
        SealError::Altered
    );
}

#[test]
fn an_envelope_opens_only_in_its_place() {
    let chance = entropy(2);
    let key = ContentKey::random(&chance);
    let sealed = seal(&key, &PLACE, b"1984-02-29", &chance).unwrap();
    let others = [
        Aad {
            tenant: "zenith",
            ..PLACE
        },
        Aad {
            record: "pty_00000000000000000000000002",
            ..PLACE
        },
        Aad {
            field: "names",
            ..PLACE
        },
        Aad {
            version: 8,
            ..PLACE
        },
        Aad {
            tenant: "acm",
            record: "epty_00000000000000000000000001",
            ..PLACE
        },
    ];
    for other in others {
        assert_eq!(
            open(&key, &other, &sealed).unwrap_err(),
            SealError::Altered,
            "{other:?}"
        );
    }
    assert_eq!(open(&key, &PLACE, &sealed).unwrap().expose(), b"1984-02-29");
}

#[test]
fn another_key_is_refused_by_the_commitment() {
    let chance = entropy(3);
    let (key, other) = (ContentKey::random(&chance), ContentKey::random(&chance));
    let sealed = seal(&key, &PLACE, b"x", &chance).unwrap();
    assert_eq!(
        open(&other, &PLACE, &sealed).unwrap_err(),
        SealError::WrongKey
    );

    // Partitioning: with the other key's header in front, the commitment holds and the tag does not.
    let theirs = seal(&other, &PLACE, b"x", &chance).unwrap();
    let glued = [&theirs[..45], &sealed[45..]].concat();
    assert_eq!(
        open(&other, &PLACE, &glued).unwrap_err(),
        SealError::Altered
    );
    assert_eq!(open(&key, &PLACE, &glued).unwrap_err(), SealError::WrongKey);
}

#[test]
fn equal_values_cannot_be_told_from_unequal_ones() {
    let chance = entropy(4);
    let key = ContentKey::random(&chance);
    let (a, b) = (
        seal(&key, &PLACE, b"same", &chance).unwrap(),
        seal(&key, &PLACE, b"same", &chance).unwrap(),
    );
    assert_ne!(a[1..13], b[1..13], "nonce");
    assert_ne!(a[13..45], b[13..45], "commitment");
    assert_ne!(a[45..], b[45..], "ciphertext");
}

#[test]
fn too_large_a_value_is_refused() {
    let chance = entropy(5);
    let key = ContentKey::random(&chance);
    let large = vec![0; PLAINTEXT_MAX_BYTES + 1];
    assert!(matches!(
        seal(&key, &PLACE, &large, &chance),
        Err(SealError::TooLarge { .. })
    ));
    let large = vec![1; PLAINTEXT_MAX_BYTES + OVERHEAD_BYTES + 1];
    assert!(matches!(
        open(&key, &PLACE, &large),
        Err(SealError::TooLarge { .. })
    ));
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        plaintext in prop::collection::vec(any::<u8>(), 0..2000),
        record in ".{0,40}",
        field in ".{0,400}",
        version: u64,
        seed: u64,
    ) {
        let chance = entropy(seed);
        let key = ContentKey::random(&chance);
        let place = Aad { tenant: TENANT, record: &record, field: &field, version };
        let sealed = seal(&key, &place, &plaintext, &chance).unwrap();
        let opened = open(&key, &place, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &plaintext);
        if plaintext.len() >= 8 {
            prop_assert!(!sealed.windows(plaintext.len()).any(|w| w == plaintext));
        }
    }

    #[test]
    fn arbitrary_bytes_never_open(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = ContentKey::random(&entropy(6));
        prop_assert!(open(&key, &PLACE, &bytes).is_err());
        let versioned = [&[1], bytes.as_slice()].concat();
        prop_assert!(open(&key, &PLACE, &versioned).is_err());
    }
}
