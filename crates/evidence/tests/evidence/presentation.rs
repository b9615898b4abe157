//! A request and its answer: what is missing is asked for, a software wallet answers, attributes come back.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bonafide_evidence::presentation::{Request, attributes, link, query, shown_by};
use serde_json::{Value, json};

use crate::contract::at;
use crate::credentials::NOW;
use crate::software_wallet::{
    Issuer, Key, Profile, SdJwt, b64, certificate, encrypt, issue_mdoc, issue_sd_jwt, session,
    thumbprint,
};
use crate::vectors::check;

fn missing(names: &[&'static str]) -> BTreeSet<&'static str> {
    names.iter().copied().collect()
}

/// The claims of a query for one credential.
fn asked(query: &Value, id: &str) -> Vec<String> {
    let credentials = query["credentials"].as_array().unwrap();
    let one = credentials.iter().find(|c| c["id"] == id).unwrap();
    let last = |claim: &Value| {
        claim["path"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    one["claims"].as_array().unwrap().iter().map(last).collect()
}

#[test]
fn only_what_is_missing_is_asked_for() {
    let one = query(&missing(&["birth_date"])).unwrap();
    assert_eq!(asked(&one, "pid-sd-jwt"), ["birthdate"]);
    assert_eq!(asked(&one, "mdl"), ["birth_date"]);
    // A licence does not show citizenship, so that identity credentials alone are asked for.
    let two = query(&missing(&["legal_name", "citizenship", "payment_means"])).unwrap();
    assert_eq!(
        asked(&two, "pid-sd-jwt"),
        ["family_name", "given_name", "nationalities"]
    );
    assert_eq!(
        two["credential_sets"],
        json!([{"options": [["pid-sd-jwt"], ["pid-mdoc"]]}])
    );
    assert!(shown_by(&two).contains("citizenship"));
    assert_eq!(query(&missing(&["payment_means"])), None);
    // What is asked is a query that the standard allows.
    for query in [one, two] {
        assert!(check("oid4vp", query.to_string().as_bytes(), json!({})).valid);
    }
}

struct Verifier {
    key: Key,
    encryption: Key,
    chain: Vec<Vec<u8>>,
    query: Value,
}

const CLIENT: &str = "x509_san_dns:verifier.example";
const RESPONSE: &str = "https://verifier.example/wallet/responses/1";

impl Verifier {
    fn new(missing: &BTreeSet<&str>) -> Self {
        let (root, key) = (Key::new(), Key::new());
        let own = certificate(
            "Verifier",
            &key,
            "Root",
            &root,
            &Profile::Host("verifier.example"),
        );
        Self {
            key,
            encryption: Key::new(),
            chain: vec![own],
            query: query(missing).unwrap(),
        }
    }

    /// The request object as the wallet fetches it, and the context that its answer is checked in.
    fn ask(&self) -> (String, Value) {
        let public = self.encryption.jwk();
        let request = Request {
            client_id: CLIENT,
            response_uri: RESPONSE,
            query: &self.query,
            nonce: "n-0123456789abcdef",
            state: "s-1",
            encrypt_to: Some(&public),
            issued_at: at("2026-06-01T00:00:00Z"),
            expires_at: at("2026-06-01T00:10:00Z"),
        };
        let signed = request.to_sign(&self.chain);
        let signature = b64(self.key.sign(signed.as_bytes()));
        (
            format!("{signed}.{signature}"),
            request.context(Some(&self.encryption.private_jwk())),
        )
    }
}

/// What a wallet makes of a request object: it must be signed by the key in its certificate.
fn fetched(token: &str, verifier: &Verifier) -> Value {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, verifier.key.point());
    key.verify(signed.as_bytes(), &decode(signature)).unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!(header["typ"], "oauth-authz-req+jwt");
    assert_eq!(header["x5c"].as_array().unwrap().len(), 1);
    serde_json::from_slice(&decode(payload)).unwrap()
}

#[test]
fn a_wallet_answers_with_an_identity_credential() {
    let verifier = Verifier::new(&missing(&[
        "legal_name",
        "birth_date",
        "citizenship",
        "residential_address",
    ]));
    let (token, context) = verifier.ask();
    let request = fetched(&token, &verifier);
    assert_eq!(request["response_mode"], "direct_post.jwt");
    assert_eq!(request["aud"], "https://self-issued.me/v2");
    let (issuer, holder) = (Issuer::new(&Profile::Host("issuer.example")), Key::new());
    let credential = pid(&issuer, &holder);
    let names = [
        "given_name",
        "family_name",
        "birthdate",
        "nationalities",
        "address",
    ];
    let nonce = request["nonce"].as_str().unwrap();
    let shown = credential.present(
        &names,
        &holder,
        request["client_id"].as_str().unwrap(),
        nonce,
        NOW,
    );
    let answer = json!({"vp_token": {"pid-sd-jwt": [shown]}, "state": request["state"]});
    let body = format!(
        "response={}",
        encrypt(&answer, &request["client_metadata"]["jwks"]["keys"][0])
    );
    let mut context = context;
    context["issuer_jwk"] = issuer.key.jwk();
    let verdict = check("oid4vp", body.as_bytes(), context.clone());
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(
        attributes(&verdict.claims),
        [
            ("legal_name", json!("Anna Specimen")),
            ("birth_date", json!("1990-02-28")),
            ("citizenship", json!("UT")),
            ("citizenship", json!("DE")),
            (
                "residential_address",
                json!({"lines": ["1 Road"], "city": "Town", "postal_code": "12345", "country": "UT"})
            ),
        ]
    );
    context["used_nonces"] = json!([nonce]);
    let again = check("oid4vp", body.as_bytes(), context);
    assert_eq!(again.reasons[0].code.as_str(), "replayed");
}

fn pid(issuer: &Issuer, holder: &Key) -> SdJwt {
    let plain =
        json!({"iss": "https://issuer.example", "vct": "urn:eudi:pid:1", "exp": NOW + 1000});
    let claims = json!({
        "given_name": "Anna", "family_name": "Specimen", "birthdate": "1990-02-28", "nationalities": ["UT", "DE"],
        "address": {"street_address": "1 Road", "locality": "Town", "postal_code": "12345", "country": "UT"},
        "email": "anna@example.com",
    });
    issue_sd_jwt(
        &issuer.key,
        &json!({"alg": "ES256", "typ": "dc+sd-jwt"}),
        &plain,
        &claims,
        holder,
    )
}

#[test]
fn a_wallet_answers_with_a_licence() {
    let verifier = Verifier::new(&missing(&["legal_name", "birth_date"]));
    let (token, mut context) = verifier.ask();
    let request = fetched(&token, &verifier);
    let (issuer, holder) = (Issuer::new(&Profile::Mdl), Key::new());
    let elements = [
        ("given_name", "Anna"),
        ("family_name", "Specimen"),
        ("birth_date", "1990-02-28"),
        ("portrait", "…"),
    ];
    let licence = issue_mdoc(&issuer, &elements, &holder);
    let key = &request["client_metadata"]["jwks"]["keys"][0];
    let text = |name: &str| request[name].as_str().unwrap();
    let session = session(
        text("client_id"),
        text("nonce"),
        Some(&thumbprint(key)),
        text("response_uri"),
    );
    let response = licence.present(
        &["given_name", "family_name", "birth_date"],
        &holder,
        &session,
    );
    let answer = json!({"vp_token": {"mdl": [b64(response)]}, "state": request["state"]});
    context["trust"] = issuer.trust();
    let verdict = check("oid4vp", encrypt(&answer, key).as_bytes(), context);
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(
        attributes(&verdict.claims),
        [
            ("legal_name", json!("Anna Specimen")),
            ("birth_date", json!("1990-02-28"))
        ]
    );
}

#[test]
fn a_link_names_verifier_and_request() {
    assert_eq!(
        link(CLIENT, "https://verifier.example/wallet/requests/1?a=b"),
        "openid4vp://?client_id=x509_san_dns%3Averifier.example&request_uri=https%3A%2F%2Fverifier.example%2Fwallet%2Frequests%2F1%3Fa%3Db"
    );
}
