//! The integrations under `examples/`, each against the real server, and tokens against an implementation that is not ours.

use super::*;

fn python() -> std::ffi::OsString {
    std::env::var_os("BONAFIDE_TEST_PYTHON").unwrap_or_else(|| {
        panic!("BONAFIDE_TEST_PYTHON is not set: run `cargo xtask test`, which installs what this test needs")
    })
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

/// An installation with the sample list, and its key.
fn installed() -> (Place, String) {
    let place = Place::new();
    let scopes = [
        "--scope", "sign-ups", "--scope", "records", "--scope", "orders", "--scope", "read",
    ];
    let key = place.good(&[&["key", "create", "--label", "test"][..], &scopes].concat());
    place.good(&["lists", "import", "sample", "--sdn", &ofac("sdn.csv")]);
    (place, key.trim().to_owned())
}

/// Runs a program of an example.
fn ran(place: &Place, server: &str, key: &str, program: &str, arguments: &[&str]) -> Ran {
    let issuer = fs::read_to_string(place.0.path().join("iss")).unwrap_or_default();
    let mut command = Command::new(python());
    command.arg(example(program)).args(arguments);
    command.current_dir(place.0.path());
    command.env("BONAFIDE_URL", format!("http://{server}"));
    command.env("BONAFIDE_KEY", key);
    command.env("BONAFIDE_ISSUER", issuer);
    Ran::of(command.output().unwrap())
}

fn claims(token: &str) -> Value {
    let verdict = token.split('.').nth(1).unwrap();
    let mut text = verdict.replace('-', "+").replace('_', "/");
    text.push_str(["", "", "==", "="][text.len() % 4]);
    let place = Place::new();
    let file = place.file("claims", text);
    let decoded = Command::new("base64").args(["-d", &file]).output().unwrap();
    serde_json::from_slice(&decoded.stdout).unwrap()
}

/// Signs somebody up who has nothing missing but the code by e-mail; gives account and party.
fn signed_up(server: &Server, key: &str) -> (String, String) {
    let body = json!({
        "account": { "product": "vps-small" },
        "parties": [{ "ref": "ana", "kind": "person", "claims": [
            { "attribute": "legal_name", "value": "Ana Ferreira" },
            { "attribute": "present_location", "value": "PT" },
            { "attribute": "email", "value": "ana@example.org" },
            { "attribute": "payment_token", "value": "tok_3f9a" },
        ]}],
        "roles": [{ "party": "ana", "kind": "holder" }],
    });
    let (status, answer) = server.ask("POST", "/v1/sign-ups", key, &body.to_string());
    assert_eq!(status, 201, "{answer}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer["account"]), text(&answer["parties"][0]["id"]))
}

fn token(server: &Server, key: &str, account: &str) -> String {
    let path = format!("/v1/accounts/{account}/entitlements/token");
    let (status, answer) = server.ask("GET", &path, key, "");
    assert_eq!(status, 200, "{answer}");
    answer["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_is_read_by_another_library_and_forgeries_are_refused_by_all() {
    let (place, key) = installed();
    let server = Server::start(&place);
    let (account, _) = signed_up(&server, &key);
    let token = token(&server, &key, &account);
    let said = claims(&token);
    let issuer = said["iss"].as_str().unwrap();
    assert_eq!(said["sub"], account.as_str());
    assert_eq!(said["on_unreachable"], "deny_new");
    assert!(!issuer.contains("default"), "the tenant's name is not told");
    let id = issuer.rsplit(':').next().unwrap();
    let (status, keys) = server.ask(
        "GET",
        &format!("/.well-known/bonafide/{id}/jwks.json"),
        "",
        "",
    );
    assert_eq!((status, keys["keys"].as_array().unwrap().len()), (200, 2));
    let (status, only) = server.ask("GET", "/.well-known/jwks.json", "", "");
    assert_eq!((status, &only), (200, &keys));
    let (status, _) = server.ask("GET", "/.well-known/bonafide/00/jwks.json", "", "");
    assert_eq!(status, 404);
    let printed = place.good(&["key", "jwks"]);
    assert_eq!(values(&printed).first(), Some(&keys));

    let jwks = place.file("jwks.json", keys.to_string());
    let mut command = Command::new(python());
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokens.py");
    command
        .arg(program)
        .args([&token, &jwks, issuer, "provisioner"]);
    let checked = Ran::of(command.arg(example("provisioner")).output().unwrap());
    assert_eq!(checked.code, 0, "{}", checked.err);
    let now = said["iat"].as_u64().unwrap();
    let context = json!({"jwks": keys, "iss": issuer, "aud": "provisioner", "now": now});
    let context = place.file("context.json", context.to_string());
    let verify = |token: &str| {
        let file = place.file("token", token);
        place.run(&[
            "verify",
            "--kind",
            "entitlements-token",
            "--context",
            &context,
            &file,
        ])
    };
    assert_eq!(verify(&token).code, 0, "{}", verify(&token).out);
    let forgeries: Vec<&str> = checked.out.lines().collect();
    assert_eq!(forgeries.len(), 8);
    for forged in forgeries {
        let (name, forged) = forged.split_once(' ').unwrap();
        assert_eq!(verify(forged).code, 1, "{name}");
    }
}

#[test]
fn a_rotated_key_is_known_before_it_signs_and_after() {
    let (place, key) = installed();
    let server = Server::start(&place);
    let (account, _) = signed_up(&server, &key);
    let kid = |token: &str| {
        let (_, keys) = server.ask("GET", "/.well-known/jwks.json", "", "");
        let header = token.split('.').next().unwrap().to_owned();
        let header = claims(&format!("x.{header}"));
        let known = keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .any(|k| k["kid"] == header["kid"]);
        (header["kid"].clone(), known)
    };
    let (_, before) = server.ask("GET", "/.well-known/jwks.json", "", "");
    let first = token(&server, &key, &account);
    let rotated = values(&place.good(&["key", "rotate-token", "--json"]));
    assert_eq!(
        rotated[0]["kid"], before["keys"][1]["kid"],
        "it was published before"
    );
    let second = token(&server, &key, &account);
    assert_ne!(first, second);
    assert_eq!(kid(&second), (rotated[0]["kid"].clone(), true));
    assert_eq!(
        kid(&first),
        (before["keys"][0]["kid"].clone(), true),
        "its tokens are still met"
    );
    place.good(&["key", "rotate-token", "--at-once"]);
    assert!(!kid(&first).1, "what leaked is not published");
    assert!(!kid(&second).1);
}

#[test]
fn the_sign_up_page_opens_one_account_and_says_what_is_missing() {
    let (place, key) = installed();
    let server = Server::start(&place);
    let mut command = Command::new(python());
    command
        .arg(example("sign-up-page/sign_up_page.py"))
        .arg("0");
    command.env("BONAFIDE_URL", format!("http://{}", server.address));
    command.env("BONAFIDE_KEY", &key);
    let mut page = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(page.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let page = Server {
        child: page,
        address: line.trim().strip_prefix("http://").unwrap().to_owned(),
    };
    let post = |body: &str| {
        let mut stream = TcpStream::connect(&page.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST / HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let form = "once=form-1&legal_name=Ana+Ferreira&email=ana%40example.org&present_location=PT";
    let first = post(form);
    assert!(
        first.contains(" 200 ") && first.contains("with limits"),
        "{first}"
    );
    assert!(
        first.contains("Code sent by e-mail") && !first.contains("holder-email"),
        "{first}"
    );
    let account = |page: &str| page.rsplit("acc_").next().unwrap().to_owned();
    assert_eq!(
        account(&post(form)),
        account(&first),
        "a form sent twice opens one account"
    );
    let wrong = post("once=form-2&legal_name=Ana&present_location=XX");
    assert!(wrong.contains(" 422 ") && wrong.contains("<li>"), "{wrong}");
    server.stop();
    assert!(post(form).contains(" 503 "));
}

#[test]
fn the_provisioner_keeps_to_the_answer_and_to_its_token_when_nobody_answers() {
    let (place, key) = installed();
    let server = Server::start(&place);
    let (account, party) = signed_up(&server, &key);
    let issuer = claims(&token(&server, &key, &account))["iss"]
        .as_str()
        .unwrap()
        .to_owned();
    place.file("iss", issuer);
    let address = server.address.clone();
    let run = |arguments: &[&str]| {
        let ran = ran(
            &place,
            &address,
            &key,
            "provisioner/provisioner.py",
            arguments,
        );
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out.trim().to_owned()
    };
    let order = || run(&["order", &account, "vps-small"]);
    assert_eq!(order(), "provided: allowed_with_limits");
    let more = order();
    assert!(
        more.starts_with("not provided: missing; next: Code sent by e-mail"),
        "{more}"
    );
    let checks = json!({"checks": [{"method": "email-code", "outcome": "pass"}]}).to_string();
    let (status, answer) = server.ask(
        "POST",
        &format!("/v1/parties/{party}/checks"),
        &key,
        &checks,
    );
    assert_eq!(status, 201, "{answer}");
    assert_eq!(order(), "provided: allowed");
    assert_eq!(run(&["tick"]), format!("{account}: runs"));
    server.stop();
    assert_eq!(order(), "provided on the last token");
    assert_eq!(
        run(&["tick"]),
        format!("{account}: Bonafide cannot be reached: good")
    );
    // The token's time and grace are over.
    let state = place.0.path().join("machines.json");
    let mut machines: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    machines["accounts"][&account]["claims"]["exp"] = json!(1);
    fs::write(&state, machines.to_string()).unwrap();
    assert_eq!(order(), "not provided: Bonafide cannot be reached");
    assert_eq!(
        run(&["tick"]),
        format!("{account}: Bonafide cannot be reached: deny_new")
    );
    machines["accounts"][&account]["claims"]["on_unreachable"] = json!("freeze");
    fs::write(&state, machines.to_string()).unwrap();
    assert_eq!(
        run(&["tick"]),
        format!("{account}: Bonafide cannot be reached: freeze")
    );
    let machines: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    assert_eq!(machines["accounts"][&account]["runs"], false);
}

#[test]
fn the_billing_hook_acts_once_on_what_is_signed_and_reads_the_state() {
    use bonafide_ledger::webhook::{Message, SigningKey};

    let (place, key) = installed();
    let server = Server::start(&place);
    let (account, _) = signed_up(&server, &key);
    let (shared, pair) = (SigningKey::shared(&[7; 32]), SigningKey::ed25519(&[8; 32]));
    let known = [
        shared.to_text(),
        pair.verifier().unwrap().to_text().to_string().into(),
    ];
    let mut command = Command::new(python());
    command
        .arg(example("billing-hook/billing_hook.py"))
        .arg("0");
    command.current_dir(place.0.path());
    command.env("BONAFIDE_URL", format!("http://{}", server.address));
    command.env("BONAFIDE_KEY", &key);
    command.env("WEBHOOK_KEY", format!("{} {}", *known[0], *known[1]));
    let mut hook = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(hook.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let hook = Server {
        child: hook,
        address: line.trim().strip_prefix("http://").unwrap().to_owned(),
    };
    let body = json!({"type": "entitlements.changed", "timestamp": "2026-11-24T09:30:00Z", "data": {"account": account}});
    let body = body.to_string();
    let now = claims(&token(&server, &key, &account))["iat"]
        .as_u64()
        .unwrap();
    let sign = |by: &SigningKey, id: &str, timestamp: u64| {
        let body = body.as_bytes();
        by.sign(&Message {
            id,
            timestamp,
            body,
        })
        .unwrap()
    };
    let post = |id: &str, timestamp: u64, signature: &str| {
        let mut stream = TcpStream::connect(&hook.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST / HTTP/1.0\r\nwebhook-id: {id}\r\nwebhook-timestamp: {timestamp}\r\nwebhook-signature: {signature}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.rsplit("\r\n\r\n").next().unwrap().to_owned())
    };
    let done = (200, "done".to_owned());
    assert_eq!(post("msg_1", now, &sign(&shared, "msg_1", now)), done);
    let billed = || -> Value {
        serde_json::from_slice(&fs::read(place.0.path().join("billing.json")).unwrap()).unwrap()
    };
    assert_eq!(billed()["billed"][&account], true);
    let again = sign(&pair, "msg_1", now);
    assert_eq!(post("msg_1", now, &again), (200, "seen before".to_owned()));
    assert_eq!(
        post(
            "msg_2",
            now,
            &format!("v1,AAAA {}", sign(&pair, "msg_2", now))
        ),
        done
    );
    for (id, at, signature) in [
        ("msg_3", now, sign(&shared, "msg_4", now)),
        ("msg_3", now + 1, sign(&shared, "msg_3", now)),
        ("msg_3", now - 900, sign(&shared, "msg_3", now - 900)),
        (
            "msg_3",
            now,
            sign(&SigningKey::shared(&[9; 32]), "msg_3", now),
        ),
        (
            "msg_3",
            now,
            sign(&pair, "msg_3", now).replace("v1a,", "v1,"),
        ),
        ("msg_3", now, String::new()),
    ] {
        assert_eq!(post(id, at, &signature).0, 401, "{id} {at} {signature}");
    }
    let (status, _) = server.ask("POST", &format!("/v1/accounts/{account}/close"), &key, "");
    assert_eq!(status, 204);
    assert_eq!(post("msg_5", now, &sign(&shared, "msg_5", now)), done);
    assert_eq!(billed()["billed"][&account], false);
    server.stop();
    let late = sign(&shared, "msg_6", now);
    assert_eq!(
        post("msg_6", now, &late).0,
        503,
        "nothing is acted on unread"
    );
    assert!(!billed()["seen"].to_string().contains("msg_6"));
}
