//! Opening sealed fields: what for, in which case, by whom, and that it stands in the record.

use std::time::Duration;

use bonafide_app::{Actor, OPENINGS_A_DAY, OpenCase, Role};
use bonafide_model::CaseKind;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::harness::{Answer, TestApi, ids};

/// Asks a path of openings in the form of the document, about a party and in a case that there are.
pub(crate) async fn ask(api: &TestApi, path: &str, example: Option<&Value>) -> Answer {
    let (_, party) = ids(&api.signed_up().await);
    let case = opened(api, &party, CaseKind::Dispute, false).await;
    let name = |of: &str| format!("{of}-{}", &case[case.len() - 20..]);
    let legal = api.staff_key(&name("lea"), &[Role::Legal]).await;
    let body = json!({"purpose": "dispute", "case": case, "fields": ["email"]});
    let Some(example) = example else {
        assert_eq!(open(api, &legal, &party, body).await.status, 201);
        return api.get_with(&legal, &format!("{path}?party={party}")).await;
    };
    let mut example = example.clone();
    if example.get("case").is_some() {
        example["case"] = json!(case);
    } else {
        let ben = name("ben");
        api.staff_key(&ben, &[Role::Reviewer]).await;
        example["actor"] = json!(ben);
    }
    api.post_with(&legal, &path.replace("{id}", &party), &example)
        .await
}

/// Asks for the verified claims of a party whose name a passport showed.
pub(crate) async fn ask_verified(api: &TestApi) -> Answer {
    let (_, party) = ids(&api.signed_up().await);
    let case = opened(api, &party, CaseKind::Dispute, false).await;
    show_passport(api, &party).await;
    let legal = format!("lea-{}", &case[case.len() - 20..]);
    let legal = api.staff_key(&legal, &[Role::Legal]).await;
    verified(api, &legal, &party, "dispute", &case).await
}

async fn show_passport(api: &TestApi, party: &str) {
    let evidence = json!({"evidence": [{"kind": "passport", "strength": "strong", "reference": "X1", "issuing_country": "PT",
        "issued_on": "2021-03-01", "expires_on": "2031-03-01"}]});
    let path = |part: &str| format!("/v1/parties/{party}/{part}");
    let passport = api.post(&path("evidence"), &evidence).await.json()["added"][0].clone();
    let checks = json!({"checks": [
        {"method": "document-photo", "outcome": "pass", "evidence": [passport], "attributes": ["legal_name"]},
    ]});
    assert_eq!(api.post(&path("checks"), &checks).await.status, 201);
}

async fn verified(api: &TestApi, key: &str, party: &str, purpose: &str, case: &str) -> Answer {
    let path = format!("/v1/parties/{party}/verified-claims?purpose={purpose}&case={case}");
    api.get_with(key, &path).await
}

async fn opened(api: &TestApi, party: &str, kind: CaseKind, restricted: bool) -> String {
    let wanted = OpenCase {
        kind,
        party: Some(party.parse().unwrap()),
        account: None,
        earliest_at: None,
        due_at: None,
        restricted,
        grounds: "the customer says that the name is wrong".to_owned(),
    };
    let operator = Actor::operator("default", "test");
    let case = api.app.open_case(&operator, &wanted).await.unwrap();
    case.id.to_string()
}

async fn open(api: &TestApi, key: &str, party: &str, body: Value) -> Answer {
    api.post_with(key, &format!("/v1/parties/{party}/openings"), &body)
        .await
}

