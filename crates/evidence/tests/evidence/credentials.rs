//! Credentials of a software wallet: what holds, and each way in which it must not.

use bonafide_evidence::{Code, Verdict};
use bonafide_model::Strength;
use serde_json::{Value, json};

use crate::software_wallet::{
    Issuer, Key, MDL_NAMESPACE, Mdoc, Profile, SdJwt, b64, issue_mdoc, issue_sd_jwt, session,
};
use crate::vectors::check;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// 1 June 2026, the instant of [`check`].
pub(crate) const NOW: i64 = 1_780_272_000;
pub(crate) const VCT: &str = "urn:example:identity";
pub(crate) const CLIENT: &str = "x509_san_dns:verifier.example";
pub(crate) const URI: &str = "https://verifier.example/response";

/// An issuer, a holder, and a credential of each format.
pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) holder: Key,
    pub(crate) token: SdJwt,
    pub(crate) licence: Mdoc,
    pub(crate) licences: Issuer,
}

fn plain() -> Value {
    json!({"iss": "https://issuer.example", "vct": VCT, "iat": NOW - 1000, "nbf": NOW - 1000, "exp": NOW + 1000})
}

fn claims() -> Value {
    json!({"given_name": "Anna", "family_name": "Specimen", "birthdate": "1990-02-28"})
}

fn header(issuer: &Issuer) -> Value {
    json!({"alg": "ES256", "typ": "dc+sd-jwt", "x5c": [STANDARD.encode(&issuer.certificate)]})
}

impl World {
    pub(crate) fn new() -> Self {
        let issuer = Issuer::new(&Profile::Host("issuer.example"));
        let licences = Issuer::new(&Profile::Mdl);
        let holder = Key::new();
        let elements = [
            ("given_name", "Anna"),
            ("birth_date", "1990-02-28"),
            ("issuing_country", "UT"),
        ];
        Self {
            token: issue_sd_jwt(&issuer.key, &header(&issuer), &plain(), &claims(), &holder),
            licence: issue_mdoc(&licences, &elements, &holder),
            issuer,
            holder,
            licences,
        }
    }

    pub(crate) fn present(&self) -> String {
        self.token
            .present(&["given_name"], &self.holder, CLIENT, "n-1", NOW)
    }

    pub(crate) fn token_context(&self) -> Value {
        json!({"trust": self.issuer.trust(), "audience": CLIENT, "nonce": "n-1"})
    }

    pub(crate) fn response(&self) -> Vec<u8> {
        self.licence.present(
            &["given_name"],
            &self.holder,
            &session(CLIENT, "n-1", None, URI),
        )
    }

    pub(crate) fn licence_context(&self) -> Value {
        json!({"trust": self.licences.trust(), "openid4vp": {"client_id": CLIENT, "nonce": "n-1", "response_uri": URI}})
    }
}

pub(crate) fn with(mut context: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        context[key] = value.clone();
    }
    context
}

#[track_caller]
pub(crate) fn refused(verdict: &Verdict, code: Code) {
    assert_eq!(
        verdict.reasons.first().map(|r| r.code),
        Some(code),
        "{:?}",
        verdict.reasons
    );
}

#[test]
fn a_token_holds_with_certificate_key_or_metadata() {
    let world = World::new();
    let base = json!({"audience": CLIENT, "nonce": "n-1"});
    let metadata =
        json!({"issuer": "https://issuer.example", "jwks": {"keys": [world.issuer.key.jwk()]}});
    for trust in [
        json!({"trust": world.issuer.trust()}),
        json!({"issuer_jwk": world.issuer.key.jwk()}),
        json!({"issuer_jwks": {"keys": [world.issuer.key.jwk()]}}),
        json!({"issuer_metadata": metadata}),
    ] {
        let verdict = check(
            "sd-jwt-vc",
            world.present().as_bytes(),
            with(base.clone(), trust),
        );
        assert!(verdict.valid, "{:?}", verdict.reasons);
        assert_eq!(verdict.strength, Some(Strength::Superior));
        assert_eq!(verdict.claims["given_name"], "Anna");
        assert_eq!(verdict.claims["credential"]["type"], VCT);
        assert!(!verdict.claims.contains_key("family_name"));
    }
    let context = with(
        world.token_context(),
        json!({"key_binding_required": false}),
    );
    let verdict = check(
        "sd-jwt-vc",
        world.token.disclose(&["birthdate"]).as_bytes(),
        context,
    );
    assert_eq!(verdict.strength, Some(Strength::Fair));
}

