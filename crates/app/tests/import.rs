//! Customers of an earlier system: their dates, their dates to come, and what is stored of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "spine/place.rs"]
#[allow(dead_code, reason = "shared with other tests, which use more of it")]
mod place;

use bonafide_app::{
    Addition, App, AppError, CampaignOrder, CampaignProgress, Duplicates, ImportDates, ImportPlan,
    ImportRow, Importer, OpenCase, Openings, RowOutcome, RowReport,
};
use bonafide_ledger::sha256;
use bonafide_model::{AccountId, CaseId, CaseKind, Timestamp};
use serde_json::json;

use place::{Place, actor, at, holds, set_up, sign_up, verified};

fn plan(file: &str) -> ImportPlan {
    ImportPlan {
        source: "billing".to_owned(),
        file: sha256(file.as_bytes()),
        mapping: sha256(b"mapping"),
        duplicates: Duplicates::Report,
        verify_by: at("2027-02-01T00:00:00Z"),
        dry_run: false,
    }
}

fn row(n: usize) -> ImportRow {
    let mut sign_up = sign_up(
        &format!("Canaria Quokka{n}"),
        &format!("quokka{n}@example.org"),
    );
    sign_up.external_id = Some(format!("canary-{n}@billing.example"));
    ImportRow {
        line: n as u64 + 2,
        sign_up,
        dates: ImportDates {
            opened_at: Some(at("2014-03-01T00:00:00Z")),
            last_access_at: Some(at("2026-10-01T10:00:00Z")),
            ..ImportDates::default()
        },
        contracts: Vec::new(),
    }
}

async fn import(app: &App, plan: ImportPlan, rows: Vec<ImportRow>) -> Vec<RowReport> {
    let mut importer = app.importer(&actor(), plan).unwrap();
    let mut reports = Vec::new();
    let mut rows = rows.into_iter();
    loop {
        let some: Vec<ImportRow> = rows.by_ref().take(Importer::BATCH_MAX).collect();
        if some.is_empty() {
            break;
        }
        reports.extend(importer.push(some).await.unwrap());
    }
    reports.extend(importer.finish().await.unwrap());
    reports
}

fn account(report: &RowReport) -> AccountId {
    match report.outcome {
        RowOutcome::Imported(Some(account)) => account,
        ref other => panic!("{other:?}"),
    }
}

/// A list, so that the screening of the pack can be run.
async fn load_list(app: &App) {
    let sdn = format!(
        "{}/../screen/samples/ofac/sdn.csv",
        env!("CARGO_MANIFEST_DIR")
    );
    let parts = vec![("sdn".to_owned(), std::fs::read(sdn).unwrap())];
    app.load_list(&actor(), "ofac", None, parts).await.unwrap();
}