async fn listed(api: &TestApi, query: &str) -> Vec<Value> {
    let auditor = api.key_for(Role::Auditor).await;
    let page = api
        .get_with(&auditor, &format!("/v1/openings?{query}"))
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn fields_are_opened_for_a_purpose_in_a_case_and_listed_by_party_and_actor() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let case = opened(&api, &party, CaseKind::Dispute, false).await;
    let anna = api.staff_key("anna", &[Role::Reviewer]).await;
    let body =
        json!({"purpose": "dispute", "case": case, "fields": ["email", "legal_name", "phone"]});
    let answer = open(&api, &anna, &party, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let answer = answer.json();
    let fields = answer["fields"].as_array().unwrap();
    let value = |name: &str| {
        let field = fields.iter().find(|f| f["attribute"] == name);
        field.map(|f| f["value"].clone())
    };
    assert_eq!(value("email"), Some(json!("ana@example.org")));
    assert_eq!(value("legal_name"), Some(json!("Ana Ferreira")));
    assert_eq!(value("phone"), None);
    let of = listed(&api, &format!("party={party}")).await;
    assert_eq!(of.len(), 1);
    assert_eq!(of[0]["record"], answer["record"]);
    assert_eq!(of[0]["actor"], "anna");
    assert_eq!(of[0]["case"], json!(case));
    assert_eq!(of[0]["fields"], json!(["email", "legal_name", "phone"]));
    assert_eq!(listed(&api, "actor=anna").await, of);
    assert_eq!(listed(&api, "actor=ben").await, Vec::<Value>::new());
    // It stands in the party's history and in the ledger.
    let timeline = api
        .get(&format!("/v1/parties/{party}/timeline"))
        .await
        .json();
    let items = timeline["items"].as_array().unwrap();
    assert!(
        items
            .iter()
            .any(|i| i["kind"] == "opening" && i["record"] == answer["record"])
    );
    api.ledger_size().await;
    let record = answer["record"].as_str().unwrap();
    let proof = api.get(&format!("/v1/ledger/records/{record}/proof")).await;
    assert_eq!(proof.status, 200, "{}", proof.text);
    assert!(!proof.text.contains("ana@example.org") && !proof.text.contains(&party));
    let metrics = api.get("/metrics").await.text;
    assert!(
        metrics.contains("bonafide_openings_total{purpose=\"dispute\"}"),
        "{metrics}"
    );
}

#[tokio::test]
async fn an_opening_without_purpose_case_or_right_is_refused_and_opens_nothing() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let (_, stranger) = ids(&api.signed_up().await);
    let case = opened(&api, &party, CaseKind::Dispute, false).await;
    let other = opened(&api, &stranger, CaseKind::Dispute, false).await;
    let process = opened(&api, &party, CaseKind::Process, false).await;
    let gagged = opened(&api, &party, CaseKind::Process, true).await;
    let reviewer = api.staff_key("anna", &[Role::Reviewer]).await;
    let nowhere = "cas_00000000000000000000000001";
    for (body, field) in [
        (json!({"case": case, "fields": ["email"]}), "purpose"),
        (json!({"purpose": "dispute", "fields": ["email"]}), "case"),
        (json!({"purpose": "dispute", "case": case}), "fields"),
        (
            json!({"purpose": "dispute", "case": case, "fields": []}),
            "fields",
        ),
        (
            json!({"purpose": "curiosity", "case": case, "fields": ["email"]}),
            "purpose",
        ),
        (
            json!({"purpose": "dispute", "case": nowhere, "fields": ["email"]}),
            "case",
        ),
        (
            json!({"purpose": "dispute", "case": other, "fields": ["email"]}),
            "case",
        ),
        (
            json!({"purpose": "dispute", "case": process, "fields": ["email"]}),
            "case",
        ),
        (
            json!({"purpose": "lawful_process", "case": gagged, "fields": ["email"]}),
            "case",
        ),
        (
            json!({"purpose": "dispute", "case": case, "fields": ["emial"]}),
            "fields[0]",
        ),
        (
            json!({"purpose": "support", "case": case, "fields": ["email", "national_id_number"]}),
            "fields[1]",
        ),
        (
            json!({"purpose": "duplicate_check", "case": case, "fields": ["email"]}),
            "fields[0]",
        ),
    ] {
        let refused = open(&api, &reviewer, &party, body.clone()).await;
        assert_eq!(
            refused.is_problem(422, "invalid").fields(),
            [field],
            "{body}: {}",
            refused.text
        );
    }
    let special =
        json!({"purpose": "lawful_process", "case": process, "fields": ["national_id_number"]});
    let refused = open(&api, &reviewer, &party, special.clone()).await;
    refused.is_problem(403, "forbidden");
    assert!(
        refused.text.contains("national-numbers-are-for-seniors"),
        "{}",
        refused.text
    );
    let good = json!({"purpose": "dispute", "case": case, "fields": ["email"]});
    for (handle, role) in [("audrey", Role::Auditor), ("adam", Role::Administrator)] {
        let key = api.staff_key(handle, &[role]).await;
        open(&api, &key, &party, good.clone())
            .await
            .is_problem(403, "forbidden");
    }
    let robot = api.key_for(Role::Legal).await;
    open(&api, &robot, &party, good)
        .await
        .is_problem(403, "forbidden");
    assert_eq!(
        listed(&api, &format!("party={party}")).await,
        Vec::<Value>::new()
    );
    // The legal role sees the gagged matter; what it opened there others do not see.
    let legal = api.staff_key("lea", &[Role::Legal]).await;
    let body = json!({"purpose": "lawful_process", "case": gagged, "fields": ["email"]});
    assert_eq!(open(&api, &legal, &party, body).await.status, 201);
    assert_eq!(open(&api, &legal, &party, special).await.status, 201);
    let auditor = api.staff_key("alma", &[Role::Auditor]).await;
    let path = format!("/v1/openings?party={party}");
    let seen = |answer: Answer| answer.json()["items"].as_array().unwrap().len();
    assert_eq!(seen(api.get_with(&auditor, &path).await), 1);
    assert_eq!(seen(api.get_with(&legal, &path).await), 2);
}

