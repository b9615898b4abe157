use bonafide_model::SeededEntropy;
use bonafide_seal::{
    ApiKey, ContentKey, EpochId, EpochState, IndexKey, Keyring, KeyringError, Purpose, SealError,
    Secret, SubjectKeys, SystemEntropy, TenantKeys,
};

use super::{SUBJECT, TENANT, altered, aml, at, entropy, keyring, prints, start};

fn text(keyring: &Keyring) -> String {
    String::from_utf8(keyring.to_bytes().unwrap().expose().clone()).unwrap()
}

/// A keyring with a destroyed, a previous and a current epoch.
fn worn() -> Keyring {
    let chance = entropy(1);
    let mut keyring = keyring(&chance);
    let first = keyring.current_epoch();
    keyring
        .begin_epoch(at("2026-12-01T00:00:00Z"), &chance)
        .unwrap();
    keyring
        .begin_epoch(at("2026-12-08T00:00:00Z"), &chance)
        .unwrap();
    keyring
        .destroy_epoch(first, at("2026-12-08T01:00:00Z"))
        .unwrap();
    keyring
}

#[test]
fn a_file_reads_back_as_it_was_written() {
    let keyring = worn();
    let written = text(&keyring);
    let back = Keyring::from_bytes(written.as_bytes()).unwrap();
    assert_eq!(text(&back), written);
    assert_eq!(back.generation(), 6);
    assert_eq!(
        back.tenants().map(TenantKeys::name).collect::<Vec<_>>(),
        [TENANT, "zenith"]
    );
    assert_eq!(
        back.tenant("zenith").unwrap().origin(),
        "zenith.example/ledger"
    );
    assert!(back.tenant("nobody").is_none());
    let seed = |k: &Keyring| *k.tenant(TENANT).unwrap().signing_seed().expose();
    assert_eq!(seed(&back), seed(&keyring));
    let states: Vec<_> = back.epochs().map(|e| e.state).collect();
    let gone = EpochState::Destroyed {
        at: at("2026-12-08T01:00:00Z"),
    };
    assert_eq!(states, [gone, EpochState::Previous, EpochState::Current]);

    let json: serde_json::Value = serde_json::from_str(&written).unwrap();
    let first = &json["epochs"][0];
    assert_eq!(first["state"], "destroyed");
    assert!(first.get("key").is_none(), "a destroyed epoch keeps no key");
    assert!(json["epochs"][1]["key"].is_string());
}

#[test]
fn an_altered_or_shortened_file_is_refused() {
    let written = text(&worn());
    for (i, bytes) in altered(written.as_bytes()) {
        assert!(Keyring::from_bytes(&bytes).is_err(), "byte {i}");
    }
    for cut in 0..written.len() - 1 {
        assert_eq!(
            Keyring::from_bytes(&written.as_bytes()[..cut]).unwrap_err(),
            KeyringError::CutShort,
            "cut at {cut}"
        );
    }
    let json: serde_json::Value = serde_json::from_str(&written).unwrap();
    let respaced = serde_json::to_string(&json).unwrap();
    assert!(
        Keyring::from_bytes(respaced.as_bytes()).is_ok(),
        "spaces and order do not matter"
    );
}

