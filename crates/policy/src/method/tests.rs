use super::*;

fn refused(text: &str) -> MethodError {
    MethodSet::parse("m.toml", text, &Registry::builtin()).unwrap_err()
}

const HEAD: &str = r#"
[weights]
sensitivity = { public = 1, ordinary = 2, contact = 3, sensitive = 4, special = 5 }
per_money_minor = 1
per_minute = 30
per_dropoff_nat = 2000
[ask]
seconds = 15
except = ["list_screening"]
"#;

fn with(method: &str) -> String {
    format!("{HEAD}[[method]]\n{method}\n")
}

#[test]
fn the_shipped_methods_parse() {
    let set = MethodSet::builtin();
    assert!(set.methods().len() >= 16);
    assert!(set.methods().is_sorted_by(|a, b| a.id < b.id));
    let email = set.get("email-code").unwrap();
    assert_eq!((email.minutes, email.dropoff_bp), (1, 200));
    // One minute, and 2 % drop-off: 30 + ⌊2000 · 0.020203⌋.
    assert_eq!(email.cost, 70);
    assert!(set.get("nothing").is_none());
}

#[test]
fn r_025_a_card_number_is_never_asked_for() {
    let (set, registry) = (MethodSet::builtin(), Registry::builtin());
    let asked = |name| set.can_be_asked(registry.position(name).unwrap());
    assert!(!asked("payment_token") && !asked("payment_fingerprint"));
    assert!(asked("legal_name") && asked("payment_means"));
}

#[test]
fn r_009_what_the_network_suggests_proves_no_location() {
    let (set, registry) = (MethodSet::builtin(), Registry::builtin());
    let ip_country = registry.position("ip_country").unwrap();
    for method in set.methods() {
        for (position, assurance) in &method.shows {
            assert!(
                *position != ip_country || *assurance == Assurance::Asserted,
                "{}",
                method.id
            );
        }
    }
}

#[test]
fn the_order_of_the_file_changes_nothing() {
    let one =
        "id = \"a\"\ntitle = \"A\"\nshows = [{ attribute = \"email\", assurance = \"verified\" }]";
    let other =
        "id = \"b\"\ntitle = \"B\"\nshows = [{ attribute = \"phone\", assurance = \"verified\" }]";
    let read = |text: String| MethodSet::parse("m.toml", &text, &Registry::builtin()).unwrap();
    let forth = read(format!("{HEAD}[[method]]\n{one}\n[[method]]\n{other}\n"));
    let back = read(format!("{HEAD}[[method]]\n{other}\n[[method]]\n{one}\n"));
    assert_eq!(forth, back);
}

#[test]
fn mistakes_are_refused_with_spot_and_help() {
    let shows = "shows = [{ attribute = \"email\", assurance = \"verified\" }]";
    let cases = [
        (
            "id = \"x\"\ntitel = \"X\"",
            12,
            "unknown field `titel`",
            "did you mean `title`?",
        ),
        (
            "id = \"x\"\ntitle = \"X\"\nshows = [{ attribute = \"emial\", assurance = \"verified\" }]",
            13,
            "did you mean `email`?",
            "registry",
        ),
        (
            "id = \"x\"\ntitle = \"X\"\nshows = [{ attribute = \"email\", assurance = \"verifid\" }]",
            13,
            "unknown variant `verifid`",
            "did you mean `verified`?",
        ),
        (
            &format!("id = \"X_1\"\ntitle = \"X\"\n{shows}"),
            11,
            "`X_1` is not an id",
            "kebab",
        ),
        (
            &format!("id = \"ask\"\ntitle = \"X\"\n{shows}"),
            11,
            "form field",
            "another id",
        ),
        (
            "id = \"x\"\ntitle = \"X\"\nshows = []",
            13,
            "shows nothing",
            "shows =",
        ),
        (
            &format!("id = \"x\"\ntitle = \" \"\n{shows}"),
            12,
            "characters",
            "1 to",
        ),
        (
            &format!("id = \"x\"\ntitle = \"X\"\n{shows}\ndropoff_bp = 10000"),
            14,
            "leaves nobody",
            "9999",
        ),
        (
            &format!("id = \"x\"\ntitle = \"X\"\n{shows}\nneeds = [\"list_screening\"]"),
            14,
            "nobody can be asked",
            "collects",
        ),
        (
            &format!(
                "id = \"x\"\ntitle = \"X\"\n{shows}\nneeds = [\"email\"]\ncollects = [\"email\"]"
            ),
            14,
            "collected and needed",
            "`needs`",
        ),
        (
            &format!("id = \"x\"\ntitle = \"X\"\n{shows}\ncollects = [\"email\", \"email\"]"),
            14,
            "stands twice",
            "once",
        ),
        (
            &format!("id = \"x\"\ntitle = \"X\"\n{shows}\nmoney_minor = 4000000000"),
            11,
            "cost more than",
            "lower",
        ),
        (
            &format!("id = \"x\"\ntitle = \"X\"\n{shows}\nminutes = -1"),
            14,
            "invalid value",
            "builtin.toml",
        ),
    ];
    for (method, line, message, help) in cases {
        let error = refused(&with(method));
        assert!(error.message.contains(message), "{error} lacks {message}");
        assert!(error.help.contains(help), "{error} lacks {help}");
        assert_eq!(
            (error.line, error.file.as_str()),
            (line, "m.toml"),
            "{error}"
        );
        assert!(!error.to_string().ends_with('.'), "{error}");
    }
}

#[test]
fn two_methods_of_one_id_are_refused_at_the_second() {
    let method =
        "id = \"x\"\ntitle = \"X\"\nshows = [{ attribute = \"email\", assurance = \"verified\" }]";
    let error = refused(&format!("{}[[method]]\n{method}\n", with(method)));
    assert_eq!((error.line, error.column), (15, 6));
    assert!(error.message.contains("line 11 already"), "{error}");
}

#[test]
fn the_sixty_fifth_method_is_refused() {
    let method = |i: usize| {
        format!(
            "[[method]]\nid = \"m{i}\"\ntitle = \"M\"\nshows = [{{ attribute = \"email\", assurance = \"verified\" }}]\n"
        )
    };
    let methods = |n: usize| (0..n).map(method).collect::<String>();
    assert!(MethodSet::parse("m", &format!("{HEAD}{}", methods(64)), &Registry::builtin()).is_ok());
    assert!(
        refused(&format!("{HEAD}{}", methods(65)))
            .message
            .contains("more than 64")
    );
}
