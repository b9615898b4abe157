//! The transcript of a witness: requests in order, with the status that each must get.

use bonafide_ledger::Checkpoint;
use bonafide_ledger::VerifierKey;
use bonafide_ledger::witness::{AddCheckpoint, Refusal};

use crate::{list, load};

#[test]
fn the_transcript_is_answered_step_by_step() {
    let vectors = load("tlog-note/witness_transcript.json");
    let key: VerifierKey = vectors["trusted_log_vkey"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let keys = [key];
    let mut last: Option<Checkpoint> = None;
    let steps = list(&vectors["steps_in_order"]);
    assert_eq!(steps.len(), 16);
    for step in steps {
        let body = step["body"].as_str().unwrap();
        let judged = AddCheckpoint::parse(body.as_bytes()).and_then(|request| {
            let known = request.origin()? == keys[0].name();
            request.judge(if known { &keys } else { &[] }, last.as_ref())
        });
        let status = judged.as_ref().map_or_else(Refusal::status, |_| 200);
        let expected = step["status"].to_string();
        assert!(
            expected.contains(&status.to_string()),
            "{}: {status}",
            step["name"]
        );
        if let Err(Refusal::Conflict(size)) = judged {
            assert_eq!(step["response_body"], format!("{size}\n"));
        }
        last = judged.ok().or(last);
    }
    assert_eq!(last.unwrap().size, 1000);
}