#[test]
fn an_edited_file_is_refused_with_the_reason() {
    let written = text(&worn());
    let read = |text: String| Keyring::from_bytes(text.as_bytes()).unwrap_err();
    let edit = |from: &str, to: &str| {
        assert!(written.contains(from), "{from}");
        read(written.replacen(from, to, 1))
    };
    assert_eq!(
        edit("\"v\": 2", "\"v\": 3"),
        KeyringError::UnknownVersion(3)
    );
    assert_eq!(edit("\"none\"", "\"kek\""), KeyringError::UnknownProtection);
    assert_eq!(
        edit("acme.example", "evil.example"),
        KeyringError::CheckFailed
    );
    assert_eq!(
        edit("\"generation\": 6", "\"generation\": 7"),
        KeyringError::CheckFailed
    );
    assert_eq!(
        edit("2026-12-08T01:00:00.000Z", "2026-12-08T02:00:00.000Z"),
        KeyringError::CheckFailed
    );
    assert!(matches!(
        edit("\"previous\"", "\"current\""),
        KeyringError::Inconsistent(_)
    ));
    assert!(matches!(
        edit("\"previous\"", "\"destroyed\""),
        KeyringError::Inconsistent(_)
    ));
    assert!(matches!(
        edit("\"id\": 2", "\"id\": 4"),
        KeyringError::Inconsistent(_)
    ));
    assert!(matches!(
        edit("\"epochs\"", "\"epoch\""),
        KeyringError::Malformed { .. }
    ));
    assert!(matches!(
        edit("\"v\": 2,", "\"v\": 2, \"extra\": 1,"),
        KeyringError::Malformed { .. }
    ));
    assert_eq!(
        edit("\"zenith\"", "\"acme\""),
        KeyringError::TenantExists("acme".into())
    );
    let without_check = written
        .split_once("\"check\"")
        .unwrap()
        .0
        .trim_end()
        .trim_end_matches(',')
        .to_owned()
        + "}";
    assert_eq!(read(without_check), KeyringError::CheckFailed);
    for odd in ["", "{", "[]", "null", "x"] {
        assert!(Keyring::from_bytes(odd.as_bytes()).is_err(), "{odd}");
    }
}

#[test]
fn a_message_never_repeats_a_key() {
    let written = text(&worn());
    let json: serde_json::Value = serde_json::from_str(&written).unwrap();
    let key = json["epochs"][1]["key"].as_str().unwrap();
    let edits = [
        written.replacen(
            "\"generation\": 6",
            &format!("\"generation\": \"{key}\""),
            1,
        ),
        written.replacen("\"previous\"", &format!("\"{key}\""), 1),
        written.replacen("\"v\": 2", &format!("\"v\": \"{key}\""), 1),
        written.replacen(key, &format!("{key}="), 1),
        written.replacen(key, &key[..40], 1),
        written.replacen("\"zenith\"", &format!("\"{key}\""), 1),
        written.replacen("\"check\"", &format!("\"{key}\""), 1),
    ];
    for edited in edits {
        assert_ne!(edited, written);
        let refused = Keyring::from_bytes(edited.as_bytes()).unwrap_err();
        assert!(
            !format!("{refused} {refused:?}").contains(&key[..40]),
            "{refused}"
        );
    }
}

#[test]
fn the_current_epoch_cannot_be_destroyed() {
    let chance = entropy(2);
    let mut keyring = keyring(&chance);
    let first = keyring.current_epoch();
    assert_eq!(
        keyring.destroy_epoch(first, start()).unwrap_err(),
        KeyringError::EpochCurrent(first)
    );
    let unknown = EpochId::new(99);
    assert_eq!(
        keyring.destroy_epoch(unknown, start()).unwrap_err(),
        KeyringError::EpochUnknown(unknown)
    );
    let early = at("2026-11-24T09:29:59Z");
    assert!(matches!(
        keyring.begin_epoch(early, &chance),
        Err(KeyringError::ClockBehind { .. })
    ));

    let second = keyring.begin_epoch(start(), &chance).unwrap();
    assert_eq!(second.get(), first.get() + 1);
    keyring.destroy_epoch(first, start()).unwrap();
    let generation = keyring.generation();
    keyring
        .destroy_epoch(first, at("2027-01-01T00:00:00Z"))
        .unwrap();
    assert_eq!(
        keyring.generation(),
        generation,
        "destroying again changes nothing"
    );
    let gone = EpochState::Destroyed { at: start() };
    assert_eq!(keyring.epochs().next().unwrap().state, gone);
}