#[tokio::test]
async fn more_than_a_days_measure_takes_a_second_person() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let case = opened(&api, &party, CaseKind::Dispute, false).await;
    let anna = api.staff_key("anna", &[Role::SeniorReviewer]).await;
    let senior = api.staff_key("sam", &[Role::SeniorReviewer]).await;
    let body = json!({"purpose": "dispute", "case": case, "fields": ["email"]});
    for _ in 0..OPENINGS_A_DAY {
        assert_eq!(open(&api, &anna, &party, body.clone()).await.status, 201);
    }
    let refused = open(&api, &anna, &party, body.clone()).await;
    refused.is_problem(409, "refused");
    assert!(refused.text.contains("a second person"), "{}", refused.text);
    let path = "/v1/openings/allowances";
    let allowance = json!({"actor": "anna", "more": 1});
    api.post_with(&anna, path, &allowance)
        .await
        .is_problem(409, "refused");
    assert_eq!(api.post_with(&senior, path, &allowance).await.status, 201);
    assert_eq!(open(&api, &anna, &party, body.clone()).await.status, 201);
    open(&api, &anna, &party, body.clone())
        .await
        .is_problem(409, "refused");
    assert_eq!(open(&api, &senior, &party, body.clone()).await.status, 201);
    api.clock
        .set(api.app.now().plus_millis(bonafide_model::DAY_MS + 1));
    assert_eq!(open(&api, &anna, &party, body).await.status, 201);
}

/// Whoever asked never reads the answer and goes away: the opening stands in the record all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_opening_is_recorded_even_when_the_answer_does_not_arrive() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let case = opened(&api, &party, CaseKind::Dispute, false).await;
    let anna = api.staff_key("anna", &[Role::Reviewer]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = tokio::spawn(bonafide_web::serve(api.app.clone(), listener, async move {
        drop(stopped.await);
    }));
    let body = json!({"purpose": "dispute", "case": case, "fields": ["email"]}).to_string();
    let request = format!(
        "POST /v1/parties/{party}/openings HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {anna}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let recorded = async {
        while listed(&api, "actor=anna").await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let within = tokio::time::timeout(Duration::from_secs(30), recorded).await;
    within.expect("the opening was never recorded");
    drop(stream);
    assert_eq!(listed(&api, &format!("party={party}")).await.len(), 1);
    stop.send(()).unwrap();
    service.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_search_says_what_for_and_is_recorded() {
    let api = TestApi::start().await;
    api.signed_up().await;
    let anna = api.staff_key("anna", &[Role::Reviewer]).await;
    let ask = |purpose: &str| json!({"attribute": "email", "value": "ana@example.org", "purpose": purpose});
    let found = api
        .post_with(&anna, "/v1/parties/search", &ask("dispute"))
        .await;
    assert_eq!(found.json()["parties"].as_array().unwrap().len(), 1);
    let refused = api
        .post_with(&anna, "/v1/parties/search", &ask("audit_sample"))
        .await;
    assert_eq!(refused.is_problem(422, "invalid").fields(), ["purpose"]);
    let operator = Actor::operator("default", "test");
    let searches = api.app.searches(&operator, "anna", None, 9).await.unwrap();
    assert_eq!(searches.len(), 1);
    assert_eq!(
        (searches[0].purpose.as_str(), searches[0].found),
        ("dispute", 1)
    );
}

#[tokio::test]
async fn verified_claims_go_out_as_an_opening_and_only_what_was_verified() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let case = opened(&api, &party, CaseKind::Dispute, false).await;
    let anna = api.staff_key("anna", &[Role::Reviewer]).await;
    let none = verified(&api, &anna, &party, "dispute", &case).await;
    assert_eq!(none.status, 409, "{}", none.text);
    show_passport(&api, &party).await;
    let answer = verified(&api, &anna, &party, "dispute", &case).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let claims = &answer["verified_claims"];
    assert_eq!(claims["claims"], json!({"name": "Ana Ferreira"}));
    let evidence = &claims["verification"]["evidence"][0];
    assert_eq!(evidence["document_details"]["type"], "passport");
    assert_eq!(evidence["document_details"]["issuer"]["country_code"], "PT");
    assert_eq!(
        evidence["check_details"][0]["check_method"],
        "document-photo"
    );
    // The number of the document stays here.
    assert!(!answer.to_string().contains("X1"));
    let of = listed(&api, &format!("party={party}")).await;
    assert_eq!(of.len(), 1);
    assert_eq!(of[0]["fields"], json!(["legal_name"]));
    assert_eq!(
        of[0]["record"],
        claims["verification"]["verification_process"]
    );
    // No purpose, no such purpose, another's case, a key that may not.
    let path = format!("/v1/parties/{party}/verified-claims");
    assert_eq!(api.get_with(&anna, &path).await.status, 422);
    let unknown = verified(&api, &anna, &party, "curiosity", &case).await;
    assert_eq!(unknown.status, 422, "{}", unknown.text);
    let (_, other) = ids(&api.signed_up().await);
    show_passport(&api, &other).await;
    assert_eq!(
        verified(&api, &anna, &other, "dispute", &case).await.status,
        422
    );
    let auditor = api.key_for(Role::Auditor).await;
    assert_eq!(
        verified(&api, &auditor, &party, "dispute", &case)
            .await
            .status,
        403
    );
}
