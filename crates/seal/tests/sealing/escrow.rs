use bonafide_model::{SeededEntropy, Timestamp};
use bonafide_seal::{
    EscrowContent, EscrowCopy, EscrowError, EscrowIdentity, EscrowRecipient, EscrowShare,
};

const CANARY: &str = "{\"keyring\":\"canary\"}";

struct Made {
    copy: EscrowCopy,
    identities: Vec<EscrowIdentity>,
}

fn made(n: usize, k: usize, seed: u64) -> Made {
    let entropy = SeededEntropy::new(seed);
    let identities: Vec<_> = (0..n).map(|_| EscrowIdentity::random(&entropy)).collect();
    let recipients: Vec<_> = identities
        .iter()
        .enumerate()
        .map(|(i, identity)| (format!("person-{i}"), identity.recipient().unwrap()))
        .collect();
    let content = EscrowContent {
        keyring: CANARY.into(),
        erased: "list\n".into(),
        heads: [("default".to_owned(), "note".to_owned())].into(),
    };
    let now = Timestamp::from_millis(1_794_000_000_000).unwrap();
    let copy = EscrowCopy::seal(&content, 7, &recipients, k, now, &entropy).unwrap();
    Made { copy, identities }
}

impl Made {
    fn shares(&self, who: &[usize]) -> Vec<EscrowShare> {
        who.iter()
            .map(|i| {
                let (name, share) = self.copy.open_share(&self.identities[*i]).unwrap();
                assert_eq!(name, format!("person-{i}"));
                // As it is handed over: on paper.
                EscrowShare::parse(&share.to_text()).unwrap()
            })
            .collect()
    }
}

/// Every set of `k` out of `n`, as bits.
fn sets(n: usize, k: usize) -> Vec<Vec<usize>> {
    (0..1_u32 << n)
        .filter(|bits| bits.count_ones() as usize == k)
        .map(|bits| (0..n).filter(|i| bits >> i & 1 == 1).collect())
        .collect()
}

#[test]
fn any_k_open_the_copy_and_no_k_minus_one_do() {
    for (n, k) in [(2, 2), (3, 2), (5, 3), (6, 6)] {
        let made = made(n, k, 1);
        let read = EscrowCopy::from_bytes(&made.copy.to_bytes().unwrap()).unwrap();
        for who in sets(n, k) {
            let opened = read.recover(&made.shares(&who)).unwrap();
            assert_eq!((&*opened.keyring, &*opened.erased), (CANARY, "list\n"));
        }
        for who in sets(n, k - 1) {
            let few = read.recover(&made.shares(&who)).err().unwrap();
            assert_eq!(
                few,
                EscrowError::TooFew {
                    given: k - 1,
                    needed: k
                }
            );
            // The same share twice is one.
            let twice = [who.as_slice(), &who].concat();
            assert!(read.recover(&made.shares(&twice)).is_err());
        }
    }
    let text = String::from_utf8(made(3, 2, 2).copy.to_bytes().unwrap()).unwrap();
    assert!(!text.contains("canary") && text.contains("person-1"));
}

#[test]
fn a_share_that_was_altered_or_is_of_another_copy_is_named() {
    let (one, other) = (made(3, 2, 3), made(3, 2, 4));
    let mut shares = one.shares(&[0]);
    shares.extend(other.shares(&[1]));
    let refused = one.copy.recover(&shares).err().unwrap();
    assert_eq!(refused, EscrowError::Share("person-1".into()));
    let bigger = made(5, 2, 5);
    let refused = one.copy.recover(&bigger.shares(&[4])).err().unwrap();
    assert_eq!(refused, EscrowError::Unknown(5));
    let text = one.shares(&[0])[0].to_text();
    let wrong = text.replacen('-', "-Z", 1);
    assert!(matches!(
        EscrowShare::parse(&wrong),
        Err(EscrowError::Check(_))
    ));
    let stranger = EscrowIdentity::random(&SeededEntropy::new(9));
    assert_eq!(
        one.copy.open_share(&stranger).err().unwrap(),
        EscrowError::NotRecipient
    );
    let identity = EscrowIdentity::parse(&one.identities[2].to_text()).unwrap();
    assert!(one.copy.open_share(&identity).is_ok());
    let recipient = identity.recipient().unwrap();
    assert_eq!(EscrowRecipient::parse(&recipient.to_text()), Ok(recipient));
    assert!(
        EscrowRecipient::parse(&identity.to_text()).is_err(),
        "a secret is no public key"
    );
}

#[test]
fn nothing_in_a_copy_can_be_altered() {
    let made = made(3, 2, 6);
    let shares = made.shares(&[0, 2]);
    let json: serde_json::Value = serde_json::from_slice(&made.copy.to_bytes().unwrap()).unwrap();
    let changes: Vec<(&str, serde_json::Value)> = vec![
        ("/threshold", 3.into()),
        ("/generation", 8.into()),
        ("/made_at", "2026-11-25T00:00:00.000Z".into()),
        ("/shares/1/name", "mallory".into()),
        ("/shares/1/place", 9.into()),
        ("/shares/1/digest", json["shares"][0]["digest"].clone()),
        (
            "/shares/1/recipient",
            json["shares"][0]["recipient"].clone(),
        ),
        ("/sealed", json["shares"][0]["sealed"].clone()),
    ];
    for (place, value) in changes {
        let mut changed = json.clone();
        *changed.pointer_mut(place).unwrap() = value;
        let copy = EscrowCopy::from_bytes(changed.to_string().as_bytes()).unwrap();
        assert!(copy.recover(&shares).is_err(), "{place}");
        // A share is opened by its holder alone, who looks at everything but what the shares open together.
        assert!(
            place == "/sealed" || copy.open_share(&made.identities[0]).is_err(),
            "{place}"
        );
    }
    let mut changed = json.clone();
    *changed.pointer_mut("/shares/0/sealed").unwrap() = json["shares"][1]["sealed"].clone();
    let copy = EscrowCopy::from_bytes(changed.to_string().as_bytes()).unwrap();
    let refused = copy.open_share(&made.identities[0]).err().unwrap();
    assert_eq!(refused, EscrowError::Sealed("person-0".into()));
    let mut newer = json;
    newer["v"] = 2.into();
    let refused = EscrowCopy::from_bytes(newer.to_string().as_bytes()).unwrap_err();
    assert_eq!(refused, EscrowError::Version(2));
}

#[test]
fn numbers_that_protect_nobody_are_refused() {
    let entropy = SeededEntropy::new(8);
    let key = || EscrowIdentity::random(&entropy).recipient().unwrap();
    let one = key();
    let seal = |recipients: &[(String, EscrowRecipient)], k| {
        let content = EscrowContent {
            keyring: String::new(),
            erased: String::new(),
            heads: [].into(),
        };
        let now = Timestamp::from_millis(0).unwrap();
        EscrowCopy::seal(&content, 1, recipients, k, now, &entropy).is_ok()
    };
    let two = [("a".to_owned(), one), ("b".to_owned(), key())];
    assert!(seal(&two, 2));
    assert!(!seal(&two, 1) && !seal(&two, 0) && !seal(&two, 3) && !seal(&two[..1], 1));
    assert!(!seal(&[("a".to_owned(), one), ("b".to_owned(), one)], 2));
    assert!(!seal(&[("a".to_owned(), one), ("a".to_owned(), key())], 2));
    let many: Vec<_> = (0..33).map(|n| (n.to_string(), key())).collect();
    assert!(!seal(&many, 2) && seal(&many[..32], 32));
}