#[test]
fn tenants_are_named_once_and_properly() {
    let chance = entropy(3);
    let mut keyring = keyring(&chance);
    let mut add = |name: &str, origin: &str| {
        keyring
            .add_tenant(name, origin, &chance)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(
        add(TENANT, "other.example"),
        KeyringError::TenantExists(TENANT.into())
    );
    assert_eq!(
        add("other", "acme.example/ledger"),
        KeyringError::OriginTaken("acme.example/ledger".into())
    );
    for bad in ["", "Acme", "1acme", "a b", "a|b", "ä", &"a".repeat(64)] {
        assert!(
            matches!(add(bad, "other.example"), KeyringError::TenantName(_)),
            "{bad}"
        );
    }
    for bad in ["", "a b", "a+b", "a\nb", "ä.example", &"a".repeat(256)] {
        assert!(
            matches!(add("other", bad), KeyringError::Origin(_)),
            "{bad}"
        );
    }
}

#[test]
fn every_key_is_different() {
    let json: serde_json::Value = serde_json::from_str(&text(&worn())).unwrap();
    let mut keys = std::collections::BTreeSet::new();
    let mut count = 0;
    let epochs = json["epochs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e.get("key"));
    let names = [
        "index_key",
        "signing_seed",
        "body_mac_key",
        "api_key_hash_key",
    ];
    let tenants = json["tenants"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|t| names.map(|n| &t[n]));
    for key in epochs.chain(tenants) {
        keys.insert(key.as_str().unwrap().to_owned());
        count += 1;
    }
    assert_eq!((count, keys.len()), (10, 10));
}

#[test]
fn nothing_that_carries_a_key_prints_it() {
    let chance = SystemEntropy;
    let keyring = keyring(&chance);
    let tenant = keyring.tenant(TENANT).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text(&keyring)).unwrap();
    let printed = format!(
        "{keyring:?} {keyring:#?} {tenant:?} {:?} {}",
        tenant.signing_seed(),
        tenant.signing_seed()
    );
    assert!(printed.contains("[sealed]"));
    assert!(!prints(&printed, tenant.signing_seed().expose()));
    let entries = json["epochs"]
        .as_array()
        .unwrap()
        .iter()
        .chain(json["tenants"].as_array().unwrap());
    for key in entries
        .flat_map(|e| e.as_object().unwrap())
        .filter(|(name, _)| name.contains("key"))
    {
        use base64::Engine;
        let raw = base64::engine::general_purpose::STANDARD
            .decode(key.1.as_str().unwrap())
            .unwrap();
        assert_eq!(raw.len(), 32);
        assert!(!prints(&printed, &raw), "{}", key.0);
    }

    // Known key bytes: what a seeded source gives first is the key.
    let bytes = Secret::<[u8; 32]>::random(&entropy(7));
    let key = ContentKey::random(&entropy(7));
    let keys = SubjectKeys::generate([(Purpose::Identity, aml())], &entropy(7)).unwrap();
    let api_key = ApiKey::generate(
        "key_00000000000000000000000001".parse().unwrap(),
        &entropy(7),
    );
    let printed = format!("{key:?} {keys:?} {keys:#?} {bytes:?} {bytes} {api_key:?}");
    assert!(!prints(&printed, bytes.expose()));
    assert!(!printed.contains(api_key.expose().rsplit('_').next().unwrap()));
    let index: &IndexKey = tenant.index_key();
    let all = (index, tenant.body_mac_key(), tenant.api_key_hash_key());
    let printed = format!("{all:?}");
    assert_eq!(
        printed,
        "(IndexKey([sealed]), BodyMacKey([sealed]), ApiKeyHashKey([sealed]))"
    );
    let refused = SubjectKeys::unwrap(
        &keys.wrap(&keyring, TENANT, SUBJECT, &chance).unwrap(),
        &super::keyring(&chance),
        TENANT,
        SUBJECT,
    );
    assert_eq!(refused.unwrap_err(), SealError::WrongKey);
}

/// As the first version of the program wrote it.
const FIRST: &str = r#"{"v":1,"protection":"none","generation":2,"epochs":[{"id":1,"from":"2026-11-24T09:30:00.000Z",
"state":"current","key":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}],"tenants":[{"name":"acme",
"origin":"acme.example/ledger","index_key":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
"signing_seed":"AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=",
"body_mac_key":"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=",
"api_key_hash_key":"BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU="}],"check":"CHECK"}"#;

