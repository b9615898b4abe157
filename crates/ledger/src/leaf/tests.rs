use super::*;
use crate::hash::sha256;

fn leaf() -> Leaf {
    Leaf {
        ledger: "ledger.example/records".into(),
        kind: Kind::ClaimsAdded,
        at: Timestamp::from_millis(1_794_000_000_000).unwrap(),
        actor: "a:7f3c".into(),
        policy: vec![sha256(b"pack")],
        refs: vec![],
        commitments: vec![
            Commitment {
                field: "subject".into(),
                hash: sha256(b"s"),
            },
            Commitment {
                field: "claim.0".into(),
                hash: sha256(b"c"),
            },
        ],
        blob: Some(Blob {
            hash: sha256(b"ciphertext"),
            length: 10,
        }),
    }
}

fn text(leaf: &Leaf) -> String {
    String::from_utf8(leaf.encode().unwrap()).unwrap()
}

#[test]
fn the_form_is_fixed_and_reads_back() {
    let h = |s: &[u8]| sha256(s).to_string();
    let expected = format!(
        "{{\"actor\":\"a:7f3c\",\"at\":1794000000000,\"blob\":{{\"hash\":\"{}\",\"length\":10}},\"c\":[{{\"h\":\"{}\",\"n\":\"subject\"}},\
         {{\"h\":\"{}\",\"n\":\"claim.0\"}}],\"kind\":\"claims_added\",\"ledger\":\"ledger.example/records\",\"policy\":[\"{}\"],\
         \"refs\":[],\"v\":1}}",
        h(b"ciphertext"),
        h(b"s"),
        h(b"c"),
        h(b"pack")
    );
    assert_eq!(text(&leaf()), expected);
    assert_eq!(Leaf::parse(expected.as_bytes()).unwrap(), leaf());
    let without = Leaf {
        blob: None,
        ..leaf()
    };
    assert_eq!(Leaf::parse(text(&without).as_bytes()).unwrap(), without);
    for kind in Kind::ALL {
        let leaf = Leaf {
            kind: *kind,
            ..leaf()
        };
        assert_eq!(Leaf::parse(&leaf.encode().unwrap()).unwrap(), leaf);
    }
}

/// Attack 29: whatever two readers might read differently is refused.
#[test]
fn other_spellings_are_refused() {
    let good = text(&leaf());
    let edits: &[(&str, &str)] = &[
        ("{\"actor\"", "{ \"actor\""),
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\":1,\"v\":1"),
        ("\"v\":1", "\"v\":1.0"),
        ("\"v\":1", "\"v\":\"1\""),
        ("\"v\":1}", "\"v\":1,\"w\":0}"),
        ("\"v\":1}", "\"v\":1}\n"),
        ("\"v\":1}", "\"v\":1}{}"),
        ("\"refs\":[],", ""),
        ("\"refs\":[]", "\"refs\":null"),
        ("claims_added", "Claims_added"),
        ("claims_added", "rumour_heard"),
        ("1794000000000", "01794000000000"),
        ("1794000000000", "1794000000000000000"),
        ("1794000000000", "NaN"),
        ("a:7f3c", "Ada Lovelace"),
        ("a:7f3c", ""),
        ("a:7f3c", "\\u0061:7f3c"),
        ("ledger.example/records", "ledger example"),
        ("ledger.example/records", "ledger+records"),
        ("\"subject\"", "\"claim.0\""),
        ("\"length\":10", "\"length\":-1"),
        ("\"length\":10", "\"length\":10,\"name\":\"x\""),
        ("\"length\":10", "\"length\":9007199254740993"),
        ("\"n\":\"subject\"", "\"n\":\"subject\",\"o\":1"),
    ];
    for (from, to) in edits {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(Leaf::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    let upper = good.replace(
        &sha256(b"s").to_string(),
        &sha256(b"s").to_string().to_uppercase(),
    );
    assert!(Leaf::parse(upper.as_bytes()).is_err());
    for bytes in [b"".as_slice(), b"null", b"[]", b"\xff"] {
        assert!(Leaf::parse(bytes).is_err());
    }
}

/// Every flipped bit of a leaf gives something that is refused or that says, and hashes to, something else.
#[test]
fn no_flipped_bit_is_read_as_the_same_leaf() {
    let good = leaf().encode().unwrap();
    for i in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[i / 8] ^= 1 << (i % 8);
        assert_ne!(Leaf::parse(&bad).ok(), Some(leaf()));
    }
}

#[test]
fn only_corrections_erasures_and_holds_refer() {
    for kind in Kind::ALL {
        let leaf = Leaf {
            kind: *kind,
            refs: vec![sha256(b"earlier")],
            ..leaf()
        };
        let refers = matches!(
            kind,
            Kind::Correction | Kind::Erasure | Kind::Expiry | Kind::Hold | Kind::HoldReleased
        );
        assert_eq!(leaf.encode().is_ok(), refers, "{kind}");
    }
    let forged = text(&leaf()).replace(
        "\"refs\":[]",
        &format!("\"refs\":[\"{}\"]", sha256(b"earlier")),
    );
    assert_eq!(
        Leaf::parse(forged.as_bytes()),
        Err(LeafError::Refers(Kind::ClaimsAdded))
    );
}

#[test]
fn length_is_bounded_when_writing_and_when_reading() {
    let many = Leaf {
        commitments: (0..200)
            .map(|i| Commitment {
                field: format!("f{i}"),
                hash: sha256(b"x"),
            })
            .collect(),
        ..leaf()
    };
    assert!(matches!(many.encode(), Err(LeafError::TooLong(_))));
    assert!(matches!(
        Leaf::parse(&vec![b' '; MAX_LEAF_BYTES + 1]),
        Err(LeafError::TooLong(_))
    ));
}
