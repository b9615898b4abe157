//! Orders: what each customer is answered, and what is recorded of it.

use bonafide_app::{Actor, PackText};
use bonafide_model::{Clock as _, DAY_MS};
use bonafide_web::schema::{EntitlementsOut, MissingOut, PlanOut};
use serde_json::{Value, json};

use crate::harness::{TestApi, activate, ids};

const PATH: &str = "/v1/orders/authorize";

async fn ask(api: &TestApi, order: Value) -> Value {
    let answer = api.post(PATH, &order).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    serde_json::from_value::<EntitlementsOut>(answer["limits"].clone()).unwrap();
    serde_json::from_value::<Vec<MissingOut>>(answer["missing"].clone()).unwrap();
    if let Some(plan) = answer.get("plan") {
        serde_json::from_value::<PlanOut>(plan.clone()).unwrap();
    }
    answer
}

fn order(whose: &str, id: &str, product: &str) -> Value {
    let nothing = json!({ "instances": 0, "spend": [{ "currency": "USD", "minor": 0 }] });
    json!({
        whose: id, "product": product, "in_use": nothing, "price": { "currency": "USD", "minor": 500 },
    })
}

/// Loads the sample list, so that screenings can be run.
async fn listed(api: &TestApi) {
    let files: [(&str, &[u8]); 3] = [
        (
            "sdn",
            include_bytes!("../../../screen/samples/ofac/sdn.csv"),
        ),
        (
            "alt",
            include_bytes!("../../../screen/samples/ofac/alt.csv"),
        ),
        (
            "add",
            include_bytes!("../../../screen/samples/ofac/add.csv"),
        ),
    ];
    let files = files.map(|(part, bytes)| (part.to_owned(), bytes.to_vec()));
    let operator = Actor::operator("default", "test");
    api.app
        .load_list(&operator, "sample", None, files.into())
        .await
        .unwrap();
}

/// Posts checks that close what `base-minimal` asks.
async fn verified(api: &TestApi, party: &str) {
    listed(api).await;
    let claims = json!({ "claims": [{ "attribute": "payment_token", "value": "tok_1" }] });
    let added = api
        .post(&format!("/v1/parties/{party}/claims"), &claims)
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
    let checks = json!({ "checks": [{ "method": "email-code", "outcome": "pass" }] });
    let added = api
        .post(&format!("/v1/parties/{party}/checks"), &checks)
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
}

#[tokio::test]
async fn an_order_is_limited_until_nothing_is_missing_and_nothing_is_recorded_by_asking() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    let size = api.ledger_size().await;
    let first = ask(&api, order("account", &account, "vps-small")).await;
    assert_eq!(first["outcome"], "allowed_with_limits", "{first}");
    assert_eq!(
        (&first["basis"], &first["account"]),
        (&json!("recorded"), &json!(account))
    );
    assert_eq!(first["party"], json!(party));
    assert!(!first["missing"].as_array().unwrap().is_empty());

    let mut more = order("account", &account, "vps-small");
    more["quantity"] = json!(2);
    let more = ask(&api, more).await;
    assert_eq!(
        (&more["outcome"], &more["passed"][0]["limit"]),
        (&json!("missing"), &json!("instances"))
    );
    assert!(!more["plan"]["steps"].as_array().unwrap().is_empty());
    let mut dear = order("account", &account, "vps-small");
    dear["price"]["minor"] = json!(5001);
    let dear = ask(&api, dear).await;
    assert_eq!(
        (&dear["outcome"], &dear["passed"][0]["limit"]),
        (&json!("missing"), &json!("spend"))
    );
    assert_eq!(api.ledger_size().await, size, "a question is not recorded");

    verified(&api, &party).await;
    let bare = json!({ "account": account, "product": "vps-small", "quantity": 50 });
    let after = ask(&api, bare).await;
    assert_eq!(
        (&after["outcome"], &after["missing"]),
        (&json!("allowed"), &json!([])),
        "{after}"
    );
    assert!(after.get("plan").is_none());
    let read = api
        .get(&format!("/v1/accounts/{account}/assessment"))
        .await
        .json();
    assert_eq!(read["assessment"]["assessed_at"], after["assessed_at"]);
}

