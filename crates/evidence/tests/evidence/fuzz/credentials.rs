//! Noise into each parser of wallets and organisations.

use serde_json::{Value, json};

use crate::credentials::World;
use crate::fuzz;

fn owned(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn tokens() {
    let world = World::new();
    let samples = vec![
        world.present().into_bytes(),
        world.token.disclose(&[]).into_bytes(),
    ];
    fuzz::kind("sd-jwt-vc", &samples, world.token_context());
}

#[test]
fn documents() {
    let world = World::new();
    fuzz::kind("mdoc", &[world.response()], world.licence_context());
}

#[test]
fn responses() {
    let world = World::new();
    let query = json!({"credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:example:identity"]}}]});
    let samples = vec![
        json!({"vp_token": {"pid": [world.present()]}})
            .to_string()
            .into_bytes(),
        b"vp_token=%7B%22pid%22%3A%5B%22x%22%5D%7D&state=s".to_vec(),
        b"response=e30..aaaa.bbbb.cccc".to_vec(),
        query.to_string().into_bytes(),
    ];
    let context = json!({
        "dcql_query": query, "nonce": "n-1", "client_id": "x509_san_dns:verifier.example",
        "response_uri": "https://verifier.example/response", "trust": world.issuer.trust(),
    });
    fuzz::kind("oid4vp", &samples, context);
}

#[test]
fn queries() {
    let sample = json!({"credentials": [
        {"id": "a", "format": "mso_mdoc", "meta": {"doctype_value": "d"}, "claims": [{"id": "c", "path": ["n", "e"], "values": [1, true, "x"]}],
            "claim_sets": [["c"]], "trusted_authorities": [{"type": "aki", "values": ["x"]}]},
    ], "credential_sets": [{"options": [["a"]], "required": false}]});
    fuzz::kind("oid4vp", &[sample.to_string().into_bytes()], json!({}));
}

#[test]
fn status_lists() {
    fuzz::kind(
        "status-list",
        &owned(&[r#"{"bits":1,"lst":"eNrbuRgAAhcBXQ"}"#]),
        json!({}),
    );
}

#[test]
fn verified_claims() {
    let sample = r#"{"verified_claims":{"verification":{"trust_framework":"eidas","time":"2026-03-01T10:00:00Z","evidence":[{"type":"document","document_details":{"type":"idcard","date_of_issuance":"2020-03-23"}}]},"claims":{"given_name":"Anna","birthdate":"1990-02-28"}}}"#;
    fuzz::kind("verified-claims", &owned(&[sample]), json!({}));
}

#[test]
fn ownership_statements() {
    let sample = r#"[{"statementId":"2f7bf9370f1254068e5e946df067d07d","declarationSubject":"e","statementDate":"2026-01-01","recordId":"r","recordType":"relationship","recordDetails":{"isComponent":false,"subject":"e","interestedParty":{"reason":"unknown"},"interests":[{"type":"shareholding","share":{"minimum":25,"maximum":50}}]}}]"#;
    fuzz::kind("bods", &owned(&[sample]), json!({}));
}

#[test]
fn numbers() {
    let cases: [(&str, &[&str], Value); 6] = [
        ("lei", &["2138001KT6BLFA2SBA38"], json!({})),
        (
            "iban",
            &[
                "GB82 WEST 1234 5698 7654 32",
                "FR14 2004 1010 0505 0001 3M02 606",
            ],
            json!({}),
        ),
        ("bic", &["DEUTDEFF500"], json!({})),
        (
            "vat",
            &[
                "DE 129304291",
                "ESX5253868R",
                "CHE-107.787.577 IVA",
                "IE6433435OA",
            ],
            json!({}),
        ),
        (
            "company-number",
            &["J40/8302/1997", "C2005000007045"],
            json!({"country": "RO"}),
        ),
        (
            "company-number",
            &["T08LL0003B", "200003123A"],
            json!({"scheme": "sg_uen"}),
        ),
    ];
    for (kind, samples, context) in cases {
        fuzz::kind(kind, &owned(samples), context);
    }
}

#[test]
fn evidence_of_authority() {
    let sample = r#"{"organisation":"o","source":"statute","issued_at":"2026-05-01","officers":[{"id":"a","together":2}],"grants":[{"by":["a"],"to":"b","signed_at":"2026-05-02"}]}"#;
    fuzz::kind(
        "authority",
        &owned(&[sample]),
        json!({"acting": "b", "matter": "m"}),
    );
}

#[test]
fn signatures() {
    let context = json!({"algorithm": "EdDSA", "public_key": "302a300506032b65700321007d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "signature": "00"});
    fuzz::kind("signature", &owned(&["message"]), context);
}
