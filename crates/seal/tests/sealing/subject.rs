use bonafide_seal::envelope::{open, seal};
use bonafide_seal::{
    Aad, EpochId, Keyring, Purpose, RetentionClass, SealError, SubjectKeys, WrappedKeys,
};
use proptest::prelude::*;

use super::{SUBJECT, TENANT, altered, aml, at, entropy, keyring, start};

const PLACE: Aad<'static> = Aad {
    tenant: TENANT,
    record: SUBJECT,
    field: "name",
    version: 1,
};

fn subject_keys() -> SubjectKeys {
    let list = [Purpose::Identity, Purpose::NationalId, Purpose::Biometric].map(|p| (p, aml()));
    SubjectKeys::generate(list, &entropy(9)).unwrap()
}

fn unwrap(row: &WrappedKeys, keyring: &Keyring) -> Result<SubjectKeys, SealError> {
    SubjectKeys::unwrap(row, keyring, TENANT, SUBJECT)
}

#[test]
fn a_wrapped_row_gives_back_the_same_keys() {
    let chance = entropy(1);
    let keyring = keyring(&chance);
    let keys = subject_keys();
    let row = keys.wrap(&keyring, TENANT, SUBJECT, &chance).unwrap();
    let back = unwrap(&row, &keyring).unwrap();
    assert_eq!(
        back.slots().collect::<Vec<_>>(),
        keys.slots().collect::<Vec<_>>()
    );
    for (purpose, class) in keys.slots() {
        let sealed = seal(keys.get(purpose, class).unwrap(), &PLACE, b"x", &chance).unwrap();
        assert_eq!(
            open(back.get(purpose, class).unwrap(), &PLACE, &sealed)
                .unwrap()
                .expose(),
            b"x"
        );
    }
}

#[test]
fn each_purpose_and_class_has_its_own_key_and_dies_alone() {
    // national identification numbers and biometrics are under keys of their own.
    let chance = entropy(2);
    let mut keys = subject_keys();
    let sealed = seal(
        keys.get(Purpose::NationalId, &aml()).unwrap(),
        &PLACE,
        b"x",
        &chance,
    )
    .unwrap();
    let identity = keys.get(Purpose::Identity, &aml()).unwrap();
    assert_eq!(
        open(identity, &PLACE, &sealed).unwrap_err(),
        SealError::WrongKey
    );

    let marketing: RetentionClass = "marketing".parse().unwrap();
    assert!(
        keys.ensure(Purpose::Identity, marketing.clone(), &chance)
            .unwrap()
    );
    assert!(
        !keys
            .ensure(Purpose::Identity, marketing.clone(), &chance)
            .unwrap()
    );
    assert!(keys.destroy(Purpose::Identity, &marketing));
    assert!(!keys.destroy(Purpose::Identity, &marketing));
    assert!(keys.get(Purpose::Identity, &marketing).is_none());
    assert!(keys.get(Purpose::Identity, &aml()).is_some());
}

#[test]
fn an_altered_row_is_refused() {
    let chance = entropy(3);
    let mut keyring = keyring(&chance);
    let row = subject_keys()
        .wrap(&keyring, TENANT, SUBJECT, &chance)
        .unwrap();
    for (i, bytes) in altered(&row.bytes) {
        assert!(
            unwrap(&WrappedKeys { bytes, ..row }, &keyring).is_err(),
            "byte {i}"
        );
    }
    for cut in 0..row.bytes.len() {
        let bytes = row.bytes[..cut].to_vec();
        assert!(
            unwrap(&WrappedKeys { bytes, ..row }, &keyring).is_err(),
            "cut at {cut}"
        );
    }
    let unknown = WrappedKeys {
        epoch: EpochId::new(2),
        ..row.clone()
    };
    assert_eq!(
        unwrap(&unknown, &keyring).unwrap_err(),
        SealError::EpochUnknown(EpochId::new(2))
    );
    keyring.begin_epoch(start(), &chance).unwrap();
    assert_eq!(unwrap(&unknown, &keyring).unwrap_err(), SealError::WrongKey);
}

