//! Our checkpoints, proofs and exported tiles, checked with software that is not ours: openssl, the Python package
//! tlog-scales, and SHA-256 by hand. What was tampered with is refused by each of them.

use super::*;

/// Enough sign-ups for a full tile, a partial one and one above them.
const SIGN_UPS: usize = 110;

/// A ledger with more than one tile, an older checkpoint of it, and the files that a stranger is given.
struct Given {
    place: Place,
    key: String,
    old: String,
    note: String,
    proof: String,
    leaf: String,
    consistency: String,
    export: String,
}

impl Given {
    fn new() -> Self {
        let place = Place::new();
        let scopes = [
            "--scope", "sign-ups", "--scope", "read", "--scope", "ledger",
        ];
        let api_key = place.good(&[&["key", "create", "--label", "test"][..], &scopes].concat());
        let old = place.good(&["ledger", "checkpoint"]);
        let server = Server::start(&place);
        let record = learn(&server, api_key.trim());
        server.stop();
        let file = |name: &str| place.0.path().join(name).display().to_string();
        let (proof, export) = (file("proof"), file("export"));
        place.good(&["ledger", "prove", &record, "-o", &proof]);
        place.good(&["ledger", "export", &export]);

        let server = Server::start(&place);
        let from = format!("/v1/ledger/consistency?from={}", size(&old));
        let (status, consistency) = server.ask("GET", &from, api_key.trim(), "");
        assert_eq!(status, 200, "{consistency}");
        server.stop();
        Self {
            key: place.good(&["ledger", "key"]).trim().to_owned(),
            note: place.good(&["ledger", "checkpoint"]),
            leaf: format!("{proof}.leaf"),
            consistency: consistency.to_string(),
            place,
            old,
            proof,
            export,
        }
    }

    /// Asks the Python program; whether it is content.
    fn asks(&self, arguments: &[&str]) -> bool {
        let python = std::env::var_os("BONAFIDE_TEST_PYTHON").unwrap_or_else(|| {
            panic!("BONAFIDE_TEST_PYTHON is not set: run `cargo xtask test`, which installs what this test needs")
        });
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/independent.py");
        let ran = Ran::of(
            Command::new(python)
                .arg(program)
                .args(arguments)
                .output()
                .unwrap(),
        );
        assert!(ran.code < 2, "{arguments:?}: {}", ran.err);
        assert_eq!(
            ran.code == 1,
            ran.err.starts_with("refused: "),
            "{}",
            ran.err
        );
        ran.code == 0
    }

    fn file(&self, text: impl AsRef<[u8]>) -> String {
        self.place.file("given", text)
    }

    /// Asks openssl alone about a note; whether it is content.
    fn openssl(&self, note: &str, key: &str) -> bool {
        let file = |name: &str| self.place.0.path().join(name).display().to_string();
        let (signed, signatures) = note.split_once("\n\n").unwrap();
        let signature = signatures.trim_end().rsplit(' ').next().unwrap();
        // C2SP signed-note: four bytes of key id, the signature; one byte of kind, the key. Twelve bytes make an Ed25519
        // key a SubjectPublicKeyInfo (RFC 8410).
        let signature = decoded(&self.place, signature).split_off(4);
        let key = decoded(&self.place, key.splitn(3, '+').nth(2).unwrap());
        assert_eq!((signature.len(), key.len(), key[0]), (64, 33, 1));
        let prefix = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
        self.place.file("key.der", [&prefix, &key[1..]].concat());
        self.place.file("signed", format!("{signed}\n"));
        self.place.file("signature", signature);
        let mut command = Command::new("openssl");
        command.args([
            "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey",
        ]);
        command.args([
            &file("key.der"),
            "-in",
            &file("signed"),
            "-sigfile",
            &file("signature"),
        ]);
        let ran = Ran::of(
            command
                .output()
                .expect("openssl, which `cargo xtask test` installs"),
        );
        let verdicts = [
            "Signature Verified Successfully",
            "Signature Verification Failure",
        ];
        assert!(
            ran.out.contains(verdicts[ran.code.min(1) as usize]),
            "{}{}",
            ran.out,
            ran.err
        );
        ran.code == 0
    }
}

/// Sends sign-ups until there are enough; gives a record of the first.
fn learn(server: &Server, key: &str) -> String {
    let mut party = String::new();
    for number in 0..SIGN_UPS {
        let email = json!(format!("person.{number}@example.org"));
        let body = with_claim(sign_up(), "email", email).to_string();
        let (status, answer) = post(server, key, number, &body);
        assert_eq!(status, 201, "{answer}");
        party = answer["parties"][0]["id"].as_str().unwrap().to_owned();
    }
    let (status, timeline) = server.ask("GET", &format!("/v1/parties/{party}/timeline"), key, "");
    assert_eq!(status, 200, "{timeline}");
    timeline["items"][0]["record"].as_str().unwrap().to_owned()
}

fn size(note: &str) -> u64 {
    note.lines().nth(1).unwrap().parse().unwrap()
}

fn decoded(place: &Place, base64: &str) -> Vec<u8> {
    let file = place.file("base64", base64);
    let mut command = Command::new("openssl");
    let output = command
        .args(["base64", "-d", "-A", "-in", &file])
        .output()
        .unwrap();
    assert!(
        output.status.success() && !output.stdout.is_empty(),
        "{base64}"
    );
    output.stdout
}

