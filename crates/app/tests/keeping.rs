//! The calculus of keeping on real storage: what expires alone, what is erased in part, what a hold keeps, and what is
//! answered about what is gone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "spine/place.rs"]
mod place;

use bonafide_app::answers::SignUpAnswer;
use bonafide_app::{Addition, App, AppError, Erased, KeepingAnswer, NewHold, PackText};
use bonafide_model::PartyId;
use serde_json::json;

use place::{Place, actor, at, fresh, holds, set_up, signed_up, verified};

/// Two terms that end, one of them while the account is open, and one that keeps for ten years.
const PACK: &str = r#"
[pack]
id = "terms"
version = "1"
title = "Terms"
summary = "Terms of the tests."
force = "in_force"
regime = "general"

[[citation]]
id = "c"
text = "Example Act, section 1"

[[retention]]
class = "identity"
anchor = "account_closed_or_last_access"
min = "P2Y"
max = "P3Y"
citations = ["c"]

[[retention]]
class = "contact"
anchor = "recorded"
max = "P30D"
citations = ["c"]

[[retention]]
class = "payment"
anchor = "account_closed"
max = "P6M"
citations = ["c"]

[[retention]]
class = "verification"
anchor = "recorded"
min = "P10Y"
max = "P10Y"
citations = ["c"]

[[retention]]
class = "access"
anchor = "account_closed_or_last_access"
max = "P3Y"
citations = ["c"]

[[retention]]
class = "decision"
anchor = "relationship_ended"
max = "P3Y"
citations = ["c"]
"#;

async fn begun() -> (Place, App) {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let pack = PackText {
        name: "terms".to_owned(),
        text: PACK.to_owned(),
        elected_by: None,
        active_since: None,
    };
    app.activate_pack(&actor(), &pack).await.unwrap();
    (place, app)
}

/// A party with a check, and with values that can be searched for in the files.
async fn known(app: &App) -> (PartyId, SignUpAnswer) {
    let answer = signed_up(app, "Canaria Quokka", "canary-quokka@example.org").await;
    let party = answer.parties[0].id;
    let check = serde_json::from_value(json!({"method": "email-code", "outcome": "pass"})).unwrap();
    let addition = Addition {
        checks: vec![check],
        ..Addition::default()
    };
    fresh(
        app.add_to_party(&actor(), party, &addition, None)
            .await
            .unwrap(),
    );
    (party, answer)
}

/// Passes until there is no more; items destroyed, and parties erased.
async fn passed(app: &App) -> (usize, usize) {
    let (mut items, mut erased) = (0, 0);
    loop {
        let report = app.expire_due(&actor(), 3).await.unwrap();
        items += report.items;
        erased += report.erased;
        if !report.more {
            return (items, erased);
        }
    }
}

async fn sound(app: &App) {
    assert_eq!(verified(app).await, 0);
    let report = app.verify_entries(&actor(), |_, _| {}).await.unwrap();
    assert_eq!(report.findings, [""; 0]);
}

async fn find(app: &App, attribute: &str, value: &str) -> usize {
    app.find_parties(&actor(), attribute, value, "duplicate_check")
        .await
        .unwrap()
        .len()
}

fn classes(answer: &KeepingAnswer) -> Vec<&str> {
    let mut classes: Vec<&str> = answer.items.iter().map(|i| i.class.as_str()).collect();
    classes.dedup();
    classes
}

async fn erase(app: &App, party: PartyId) -> Result<Erased, AppError> {
    app.erase_party(&actor(), party, "GDPR 17(1)(a)").await
}