#[test]
fn another_tenants_or_subjects_row_is_refused() {
    let chance = entropy(4);
    let keyring = keyring(&chance);
    let row = subject_keys()
        .wrap(&keyring, TENANT, SUBJECT, &chance)
        .unwrap();
    for (tenant, subject) in [
        ("zenith", SUBJECT),
        (TENANT, "pty_00000000000000000000000002"),
    ] {
        let refused = SubjectKeys::unwrap(&row, &keyring, tenant, subject).unwrap_err();
        assert_eq!(refused, SealError::Altered);
    }
    let stranger = super::keyring(&entropy(5));
    assert_eq!(unwrap(&row, &stranger).unwrap_err(), SealError::WrongKey);
}

#[test]
fn an_old_row_cannot_be_replayed_after_its_epoch() {
    // Undoing an erasure by putting back a copy of the wrapped row must fail.
    let chance = entropy(6);
    let mut keyring = keyring(&chance);
    let keys = subject_keys();
    let sealed = seal(
        keys.get(Purpose::Identity, &aml()).unwrap(),
        &PLACE,
        b"x",
        &chance,
    )
    .unwrap();
    let old = keys.wrap(&keyring, TENANT, SUBJECT, &chance).unwrap();
    let first = old.epoch;

    let second = keyring
        .begin_epoch(at("2026-12-01T00:00:00Z"), &chance)
        .unwrap();
    let live = old.rewrap(&keyring, TENANT, SUBJECT, &chance).unwrap();
    assert_eq!(live.epoch, second);
    assert!(
        unwrap(&old, &keyring).is_ok(),
        "the previous epoch still unwraps"
    );

    let ended = at("2026-12-01T06:00:00Z");
    keyring.destroy_epoch(first, ended).unwrap();
    let gone = SealError::EpochDestroyed {
        epoch: first,
        at: ended,
    };
    assert_eq!(unwrap(&old, &keyring).unwrap_err(), gone);
    assert_eq!(
        old.rewrap(&keyring, TENANT, SUBJECT, &chance).unwrap_err(),
        gone
    );
    let relabelled = WrappedKeys {
        epoch: second,
        ..old.clone()
    };
    assert_eq!(
        unwrap(&relabelled, &keyring).unwrap_err(),
        SealError::WrongKey
    );

    // Still so after the keyring was written and read.
    let again = Keyring::from_bytes(keyring.to_bytes().unwrap().expose()).unwrap();
    assert_eq!(unwrap(&old, &again).unwrap_err(), gone);
    let back = unwrap(&live, &again).unwrap();
    let key = back.get(Purpose::Identity, &aml()).unwrap();
    assert_eq!(
        open(key, &PLACE, &sealed).unwrap().expose(),
        b"x",
        "content does not depend on the epoch"
    );
}

#[test]
fn a_subject_has_a_bounded_number_of_keys() {
    let chance = entropy(7);
    let class = |n: usize| format!("class{n}").parse::<RetentionClass>().unwrap();
    let max = (0..128).map(|n| (Purpose::Contact, class(n)));
    let mut keys = SubjectKeys::generate(max, &chance).unwrap();
    let refused = keys
        .ensure(Purpose::Contact, class(128), &chance)
        .unwrap_err();
    assert_eq!(refused, SealError::TooManyKeys { max: 128 });
    let keyring = keyring(&chance);
    let row = keys.wrap(&keyring, TENANT, SUBJECT, &chance).unwrap();
    assert_eq!(unwrap(&row, &keyring).unwrap().slots().count(), 128);
}

proptest! {
    #[test]
    fn any_set_of_keys_round_trips(
        list in prop::collection::vec((0..8_usize, "[a-z][a-z0-9_.-]{0,63}"), 0..20),
        seed: u64,
    ) {
        let chance = entropy(seed);
        let keyring = keyring(&chance);
        let list = list.into_iter().map(|(p, c)| (Purpose::ALL[p], c.parse::<RetentionClass>().unwrap()));
        let keys = SubjectKeys::generate(list, &chance).unwrap();
        let row = keys.wrap(&keyring, TENANT, SUBJECT, &chance).unwrap();
        let back = unwrap(&row, &keyring).unwrap();
        prop_assert_eq!(back.slots().collect::<Vec<_>>(), keys.slots().collect::<Vec<_>>());
    }
}