#[test]
fn a_token_is_refused_for_its_context() {
    let world = World::new();
    let shown = world.present();
    let refuse = |changes: Value, code| {
        let context = with(world.token_context(), changes);
        refused(&check("sd-jwt-vc", shown.as_bytes(), context), code);
    };
    refuse(json!({"nonce": "n-2"}), Code::Nonce);
    refuse(json!({"audience": "https://other.example"}), Code::Audience);
    refuse(json!({"used_nonces": ["n-1"]}), Code::Replayed);
    refuse(json!({"issuer": "https://other.example"}), Code::Issuer);
    refuse(json!({"vct": "urn:example:other"}), Code::Type);
    refuse(json!({"trust": null}), Code::Untrusted);
    refuse(
        json!({"trust": Issuer::new(&Profile::Host("issuer.example")).trust()}),
        Code::Untrusted,
    );
    refuse(json!({"at": NOW + 1000}), Code::Expired);
    refuse(json!({"at": NOW - 1001}), Code::NotYetValid);
    refuse(json!({"at": NOW + 301}), Code::Stale);
    refuse(json!({"at": NOW - 61}), Code::Stale);
    refuse(json!({"nonce": null}), Code::Context);
    refuse(json!({"nonze": "n-1"}), Code::Context);
}

#[test]
fn a_token_of_another_host_or_type_is_refused() {
    let world = World::new();
    let other = Issuer::new(&Profile::Host("other.example"));
    let (header, plain) = (header(&other), plain());
    let token = issue_sd_jwt(&other.key, &header, &plain, &claims(), &world.holder);
    let shown = token.present(&[], &world.holder, CLIENT, "n-1", NOW);
    let context = with(world.token_context(), json!({"trust": other.trust()}));
    refused(&check("sd-jwt-vc", shown.as_bytes(), context), Code::Issuer);
}

/// One payload or header of the issuer changed, signed by the issuer all the same.
#[test]
fn a_token_is_refused_for_what_its_issuer_signed() {
    let world = World::new();
    let issue = |header: Value, changes: Value| {
        let plain = with(plain(), changes);
        let token = issue_sd_jwt(&world.issuer.key, &header, &plain, &claims(), &world.holder);
        let shown = token.present(&["given_name"], &world.holder, CLIENT, "n-1", NOW);
        let context = with(
            world.token_context(),
            json!({"trust": null, "issuer_jwk": world.issuer.key.jwk()}),
        );
        check("sd-jwt-vc", shown.as_bytes(), context)
    };
    let good = json!({"alg": "ES256", "typ": "dc+sd-jwt"});
    assert!(issue(good.clone(), json!({})).valid);
    for (header, code) in [
        (json!({"alg": "none", "typ": "dc+sd-jwt"}), Code::Algorithm),
        (json!({"alg": "HS256", "typ": "dc+sd-jwt"}), Code::Algorithm),
        (json!({"alg": "ES384", "typ": "dc+sd-jwt"}), Code::Algorithm),
        (json!({"alg": "RS256", "typ": "dc+sd-jwt"}), Code::Algorithm),
        (json!({"alg": "ES256", "typ": "JWT"}), Code::Type),
        (json!({"alg": "ES256"}), Code::Type),
        (
            json!({"alg": "ES256", "typ": "dc+sd-jwt", "crit": ["exp"]}),
            Code::Malformed,
        ),
    ] {
        refused(&issue(header, json!({})), code);
    }
    for (changes, code) in [
        (json!({"vct": null}), Code::Type),
        (json!({"vct": 5}), Code::Type),
        (json!({"exp": NOW}), Code::Expired),
        (json!({"exp": "soon"}), Code::Malformed),
        (json!({"exp": 1e300}), Code::Integer),
        (json!({"nbf": NOW + 1}), Code::NotYetValid),
        (json!({"iss": 5}), Code::Malformed),
        (json!({"_sd_alg": "sha-1"}), Code::Algorithm),
        (json!({"given_name": "Plain"}), Code::Disclosure),
        (json!({"list": [{"...": "x", "more": 1}]}), Code::Disclosure),
        (json!({"object": {"...": "x"}}), Code::Disclosure),
        (json!({"object": {"_sd": "x"}}), Code::Disclosure),
        (json!({"object": {"_sd": [5]}}), Code::Disclosure),
        (
            json!({"a": {"_sd": ["x"]}, "b": {"_sd": ["x"]}}),
            Code::Disclosure,
        ),
        (
            json!({"status": {"status_list": {"uri": "https://issuer.example/1", "idx": 3}}}),
            Code::Status,
        ),
        (json!({"status": {"other": {}}}), Code::Status),
    ] {
        refused(&issue(good.clone(), changes), code);
    }
}

