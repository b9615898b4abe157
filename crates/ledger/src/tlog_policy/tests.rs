use super::*;
use crate::key::{CosignerKey, LogKey};

fn log() -> LogKey {
    LogKey::from_seed("ledger.example", &[1; 32]).unwrap()
}

fn witness(i: u8) -> CosignerKey {
    CosignerKey::from_seed(&format!("w{i}.example"), &[10 + i; 32]).unwrap()
}

/// Attack 9: the tricks by which one witness could count as two, or none as enough.
#[test]
fn group_tricks_are_refused() {
    let (l, w1, w2) = (log(), witness(1), witness(2));
    let (l, w1, w2) = (l.verifier(), w1.verifier(), w2.verifier());
    let renamed = CosignerKey::from_seed("w1-again.example", &[11; 32]).unwrap();
    let renamed = renamed.verifier();
    let head = format!("log {l}\nwitness A {w1}\nwitness B {w2}\n");
    let parse = |rest: &str| TlogPolicy::parse(format!("{head}{rest}").as_bytes());
    assert!(parse("group g 2 A B\nquorum g\n").is_ok());
    assert!(parse("  # note\n\n\tgroup\tg  all A B \nquorum g\n").is_ok());
    assert!(parse("quorum none\n").is_ok());
    for bad in [
        "group g 2 A A\nquorum g\n",
        "group g any A\ngroup h all A B\nquorum h\n",
        "group g any A\ngroup h all g A\nquorum h\n",
        "group g any g\nquorum g\n",
        "group g 0 A B\nquorum g\n",
        "group g 3 A B\nquorum g\n",
        "group g 02 A B\nquorum g\n",
        "group g -1 A B\nquorum g\n",
        "group g any\nquorum g\n",
        "group g any A none\nquorum g\n",
        "group none any A\nquorum none\n",
        "group A any B\nquorum A\n",
        "quorum g\ngroup g any A\n",
        "quorum none\nquorum none\n",
        "quorum A",
        "quorum A B\n",
        "Quorum A\n",
        "quorum A\r\n",
        "quorum \u{b}A\n",
        "",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    assert!(parse(&format!("witness C {renamed}\ngroup g 2 A C\nquorum g\n")).is_err());
    assert!(parse(&format!("witness C {l}\nquorum C\n")).is_err());
    assert!(parse(&format!("log {l}\nquorum A\n")).is_err());
    assert!(parse(&format!("log {w1}\nquorum A\n")).is_err());
}

#[test]
fn a_policy_without_logs_needs_one_from_elsewhere() {
    let policy = TlogPolicy::parse(b"quorum none\n").unwrap();
    let root = crate::hash::sha256(b"r");
    let origin = "ledger.example".to_owned();
    let checkpoint = Checkpoint {
        origin,
        size: 1,
        root,
    };
    let note = checkpoint.sign(&log()).unwrap();
    let result = policy.check(note.as_bytes(), &[]);
    assert_eq!(result, Err(PolicyError::NoLog));
    let logs = [log().verifier().clone()];
    assert!(policy.check(note.as_bytes(), &logs).is_ok());
}

#[test]
fn definitions_are_bounded() {
    let many = (0..=MAX_DEFINITIONS as u8)
        .map(|i| format!("witness n{i} {}\n", witness(i).verifier()))
        .collect::<String>();
    let result = TlogPolicy::parse(format!("{many}quorum n1\n").as_bytes());
    assert_eq!(result, Err(PolicyError::TooMany));
}