/// The text with another letter in a line, so that base 64 stays base 64.
fn another_letter(text: &str, line: usize) -> String {
    let mut lines: Vec<Vec<char>> = text.lines().map(|l| l.chars().collect()).collect();
    let at = lines[line].len() - 10;
    lines[line][at] = if lines[line][at] == 'A' { 'B' } else { 'A' };
    let lines = lines
        .iter()
        .map(|l| l.iter().chain(['\n'].iter()).collect::<String>());
    lines.collect()
}

#[test]
fn software_of_others_agrees_with_ours_and_refuses_what_was_tampered_with() {
    let given = Given::new();
    assert!(size(&given.note) > 256, "{}", given.note);
    checkpoints(&given);
    inclusion(&given);
    consistency(&given);
    export(&given);
}

fn checkpoints(given: &Given) {
    let both = |note: &str, key: &str| {
        let scales = given.asks(&["scales-checkpoint", key, &given.file(note)]);
        (given.openssl(note, key), scales)
    };
    for good in [&given.old, &given.note] {
        assert_eq!(both(good, &given.key), (true, true), "{good}");
    }
    let size = size(&given.note);
    let tampered = [
        given.note.replacen("bonafide", "bonafjde", 1),
        given
            .note
            .replacen(&format!("\n{size}\n"), &format!("\n{}\n", size - 1), 1),
        another_letter(&given.note, 2),
        another_letter(&given.note, 4),
        format!(
            "{}\n\n{}",
            given.note.split_once("\n\n").unwrap().0,
            given.old.split_once("\n\n").unwrap().1
        ),
    ];
    for note in &tampered {
        assert_ne!(*note, given.note);
        assert_eq!(both(note, &given.key), (false, false), "{note}");
    }
}

fn inclusion(given: &Given) {
    let proof = fs::read_to_string(&given.proof).unwrap();
    let leaf = fs::read_to_string(&given.leaf).unwrap();
    let both = |proof: &str, leaf: &str| {
        let (proof, leaf) = (given.place.file("p", proof), given.place.file("l", leaf));
        let scales = given.asks(&["scales-inclusion", &given.key, &proof, &leaf]);
        (scales, given.asks(&["by-hand-inclusion", &proof, &leaf]))
    };
    assert_eq!(both(&proof, &leaf), (true, true));
    let lines: Vec<&str> = proof.lines().collect();
    let index: u64 = lines[1].strip_prefix("index ").unwrap().parse().unwrap();
    let without = |line: usize| {
        let left = lines.iter().enumerate().filter(|(n, _)| *n != line);
        left.map(|(_, l)| format!("{l}\n")).collect::<String>()
    };
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    let tampered = [
        (proof.clone(), leaf.replacen("\"at\":", "\"at\":1", 1)),
        (proof.clone(), format!("{leaf}\n")),
        (another_letter(&proof, 2), leaf.clone()),
        (swapped.join("\n") + "\n", leaf.clone()),
        (without(2), leaf.clone()),
        (
            proof.replacen(lines[2], &format!("{0}\n{0}", lines[2]), 1),
            leaf.clone(),
        ),
        (
            proof.replacen(lines[1], &format!("index {}", index ^ 1), 1),
            leaf.clone(),
        ),
        (
            proof.replacen(lines[1], &format!("index {}", size(&given.note)), 1),
            leaf.clone(),
        ),
    ];
    for (proof, leaf) in tampered {
        assert_eq!(both(&proof, &leaf), (false, false), "{proof}{leaf}");
    }
}

fn consistency(given: &Given) {
    let old = given.place.file("old", &given.old);
    let holds = |answer: &Value| {
        given.asks(&[
            "scales-consistency",
            &given.key,
            &old,
            &given.file(answer.to_string()),
        ])
    };
    let good: Value = serde_json::from_str(&given.consistency).unwrap();
    assert!(holds(&good));
    let mut other = good.clone();
    other["proof"].as_array_mut().unwrap().swap(0, 1);
    assert!(!holds(&other));
    let mut shorter = good;
    shorter["proof"].as_array_mut().unwrap().pop();
    assert!(!holds(&shorter));
}

fn export(given: &Given) {
    let old = given.place.file("old", &given.old);
    let both = || {
        let scales = given.asks(&["scales-export", &given.key, &old, &given.export]);
        (scales, given.asks(&["by-hand-export", &given.export]))
    };
    assert_eq!(both(), (true, true));
    let partial = format!(
        "{:03}.p/{}",
        size(&given.note) / 256,
        size(&given.note) % 256
    );
    let files = [
        "tile/entries/000".to_owned(),
        format!("tile/entries/{partial}"),
        "tile/0/000".to_owned(),
        format!("tile/0/{partial}"),
        "tile/1/000.p/1".to_owned(),
    ];
    for name in files {
        let path = Path::new(&given.export).join(&name);
        let bytes = fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        *changed.last_mut().unwrap() ^= 1;
        fs::write(&path, changed).unwrap();
        assert_eq!(both(), (false, false), "{name}");
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(both(), (true, true));
}

/// Posts a sign-up under an idempotency key of its own.
fn post(server: &Server, key: &str, number: usize, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST /v1/sign-ups HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: independent-{number}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        server.address,
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}