#[test]
fn disclosures_that_do_not_belong_are_refused() {
    let world = World::new();
    let context = with(
        world.token_context(),
        json!({"key_binding_required": false}),
    );
    let one = world.token.disclose(&["given_name"]);
    let twice = format!("{one}{}~", world.token.disclosures[0].1);
    for (extra, code) in [
        (twice, Code::Disclosure),
        (
            format!("{one}{}~", b64(r#"["salt","admin",true]"#)),
            Code::Disclosure,
        ),
        (
            format!("{one}{}~", b64(r#"["salt","_sd",[]]"#)),
            Code::Disclosure,
        ),
        (
            format!("{one}{}~", b64(r#"["salt","...","x"]"#)),
            Code::Disclosure,
        ),
        (
            format!("{one}{}~", b64(r#"["salt","exp",9]"#)),
            Code::Disclosure,
        ),
        (format!("{one}{}~", b64(r#"{"salt":1}"#)), Code::Disclosure),
        (format!("{one}{}~", b64(r#"["salt"]"#)), Code::Disclosure),
        (
            format!("{one}{}~", b64(r#"[5,"name","x"]"#)),
            Code::Disclosure,
        ),
        (format!("{one}!!~"), Code::Disclosure),
        (format!("{one}~"), Code::Disclosure),
        (one.trim_end_matches('~').to_owned(), Code::Malformed),
    ] {
        refused(&check("sd-jwt-vc", extra.as_bytes(), context.clone()), code);
    }
}

#[test]
fn json_that_readers_disagree_about_is_refused() {
    let world = World::new();
    let context = with(
        world.token_context(),
        json!({"trust": null, "issuer_jwk": world.issuer.key.jwk(), "key_binding_required": false}),
    );
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    for (payload, code) in [
        (r#"{"vct":"a","vct":"b"}"#.to_owned(), Code::DuplicateKey),
        (format!(r#"{{"vct":"a","x":{deep}}}"#), Code::Nesting),
        (r#"{"vct":"a","exp":1e999}"#.to_owned(), Code::Integer),
        (r#"{"vct":"a""#.to_owned(), Code::Truncated),
        (r#"{"vct":"a"} x"#.to_owned(), Code::Malformed),
    ] {
        let signed = format!(
            "{}.{}",
            b64(r#"{"alg":"ES256","typ":"dc+sd-jwt"}"#),
            b64(payload)
        );
        let token = format!(
            "{signed}.{}~",
            b64(world.issuer.key.sign(signed.as_bytes()))
        );
        refused(&check("sd-jwt-vc", token.as_bytes(), context.clone()), code);
    }
}

#[test]
fn the_holders_proof_must_be_the_holders() {
    let world = World::new();
    let thief = Key::new();
    let stolen = world
        .token
        .present(&["given_name"], &thief, CLIENT, "n-1", NOW);
    refused(
        &check("sd-jwt-vc", stolen.as_bytes(), world.token_context()),
        Code::KeyBinding,
    );
    let shown = world.present();
    let (_, proof) = shown.rsplit_once('~').unwrap();
    let more = format!(
        "{}{proof}",
        world.token.disclose(&["given_name", "birthdate"])
    );
    refused(
        &check("sd-jwt-vc", more.as_bytes(), world.token_context()),
        Code::KeyBinding,
    );
    let none = world.token.disclose(&["given_name"]);
    refused(
        &check("sd-jwt-vc", none.as_bytes(), world.token_context()),
        Code::KeyBinding,
    );
}

/// Each byte of the presentation is protected: altered to another letter, it is refused.
#[test]
fn an_altered_letter_is_refused() {
    let world = World::new();
    let shown = world.present().into_bytes();
    for at in (0..shown.len()).step_by(3) {
        let mut altered = shown.clone();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let verdict = check("sd-jwt-vc", &altered, world.token_context());
        // The last letter of base64url may hold bits that are no byte's; the decoder refuses other bits than zero.
        assert!(!verdict.valid, "letter {at}");
    }
}

#[test]
fn a_status_list_decides() {
    let world = World::new();
    let uri = "https://issuer.example/1";
    let plain = with(
        plain(),
        json!({"status": {"status_list": {"uri": uri, "idx": 9}}}),
    );
    let token = issue_sd_jwt(
        &world.issuer.key,
        &header(&world.issuer),
        &plain,
        &claims(),
        &world.holder,
    );
    let shown = token.present(&["given_name"], &world.holder, CLIENT, "n-1", NOW);
    // Two bits each, ten places: all good but what the case says of place 9.
    let list = |status: u8| {
        let bytes = [0, 0, status << 2];
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&bytes, 6);
        json!({"bits": 2, "lst": b64(packed)})
    };
    let signed = |key: &Key, sub: &str, exp: i64, list: Value| {
        let header = json!({"alg": "ES256", "typ": "statuslist+jwt"});
        key.jwt(
            &header,
            &json!({"sub": sub, "iat": NOW - 5, "exp": exp, "status_list": list}),
        )
    };
    let judge = |token: Value| {
        let context = with(world.token_context(), json!({"status_lists": {uri: token}}));
        check("sd-jwt-vc", shown.as_bytes(), context)
    };
    let key = &world.issuer.key;
    assert!(judge(list(0)).valid);
    let good = judge(json!(signed(key, uri, NOW + 60, list(0))));
    assert!(good.valid, "{:?}", good.reasons);
    assert_eq!(good.claims["credential"]["status"], "good");
    refused(&judge(list(1)), Code::Revoked);
    refused(&judge(list(2)), Code::Suspended);
    refused(&judge(list(3)), Code::Revoked);
    refused(
        &judge(json!(signed(key, uri, NOW + 60, list(1)))),
        Code::Revoked,
    );
    refused(
        &judge(json!(signed(&Key::new(), uri, NOW + 60, list(0)))),
        Code::BadSignature,
    );
    refused(
        &judge(json!(signed(
            key,
            "https://issuer.example/2",
            NOW + 60,
            list(0)
        ))),
        Code::Status,
    );
    refused(&judge(json!(signed(key, uri, NOW, list(0)))), Code::Status);
    refused(&judge(json!({"bits": 3, "lst": ""})), Code::Malformed);
    let context = with(world.token_context(), json!({"status_required": false}));
    assert_eq!(
        check("sd-jwt-vc", shown.as_bytes(), context).claims["credential"]["status"],
        "unchecked"
    );
}

#[test]
fn a_licence_holds_for_its_session_alone() {
    let world = World::new();
    let input = world.response();
    let verdict = check("mdoc", &input, world.licence_context());
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.strength, Some(Strength::Superior));
    assert_eq!(verdict.claims["given_name"], "Anna");
    assert_eq!(
        verdict.claims["credential"]["namespaces"][MDL_NAMESPACE],
        json!(["given_name"])
    );
    let refuse = |changes: Value, code| {
        refused(
            &check("mdoc", &input, with(world.licence_context(), changes)),
            code,
        );
    };
    refuse(
        json!({"openid4vp": {"client_id": CLIENT, "nonce": "n-2", "response_uri": URI}}),
        Code::KeyBinding,
    );
    refuse(
        json!({"openid4vp": {"client_id": "x", "nonce": "n-1", "response_uri": URI}}),
        Code::KeyBinding,
    );
    refuse(json!({"openid4vp": null}), Code::Context);
    refuse(json!({"trust": null}), Code::Untrusted);
    refuse(json!({"trust": world.issuer.trust()}), Code::Untrusted);
    refuse(json!({"doc_type": "org.example.other"}), Code::Type);
    refuse(json!({"at": "2027-06-01T00:00:00Z"}), Code::Expired);
    refuse(json!({"at": "2025-06-01T00:00:00Z"}), Code::NotYetValid);
    refuse(json!({"at": "2035-06-01T00:00:00Z"}), Code::Expired);
}

#[test]
fn an_altered_byte_of_a_licence_is_refused() {
    let world = World::new();
    let input = world.response();
    let accepted: Vec<usize> = (0..input.len())
        .step_by(5)
        .filter(|at| {
            let mut altered = input.clone();
            altered[*at] ^= 1;
            // What a wallet sends around the elements is its own: it may leave elements out, and never change one.
            let verdict = check("mdoc", &altered, world.licence_context());
            verdict.valid && verdict.claims.contains_key("given_name")
        })
        .collect();
    assert_eq!(accepted, Vec::<usize>::new());
}

#[test]
fn cbor_that_can_be_read_in_two_ways_is_refused() {
    let world = World::new();
    let input = world.response();
    let context = || world.licence_context();
    refused(
        &check("mdoc", &input[..input.len() - 7], context()),
        Code::Truncated,
    );
    let mut trailing = input.clone();
    trailing.push(0);
    refused(&check("mdoc", &trailing, context()), Code::Malformed);
    // A map of indefinite length; a key twice; a hundred arrays; an integer of 64 bits; a bignum.
    refused(&check("mdoc", &[0xbf, 0xff], context()), Code::Indefinite);
    refused(&check("mdoc", &[0x9f, 0xff], context()), Code::Indefinite);
    refused(&check("mdoc", &[0x5f, 0xff], context()), Code::Indefinite);
    refused(
        &check("mdoc", &[0xa2, 0x61, b'a', 0, 0x61, b'a', 0], context()),
        Code::DuplicateKey,
    );
    refused(
        &check("mdoc", &[0xa2, 0x01, 0, 0x18, 1, 0], context()),
        Code::DuplicateKey,
    );
    refused(&check("mdoc", &[0x81; 100], context()), Code::Nesting);
    refused(
        &check(
            "mdoc",
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            context(),
        ),
        Code::Integer,
    );
    refused(&check("mdoc", &[0xc2, 0x41, 1], context()), Code::Integer);
    refused(
        &check(
            "mdoc",
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            context(),
        ),
        Code::Truncated,
    );
}