fn gone<T: std::fmt::Debug>(answer: Result<T, AppError>) -> String {
    match answer {
        Err(AppError::Gone(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn r_102_classes_expire_each_on_its_own_day_and_the_rest_stays_readable() {
    let (place, app) = begun().await;
    let (party, answer) = known(&app).await;
    let other = signed_up(&app, "Somebody Else", "else@example.org").await;
    assert_eq!(passed(&app).await, (0, 0));

    // Thirty days after it was recorded the contact class goes, though the account is open.
    place.clock.set(at("2026-12-23T09:00:00Z"));
    assert_eq!(passed(&app).await, (0, 0));
    place.clock.set(at("2026-12-24T09:00:00Z"));
    assert_eq!(find(&app, "email", "canary-quokka@example.org").await, 1);
    let (items, erased) = passed(&app).await;
    assert!(items >= 2 && erased == 0, "{items}");
    assert_eq!(passed(&app).await, (0, 0), "twice does nothing");
    assert_eq!(find(&app, "email", "canary-quokka@example.org").await, 0);
    assert_eq!(find(&app, "legal_name", "quokka").await, 1);
    let seen = app.party(&actor(), party).await.unwrap();
    assert!(seen.claims.iter().all(|c| c.attribute != "email"));
    assert!(!seen.checks.is_empty());
    assert_eq!(seen.expired.len(), 1);
    assert_eq!(
        (
            seen.expired[0].class.as_str(),
            seen.expired[0].ground.as_str()
        ),
        ("contact", "terms retention/contact")
    );
    sound(&app).await;

    place.clock.set(at("2026-12-24T09:00:01Z"));
    // It is judged again without, and what was known then is not made up.
    let judged = app
        .assessment(&actor(), answer.account, None)
        .await
        .unwrap();
    assert_ne!(judged.assessment["missing"], json!([]));
    let replayed = app.replay(&actor(), answer.account).await.unwrap();
    let why = replayed[0].why.clone().unwrap();
    assert!(
        why.contains("`contact`") && why.contains("2026-12-24"),
        "{why}"
    );
    assert!(replayed.last().unwrap().same, "{replayed:?}");

    // What is learned again is sealed under the new key, and has a term of its own.
    let claim = json!({"attribute": "email", "value": "again-quokka@example.org"});
    let addition = Addition {
        claims: vec![serde_json::from_value(claim).unwrap()],
        ..Addition::default()
    };
    fresh(
        app.add_to_party(&actor(), party, &addition, None)
            .await
            .unwrap(),
    );
    assert_eq!(find(&app, "email", "again-quokka@example.org").await, 1);
    app.close_account(&actor(), answer.account).await.unwrap();
    app.close_account(&actor(), other.account).await.unwrap();
    place.clock.set(at("2027-01-24T09:00:00Z"));
    passed(&app).await;
    assert_eq!(find(&app, "email", "again-quokka@example.org").await, 0);
    sound(&app).await;

    // Three years after the closing identity and decisions go; the check stays ten years.
    place.clock.set(at("2029-12-25T09:00:00Z"));
    let (_, erased) = passed(&app).await;
    assert_eq!(erased, 0);
    let seen = app.party(&actor(), party).await.unwrap();
    assert!(
        seen.claims.is_empty() && !seen.checks.is_empty(),
        "{seen:?}"
    );
    let text = gone(app.assessment(&actor(), answer.account, None).await);
    assert!(
        text.contains("2029-12-25") && text.contains("terms retention/identity"),
        "{text}"
    );
    gone(app.close_account(&actor(), answer.account).await);
    sound(&app).await;
    let kept = app.party_keeping(&actor(), party).await.unwrap();
    assert_eq!(classes(&kept), ["verification"]);

    // Then nothing is left, and the party is erased as a whole.
    place.clock.set(at("2036-11-25T09:00:00Z"));
    assert_eq!(passed(&app).await.1, 2);
    let text = gone(app.party(&actor(), party).await);
    assert!(text.contains("terms retention/verification"), "{text}");
    sound(&app).await;
}

#[tokio::test]
async fn r_171_what_may_go_goes_and_what_must_stay_is_listed() {
    let (place, app) = begun().await;
    let (party, answer) = known(&app).await;
    let refused = erase(&app, party).await.unwrap_err().to_string();
    assert!(refused.contains("is open"), "{refused}");
    app.close_account(&actor(), answer.account).await.unwrap();
    let before = app.timeline(&actor(), party, None, 50).await.unwrap();
    assert!(before.items.iter().any(|i| i.kind == "erasure_refused"));

    let erased = erase(&app, party).await.unwrap();
    assert!(!erased.whole && erased.records > 0);
    let kept: Vec<_> = erased
        .kept
        .iter()
        .map(|k| (&*k.class, k.must_until.at))
        .collect();
    let until = |class: &str| kept.iter().find(|(c, _)| *c == class).unwrap().1.unwrap();
    assert_eq!(until("identity"), at("2028-11-24T09:00:00Z"));
    assert_eq!(until("verification"), at("2036-11-24T09:00:00Z"));
    assert!(
        kept.iter()
            .all(|(c, _)| ["identity", "verification"].contains(c)),
        "{kept:?}"
    );
    let name = erased
        .kept
        .iter()
        .find(|k| k.field == "legal_name")
        .unwrap();
    let cause = &name.must_until.causes[0];
    assert_eq!(cause.citations, ["Example Act, section 1"]);
    assert_eq!(cause.counted_from, Some(at("2026-11-24T09:00:00Z")));
    assert_eq!(find(&app, "email", "canary-quokka@example.org").await, 0);
    assert_eq!(find(&app, "legal_name", "quokka").await, 1);
    let seen = app.party(&actor(), party).await.unwrap();
    assert!(seen.expired.iter().all(|e| e.ground == "GDPR 17(1)(a)"));
    sound(&app).await;

    // Asked again, everything must stay, and the refusal says why and is recorded.
    let refused = erase(&app, party).await.unwrap_err().to_string();
    assert!(
        refused.contains("Example Act, section 1") && refused.contains("2036-11-24"),
        "{refused}"
    );
    sound(&app).await;
    place.clock.set(at("2036-11-24T09:00:00Z"));
    assert!(erase(&app, party).await.unwrap().whole);
    sound(&app).await;
}

#[tokio::test]
async fn r_109_a_hold_keeps_what_it_names_and_r_125_ends_by_itself() {
    let (place, app) = begun().await;
    let (party, answer) = known(&app).await;
    let new = NewHold {
        account: Some(answer.account),
        fields: vec!["email".to_owned()],
        basis: "preservation request 7".to_owned(),
        until: Some(at("2027-02-22T09:00:00Z")),
        ..NewHold::default()
    };
    let hold = fresh(app.place_hold(&actor(), &new, None).await.unwrap());
    assert_eq!((hold.party, hold.state.as_str()), (party, "holds"));
    app.close_account(&actor(), answer.account).await.unwrap();

    // The hold beats the maximum for the address alone; the basis is in no file and in no answer.
    place.clock.set(at("2026-12-24T09:00:00Z"));
    passed(&app).await;
    assert_eq!(find(&app, "email", "canary-quokka@example.org").await, 1);
    let erased = erase(&app, party).await.unwrap();
    let email = erased.kept.iter().find(|k| k.class == "contact").unwrap();
    assert_eq!(
        (email.field.as_str(), email.must_until.causes[0].hold),
        ("email", Some(hold.id))
    );
    assert!(
        erased
            .kept
            .iter()
            .all(|k| !["payment", "decision"].contains(&&*k.class))
    );
    assert_eq!(holds(place.dir.path(), b"preservation request").len(), 0);
    sound(&app).await;

    // The pass on the day after its end releases it, and records that; what it kept is then over too.
    place.clock.set(at("2027-02-22T09:00:00Z"));
    let report = app.expire_due(&actor(), 10).await.unwrap();
    assert_eq!(report.holds_released, 1);
    passed(&app).await;
    assert_eq!(find(&app, "email", "canary-quokka@example.org").await, 0);
    let all = app
        .holds(&actor(), Some(party), false, None, 9)
        .await
        .unwrap();
    assert_eq!(all.items[0].state, "released");
    let timeline = app.timeline(&actor(), party, None, 50).await.unwrap();
    let kinds: Vec<&str> = timeline.items.iter().map(|i| i.kind.as_str()).collect();
    assert!(kinds.contains(&"hold_released"), "{kinds:?}");
    assert_eq!(
        app.expire_due(&actor(), 10).await.unwrap().holds_released,
        0
    );
    let again = app.release_hold(&actor(), hold.id).await;
    assert!(matches!(again, Err(AppError::NotFound { .. })));
    sound(&app).await;
}

#[tokio::test]
async fn a_hold_that_names_nothing_real_is_refused() {
    let (_place, app) = begun().await;
    let new = NewHold {
        classes: vec!["identty".to_owned()],
        fields: vec!["e-mail".to_owned()],
        from: Some(at("2027-01-01T00:00:00Z")),
        to: Some(at("2026-01-01T00:00:00Z")),
        until: Some(at("2020-01-01T00:00:00Z")),
        ..NewHold::default()
    };
    let Err(AppError::Invalid(errors)) = app.place_hold(&actor(), &new, None).await else {
        panic!("placed")
    };
    let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(
        fields,
        ["basis", "until", "to", "classes", "fields", "party"]
    );
}

#[tokio::test]
async fn r_101_an_access_moves_the_anchor() {
    let (place, app) = begun().await;
    let (party, answer) = known(&app).await;
    app.close_account(&actor(), answer.account).await.unwrap();
    let until = async || {
        let kept = app.party_keeping(&actor(), party).await.unwrap();
        let name = kept.items.iter().find(|i| i.field == "legal_name").unwrap();
        name.must_until.at.unwrap()
    };
    assert_eq!(until().await, at("2028-11-24T09:00:00Z"));
    // Day 700.
    place.clock.set(at("2028-10-24T12:00:00Z"));
    let tomorrow = at("2028-10-25T00:00:00Z");
    let early = app.note_access(&actor(), answer.account, tomorrow).await;
    assert!(matches!(early, Err(AppError::Invalid(_))));
    for time in [
        "2028-10-24T10:00:00Z",
        "2028-10-24T11:00:00Z",
        "2028-01-01T00:00:00Z",
    ] {
        app.note_access(&actor(), answer.account, at(time))
            .await
            .unwrap();
    }
    assert_eq!(until().await, at("2030-10-24T10:00:00Z"));
    place.clock.set(at("2029-12-01T00:00:00Z"));
    passed(&app).await;
    assert_eq!(
        find(&app, "legal_name", "quokka").await,
        1,
        "three years from the closing alone"
    );
    sound(&app).await;
}

#[tokio::test]
async fn other_packs_are_reckoned_anew_and_what_is_late_is_found() {
    let (place, app) = begun().await;
    let (party, answer) = known(&app).await;
    app.close_account(&actor(), answer.account).await.unwrap();
    passed(&app).await;
    let late = async || app.kept_too_long(&actor(), 9).await.unwrap();
    assert_eq!((late().await.overdue, late().await.late), (0, vec![]));
    place.clock.set(at("2026-12-26T08:00:00Z"));
    assert_eq!(late().await.late, [], "a missed day is no defect");
    place.clock.set(at("2026-12-26T10:00:00Z"));
    let report = late().await;
    assert_eq!((report.overdue, report.parties), (1, 1));
    let since = at("2026-12-24T09:00:00Z");
    assert_eq!(report.late, [(party, "contact".to_owned(), since)]);
    passed(&app).await;
    assert_eq!((late().await.overdue, late().await.late), (0, vec![]));

    // A pack that gives less time is applied to everybody who was reckoned under the one before.
    let pack = PackText {
        name: "shorter".to_owned(),
        text: PACK
            .replace("\"terms\"", "\"shorter\"")
            .replace("min = \"P2Y\"\nmax = \"P3Y\"", "max = \"P7D\""),
        elected_by: None,
        active_since: None,
    };
    app.activate_pack(&actor(), &pack).await.unwrap();
    let report = late().await;
    let found: Vec<&str> = report
        .late
        .iter()
        .map(|(_, class, _)| class.as_str())
        .collect();
    assert_eq!(found, [""; 0], "the minimum of the other pack keeps it");
    let told: Vec<&String> = report.conflicts.iter().collect();
    assert!(
        told.len() == 1 && told[0].contains("`identity`: shorter says at most P7D"),
        "{told:?}"
    );
    place.clock.set(at("2028-11-24T09:00:00Z"));
    passed(&app).await;
    assert_eq!(find(&app, "legal_name", "quokka").await, 0);
    sound(&app).await;
}

#[tokio::test]
async fn what_a_copy_brings_back_is_erased_again() {
    let (place, app) = begun().await;
    let (party, answer) = known(&app).await;
    app.close_account(&actor(), answer.account).await.unwrap();
    place.clock.set(at("2036-11-24T09:00:00Z"));
    assert!(erase(&app, party).await.unwrap().whole);
    let list = app.erased_parties(&actor(), None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(app.erase_again(&actor(), &list).await.unwrap(), 0);

    let (copy, restored) = begun().await;
    let (back, _) = known(&restored).await;
    let mut list = list;
    list[0].party = back;
    copy.clock.set(at("2036-11-25T09:00:00Z"));
    assert_eq!(restored.erase_again(&actor(), &list).await.unwrap(), 1);
    let text = gone(restored.party(&actor(), back).await);
    assert!(text.contains("2036-11-24T09:00:00.000Z"), "{text}");
    sound(&restored).await;
}