#[tokio::test]
async fn what_is_kept_of_a_row_is_sealed_and_dated() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let reports = import(&app, plan("one"), vec![row(0)]).await;
    let account = account(&reports[0]);
    assert_eq!(verified(&app).await, 0);
    for canary in ["Quokka", "quokka", "canary-0", "billing.example"] {
        assert!(
            holds(place.dir.path(), canary.as_bytes()).is_empty(),
            "{canary}"
        );
    }
    let found = app
        .find_imported(&actor(), "billing", "canary-0@billing.example", "support")
        .await;
    let (party, known) = found.unwrap().unwrap();
    assert_eq!(known, account);
    for (source, id) in [
        ("billing", "canary-1@billing.example"),
        ("other", "canary-0@billing.example"),
        ("billing", "CANARY-0@billing.example"),
    ] {
        let found = app
            .find_imported(&actor(), source, id, "duplicate_check")
            .await;
        assert_eq!(found.unwrap(), None);
    }
    let searches = app.searches(&actor(), "test", None, 9).await.unwrap();
    let made: Vec<_> = searches
        .iter()
        .map(|s| (&*s.purpose, &*s.attribute, s.found))
        .collect();
    let none = ("duplicate_check", "external_id", 0);
    assert_eq!(made, [("support", "external_id", 1), none, none, none]);
    for purpose in ["audit_sample", "a question"] {
        let refused = app
            .find_imported(&actor(), "billing", "canary-0@billing.example", purpose)
            .await;
        assert!(refused.is_err(), "{purpose}");
    }
    let open = |kind| OpenCase {
        kind,
        party: Some(party),
        account: None,
        earliest_at: None,
        due_at: None,
        restricted: false,
        grounds: "asked".to_owned(),
    };
    let dispute = app.open_case(&actor(), &open(CaseKind::Dispute)).await;
    let case = dispute.unwrap().id;
    let remedy = app.open_case(&actor(), &open(CaseKind::Remedy)).await;
    let remedy = remedy.unwrap().id;
    // No purpose, one that does not need it, one that the case does not carry, no case.
    for (purpose, case) in [
        (" ", case),
        ("duplicate_check", case),
        ("dispute", remedy),
        ("dispute", CaseId::from_bits(1)),
    ] {
        let refused = app.origins(&actor(), account, purpose, case).await;
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{refused:?}");
    }
    let of = Openings::Party(party);
    let listed = app.openings(&actor(), &of, None, 9).await.unwrap();
    assert_eq!(listed.items, [], "what was refused opened nothing");
    let origins = app
        .origins(&actor(), account, "dispute", case)
        .await
        .unwrap();
    let listed = app.openings(&actor(), &of, None, 9).await.unwrap().items;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&*listed[0].purpose, &*listed[0].fields),
        ("dispute", &["origin".to_owned()][..])
    );
    assert_eq!(listed[0].case, case.to_string());
    assert_eq!((origins.len(), origins[0].line), (1, 2));
    assert_eq!(origins[0].external_id, "canary-0@billing.example");
    let timeline = app.timeline(&actor(), party, None, 50).await.unwrap();
    let kinds: Vec<&str> = timeline.items.iter().map(|i| i.kind.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"sign_up"));
    assert_eq!(kinds.last(), Some(&"opening"));
    let said = app.party(&actor(), party).await.unwrap();
    assert!(
        said.claims
            .iter()
            .all(|c| c.asserted_at == at("2014-03-01T00:00:00Z"))
    );
    assert_eq!(said.recorded_at, app.now());

    app.close_account(&actor(), account).await.unwrap();
    app.erase_party(&actor(), party, "asked").await.unwrap();
    let found = app
        .find_imported(&actor(), "billing", "canary-0@billing.example", "support")
        .await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test]
async fn a_changed_row_becomes_new_claims_and_the_same_row_nothing() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let reports = import(&app, plan("one"), (0..5).map(row).collect()).await;
    let records = records(&app).await;
    let again = import(&app, plan("one"), (0..5).map(row).collect()).await;
    assert!(
        again
            .iter()
            .all(|r| matches!(r.outcome, RowOutcome::Unchanged(_))),
        "{again:?}"
    );
    let other_file = import(&app, plan("two"), (0..5).map(row).collect()).await;
    assert!(
        other_file
            .iter()
            .all(|r| matches!(r.outcome, RowOutcome::Unchanged(_)))
    );
    assert_eq!(records, self::records(&app).await, "nothing was recorded");

    let mut changed = row(3);
    changed.sign_up.parties[0].claims[1].value = json!("moved@example.org");
    changed.dates.last_access_at = Some(at("2026-11-01T10:00:00Z"));
    let rows = vec![row(2), changed.clone(), row(4)];
    let after = import(&app, plan("three"), rows).await;
    assert_eq!(after[1].outcome, RowOutcome::Changed(account(&reports[3])));
    let found = app
        .find_parties(&actor(), "email", "moved@example.org", "duplicate_check")
        .await
        .unwrap();
    let (party, _) = app
        .find_imported(&actor(), "billing", "canary-3@billing.example", "support")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, [party]);
    let said = app.party(&actor(), party).await.unwrap();
    let emails: Vec<Timestamp> = said
        .claims
        .iter()
        .filter(|c| c.attribute == "email")
        .map(|c| c.asserted_at)
        .collect();
    assert_eq!(emails, [at("2014-03-01T00:00:00Z"), app.now()]);
    assert_eq!(said.claims.len(), 5, "only what is new was recorded");

    // Within the file that stored it, another row of the same customer is one too many.
    let mut twice = changed;
    twice.sign_up.parties[0].claims[1].value = json!("again@example.org");
    let refused = import(&app, plan("three"), vec![twice]).await;
    assert!(
        matches!(refused[0].outcome, RowOutcome::Rejected(_)),
        "{refused:?}"
    );
    assert_eq!(verified(&app).await, 0);
}