#[test]
fn a_file_of_the_first_version_is_read_and_written_as_the_second() {
    use base64::Engine as _;
    let tagged = FIRST.replace(",\"check\":\"CHECK\"", "").replace('\n', "");
    let bytes = [b"bonafide-keyring-v1\0".as_slice(), tagged.as_bytes()].concat();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let check = base64::engine::general_purpose::STANDARD.encode(digest);
    let keyring = Keyring::from_bytes(FIRST.replace("CHECK", &check).as_bytes()).unwrap();
    assert_eq!(keyring.epoch_ms(), bonafide_seal::EPOCH_DEFAULT_MS);
    let again = text(&keyring);
    assert!(again.contains("\"v\": 2") && Keyring::from_bytes(again.as_bytes()).is_ok());
}

#[test]
fn two_epochs_can_be_read_and_the_third_destroys_the_first() {
    let entropy = SeededEntropy::new(5);
    let day = |n: i64| at("2026-11-24T00:00:00Z").plus_millis(n * bonafide_model::DAY_MS);
    let mut keyring = Keyring::create(day(0), &entropy);
    let first = keyring.current_epoch();
    assert_eq!(keyring.readable_until(first), Some(day(14)));
    assert!(keyring.outlived().is_empty());
    keyring.begin_epoch(day(8), &entropy).unwrap();
    assert_eq!(keyring.readable_until(first), Some(day(15)));
    assert!(keyring.outlived().is_empty());
    keyring.begin_epoch(day(15), &entropy).unwrap();
    assert_eq!(keyring.outlived(), [first]);
    let mark = keyring.erasure_mark(first, "acme", "pty_1").unwrap();
    assert_ne!(mark, keyring.erasure_mark(first, "acme", "pty_2").unwrap());
    assert_ne!(mark, keyring.erasure_mark(first, "acm", "epty_1").unwrap());
    keyring.destroy_epoch(first, day(15)).unwrap();
    assert_eq!(keyring.readable_until(first), None);
    assert!(keyring.erasure_mark(first, "acme", "pty_1").is_err());
    for wrong in [
        0,
        bonafide_seal::EPOCH_MIN_MS - 1,
        bonafide_seal::EPOCH_MAX_MS + 1,
    ] {
        assert_eq!(keyring.set_epoch_ms(wrong), Err(KeyringError::EpochLength));
    }
    keyring.set_epoch_ms(bonafide_seal::EPOCH_MIN_MS).unwrap();
    let again = Keyring::from_bytes(text(&keyring).as_bytes()).unwrap();
    assert_eq!(again.epoch_ms(), bonafide_seal::EPOCH_MIN_MS);
}

#[test]
fn a_reopened_ledger_has_another_key_and_the_old_one_is_gone() {
    let entropy = SeededEntropy::new(6);
    let mut keyring = worn();
    let old_seed = *keyring.tenant("acme").unwrap().signing_seed().expose();
    keyring
        .prepare_reopening("acme", "acme.example/ledger/2", &entropy)
        .unwrap();
    let taken = keyring.prepare_reopening("acme", "zenith.example/ledger", &entropy);
    assert_eq!(
        taken.unwrap_err(),
        KeyringError::OriginTaken("zenith.example/ledger".into())
    );
    let mut keyring = Keyring::from_bytes(text(&keyring).as_bytes()).unwrap();
    assert_eq!(
        keyring.tenant("acme").unwrap().next().unwrap().0,
        "acme.example/ledger/2"
    );
    keyring.reopen("acme", "acme.example/ledger+0+key").unwrap();
    let keyring = Keyring::from_bytes(text(&keyring).as_bytes()).unwrap();
    let acme = keyring.tenant("acme").unwrap();
    assert_eq!(acme.origin(), "acme.example/ledger/2");
    assert_ne!(*acme.signing_seed().expose(), old_seed);
    assert_eq!(acme.former().next().unwrap().origin, "acme.example/ledger");
    assert!(acme.next().is_none());
}