#[tokio::test]
async fn an_answer_follows_what_is_learned_packs_and_time_at_once() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    verified(&api, &party).await;
    let asked = || order("account", &account, "vps-small");
    assert_eq!(ask(&api, asked()).await["outcome"], "allowed");
    assert_eq!(ask(&api, asked()).await["outcome"], "allowed");
    activate(&api.app, "default", "small-provider").await;
    let changed = ask(&api, asked()).await;
    assert_ne!(changed["assessed_at"], Value::Null);
    let read = api
        .get(&format!("/v1/accounts/{account}/assessment"))
        .await
        .json();
    assert_eq!(read["assessment"]["packs"].as_array().unwrap().len(), 2);
    assert_eq!(read["assessment"]["decision"], changed["decision"]);

    let other = TestApi::start().await;
    let (account, _) = ids(&other.signed_up().await);
    let asked = || order("account", &account, "vps-small");
    assert_eq!(ask(&other, asked()).await["outcome"], "allowed_with_limits");
    other.clock.set(other.clock.now().plus_millis(15 * DAY_MS));
    let late = ask(&other, asked()).await;
    assert_eq!(
        (&late["outcome"], &late["limits"]["provision"]),
        (&json!("referred"), &json!(false)),
        "{late}"
    );

    let closed = other
        .post(&format!("/v1/accounts/{account}/close"), &json!({}))
        .await;
    assert_eq!(closed.status, 204, "{}", closed.text);
    let closed = ask(&other, asked()).await;
    assert_eq!(
        (&closed["outcome"], &closed["reasons"][0]["rule"]),
        (&json!("refused"), &json!("engine/account-closed"))
    );
}

#[tokio::test]
async fn a_customer_of_other_things_is_told_what_an_account_would_be_asked() {
    let api = TestApi::start().await;
    let operator = Actor::operator("default", "test");
    for (what, text) in [
        (
            "catalogue",
            include_str!("../../../cli/samples/catalogue.toml"),
        ),
        (
            "provider",
            include_str!("../../../cli/samples/provider.toml"),
        ),
    ] {
        api.app.set_text(&operator, what, text).await.unwrap();
    }
    let (account, party) = ids(&api.signed_up().await);
    let size = api.ledger_size().await;
    let held = ask(&api, order("party", &party, "vps-small")).await;
    assert_eq!(
        (&held["basis"], &held["account"]),
        (&json!("recorded"), &json!(account))
    );
    let free = ask(&api, order("party", &party, "vps-free")).await;
    assert_eq!(
        (&free["basis"], &free["outcome"]),
        (&json!("what_if"), &json!("allowed_with_limits")),
        "{free}"
    );
    assert!(free.get("account").is_none() && free.get("assessment_sha256").is_none());
    let free = ask(&api, order("account", &account, "vps-free")).await;
    assert_eq!(free["basis"], "what_if");
    assert_eq!(
        api.ledger_size().await,
        size,
        "what was only thought through is not recorded"
    );

    let mut moon = order("party", &party, "vps-small");
    moon["region"] = json!("moon");
    let moon = api.post(PATH, &moon).await;
    assert_eq!(
        moon.is_problem(422, "invalid").json()["errors"][0]["field"],
        "region"
    );
    let none = api.post(PATH, &order("party", &party, "vps-smal")).await;
    assert_eq!(
        none.is_problem(422, "invalid").json()["errors"][0]["field"],
        "product"
    );
}

/// what is operated in a region that is out of scope is not asked what the pack for the others asks.
#[tokio::test]
async fn the_region_of_an_order_counts() {
    let api = TestApi::start().await;
    let operator = Actor::operator("default", "test");
    let provider = include_str!("../../../cli/samples/provider.toml");
    let (ours, abroad) = provider.split_once("id = \"eu-central\"").unwrap();
    let abroad = abroad.replace("in_scope = true", "in_scope = false");
    let provider = format!("{ours}id = \"eu-central\"{abroad}");
    api.app
        .set_text(&operator, "provider", &provider)
        .await
        .unwrap();
    let cip = PackText {
        name: "us-iaas-cip.toml".to_owned(),
        text: bonafide_policy::builtin::text("us-iaas-cip")
            .unwrap()
            .to_owned(),
        elected_by: Some(("Ann Officer".to_owned(), api.clock.now())),
        active_since: None,
    };
    api.app.activate_pack(&operator, &cip).await.unwrap();
    let (_, party) = ids(&api.signed_up().await);
    verified(&api, &party).await;
    let mut of_region = order("party", &party, "bare-metal");
    of_region["region"] = json!("eu-central");
    assert_eq!(ask(&api, of_region.clone()).await["outcome"], "allowed");
    of_region["region"] = json!("us-east");
    let ours = ask(&api, of_region).await;
    assert_ne!(ours["outcome"], "allowed", "{ours}");
    assert!(!ours["missing"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_answered_is_never_a_yes() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    let untold = json!({ "account": account, "product": "vps-small" });
    let untold = api.post(PATH, &untold).await;
    assert_eq!(
        untold.is_problem(422, "invalid").json()["errors"][0]["field"],
        "in_use"
    );
    let both = json!({ "account": account, "party": party, "product": "vps-small" });
    api.post(PATH, &both).await.is_problem(422, "invalid");
    let none = json!({ "product": "vps-small" });
    api.post(PATH, &none).await.is_problem(422, "invalid");
    let strange = order("account", "acc_00000000000000000000000001", "vps-small");
    api.post(PATH, &strange).await.is_problem(404, "not-found");
    let strange = order("party", "pty_00000000000000000000000001", "vps-small");
    api.post(PATH, &strange).await.is_problem(404, "not-found");
}