async fn records(app: &App) -> usize {
    let mut count = 0;
    let parties = app
        .find_parties(&actor(), "legal_name", "canaria", "duplicate_check")
        .await
        .unwrap();
    for party in parties {
        count += app
            .timeline(&actor(), party, None, 200)
            .await
            .unwrap()
            .items
            .len();
    }
    count
}

/// a thousand old accounts; each gets a date and ends verified, restricted or closed.
#[tokio::test(flavor = "multi_thread")]
async fn r_004_a_thousand_old_accounts_are_verified_restricted_or_closed() {
    const ACCOUNTS: u64 = 1000;
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    load_list(&app).await;
    let reports = import(&app, plan("old"), (0..1000).map(row).collect()).await;
    let accounts: Vec<AccountId> = reports.iter().map(account).collect();
    let limits = entitlements(&app, accounts[0]).await;
    assert_eq!(limits["provision"], true);
    assert_eq!(
        limits.get("instances_max"),
        None,
        "nothing is restricted before its date"
    );

    let order = CampaignOrder {
        name: "spring".to_owned(),
        source: Some("billing".to_owned()),
        first: "2026-12-01".parse().unwrap(),
        deadline: "2026-12-10".parse().unwrap(),
        per_day: None,
    };
    let too_few = CampaignOrder {
        per_day: Some(99),
        ..order.clone()
    };
    assert!(
        app.open_campaign(&actor(), &too_few, |_, _| ())
            .await
            .is_err()
    );
    let opened = app
        .open_campaign(&actor(), &order, |_, _| ())
        .await
        .unwrap();
    assert_eq!(counts(&opened), [0, ACCOUNTS, 0, 0]);
    let again = app
        .open_campaign(&actor(), &order, |_, _| ())
        .await
        .unwrap();
    assert_eq!(again, opened, "a second run changes nothing");

    // A third answers in time.
    for n in (0..1000).step_by(3) {
        let email = format!("quokka{n}@example.org");
        let party = app
            .find_parties(&actor(), "email", &email, "duplicate_check")
            .await
            .unwrap()[0];
        let checks = serde_json::from_value(
            json!([{"method": "email-code", "attributes": ["email"], "outcome": "pass"}]),
        );
        let addition = Addition {
            checks: checks.unwrap(),
            ..Addition::default()
        };
        app.add_to_party(&actor(), party, &addition, None)
            .await
            .unwrap();
    }
    assert_eq!(
        counts(&app.campaign(&actor(), "spring").await.unwrap()),
        [334, 666, 0, 0]
    );

    // Half of the tranches are due: a hundred a day, of which two thirds lack something.
    place.clock.set(at("2026-12-06T00:00:00Z"));
    judge_what_is_due(&app, &accounts).await;
    let half = counts(&app.campaign(&actor(), "spring").await.unwrap());
    assert_eq!((half[0], half[1] + half[2], half[3]), (334, 666, 0));
    assert!((300..=366).contains(&half[2]), "{half:?}");
    place.clock.set(at("2026-12-11T00:00:00Z"));
    judge_what_is_due(&app, &accounts).await;
    assert_eq!(
        counts(&app.campaign(&actor(), "spring").await.unwrap()),
        [334, 0, 666, 0]
    );
    let limits = entitlements(&app, accounts[1]).await;
    assert_eq!(limits["instances_max"], 1, "the pack's limits hold now");
    // The pack's terms end two weeks after the date; this pack refers then, and nothing is provided.
    place.clock.set(at("2026-12-26T00:00:00Z"));
    judge_what_is_due(&app, &accounts).await;
    assert_eq!(entitlements(&app, accounts[1]).await["provision"], false);
    assert_eq!(entitlements(&app, accounts[0]).await["provision"], true);
    app.close_account(&actor(), accounts[1]).await.unwrap();
    assert_eq!(
        counts(&app.campaign(&actor(), "spring").await.unwrap()),
        [334, 0, 665, 1]
    );
}

fn counts(of: &CampaignProgress) -> [u64; 4] {
    [of.verified, of.waiting, of.restricted, of.closed]
}

async fn entitlements(app: &App, account: AccountId) -> serde_json::Value {
    app.entitlements(&actor(), account)
        .await
        .unwrap()
        .entitlements
}

/// Reading an account whose time has come judges it, as the service does by itself.
async fn judge_what_is_due(app: &App, accounts: &[AccountId]) {
    for account in accounts {
        app.assessment(&actor(), *account, None).await.unwrap();
    }
}
