use bonafide_app::submission::SignUp;

use super::*;
use axum::response::IntoResponse;

fn refusal(body: &str) -> (u16, String, String) {
    let problem = read::<SignUp>(body.as_bytes()).expect_err("must be refused");
    let response = problem.clone().into_response();
    let error = problem.errors().first().cloned().expect("a field");
    (response.status().as_u16(), error.field, error.message)
}

fn sign_up(inner: &str) -> String {
    format!(
        r#"{{"account":{{"product":"vps"}},"roles":[{{"party":"a","kind":"holder"}}],"parties":[{inner}]}}"#
    )
}

#[test]
fn a_good_body_is_read() {
    let body = sign_up(
        r#"{"ref":"a","kind":"person","claims":[{"attribute":"legal_name","value":"Ana"}]}"#,
    );
    assert_eq!(
        read::<SignUp>(body.as_bytes()).expect("good").parties.len(),
        1
    );
}

#[test]
fn what_two_readers_could_take_in_two_ways_is_refused_and_located() {
    let deep = format!("{}1{}", "[".repeat(20), "]".repeat(20));
    for (party, status, field) in [
        (
            r#"{"ref":"a","ref":"b","kind":"person"}"#.to_owned(),
            400,
            "parties[0].ref",
        ),
        (
            r#"{"ref":"a\ud800","kind":"person"}"#.to_owned(),
            400,
            "parties[0].ref",
        ),
        (
            r#"{"ref":"a\u0000","kind":"person"}"#.to_owned(),
            422,
            "parties[0].ref",
        ),
        (
            r#"{"ref":"a","kind":null}"#.to_owned(),
            422,
            "parties[0].kind",
        ),
        (
            r#"{"ref":"a","kind":1e999}"#.to_owned(),
            400,
            "parties[0].kind",
        ),
        (
            r#"{"ref":"a","$serde_json::private::RawValue":"1"}"#.to_owned(),
            422,
            "parties[0].$serde_json::private::RawValue",
        ),
        (
            deep,
            400,
            "parties[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]",
        ),
        (r#"{"ref":"a","kind":"person"}"#.to_owned() + "]", 400, ""),
    ] {
        let (told, at, message) = refusal(&sign_up(&party));
        assert_eq!((told, at.as_str()), (status, field), "{party}: {message}");
    }
}

#[test]
fn wrong_types_and_names_are_told_by_path() {
    for (party, field, says) in [
        (r#"["a","person"]"#, "parties[0]", "expected an object"),
        (
            r#"{"ref":5,"kind":"person"}"#,
            "parties[0].ref",
            "expected a string",
        ),
        (r#"{"kind":"person"}"#, "parties[0].ref", "missing"),
        (r#"{"ref":"a","kind":"cat"}"#, "parties[0].kind", "`person`"),
        (
            r#"{"ref":"a","kind":{"person":{}}}"#,
            "parties[0].kind",
            "`person`",
        ),
        (
            r#"{"ref":"a","kind":"person","nmae":1}"#,
            "parties[0].nmae",
            "no field `nmae`",
        ),
        (
            r#"{"ref":"a","kind":"person","claims":{}}"#,
            "parties[0].claims",
            "expected a list",
        ),
        (
            r#"{"ref":"a","kind":"person","claims":[{"attribute":"x","value":1,"valid_from":"2023-02-30"}]}"#,
            "parties[0].claims[0].valid_from",
            "2023-02-30",
        ),
        (
            r#"{"ref":"a","kind":"person","id":"pty_x"}"#,
            "parties[0].id",
            "pty_x",
        ),
    ] {
        let (status, at, message) = refusal(&sign_up(party));
        assert_eq!((status, at.as_str()), (422, field), "{party}: {message}");
        assert!(message.contains(says), "{party}: {message}");
    }
}

#[test]
fn text_that_is_no_json_is_refused() {
    for body in [
        "",
        "{",
        "[1,]",
        "{'a':1}",
        "nul",
        "{\"a\":\u{1}}",
        "{} {}",
        "\u{feff}{}",
    ] {
        let (status, _, message) = refusal(body);
        assert_eq!(status, 400, "{body}: {message}");
    }
    assert_eq!(
        read::<SignUp>(b"\"\xff\"")
            .expect_err("no UTF-8")
            .into_response()
            .status()
            .as_u16(),
        400
    );
}
