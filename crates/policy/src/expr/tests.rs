use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_model::Registry;

use super::{Condition, ExprError, Scope};

fn compile(source: &str) -> Result<Condition, ExprError> {
    let sets: BTreeMap<Arc<str>, Vec<Arc<str>>> =
        BTreeMap::from([("some".into(), vec!["US".into()])]);
    let predicates = [
        ("local", "subject.citizenship.exists(c, c in sets.some)"),
        ("both", "subject.local && subject.kind == \"person\""),
        ("circle", "subject.circle || true"),
    ];
    let predicates = predicates.map(|(name, source)| (name.into(), super::parse(source).unwrap()));
    Condition::compile(
        source,
        &Scope {
            registry: &Registry::builtin(),
            sets: &sets,
            predicates: &BTreeMap::from(predicates),
            has_status: true,
            has_owners: true,
            of_pack: true,
        },
    )
}

#[test]
fn what_is_allowed_compiles() {
    for source in [
        "true",
        "subject.kind == \"person\" && !(customer.status == \"foreign\")",
        "subject.kind in [\"person\", \"organisation\"]",
        "subject.citizenship.exists(c, c in sets.some) || \"DE\" in subject.citizenship",
        "owners.all(o, o.citizenship.exists(c, c == o.residential_address))",
        "subject.both && owners.exists(o, o.local)",
        "has(subject.list_screening) && has(account.region)",
        "subject.birth_date < \"2000-01-01\" && age(subject.birth_date) >= duration(\"P18Y\")",
        "duration(\"P1D\") < age(subject.screened_at)",
        "expired(subject.evidence) || expired(customer.evidence)",
        "\"payer\" in subject.roles && subject.failed_checks != -1",
        "product.in_scope && provider.country == \"DE\" && account.opening_method == \"online\"",
    ] {
        assert!(compile(source).is_ok(), "{source}: {:?}", compile(source));
    }
}

#[test]
fn what_is_not_allowed_is_refused_with_what_to_write() {
    for (source, message, help) in [
        (
            "subject.kind",
            "this is a text, not a condition",
            "compare it",
        ),
        (
            "subject.citizenshp == \"DE\"",
            "a party has no `citizenshp`",
            "did you mean `citizenship`?",
        ),
        (
            "subject.citizenship == \"DE\"",
            "several of `citizenship`",
            "\"DE\" in subject.citizenship",
        ),
        (
            "subjet.kind == \"person\"",
            "`subjet` is not known",
            "did you mean `subject`?",
        ),
        (
            "\"x\" in sets.sone",
            "`sets.sone` is not in `[sets]`",
            "did you mean `sets.some`?",
        ),
        (
            "subject.failed_checks == \"3\"",
            "a whole number is compared with a text",
            "one kind",
        ),
        (
            "subject.kind < \"person\"",
            "a text has no order",
            "use `==`",
        ),
        ("1 + 1 == 2", "this is not a value", "allowed are"),
        (
            "subject.kind.startsWith(\"p\")",
            "`startsWith` cannot be used",
            "allowed are",
        ),
        (
            "subject.roles.map(r, r).size() > 0",
            "this is not a value",
            "allowed are",
        ),
        (
            "subject.roles.exists_one(r, r == \"payer\")",
            "only `exists` and `all`",
            "allowed are",
        ),
        (
            "age(account.opened_at) == duration(\"P1D\")",
            "never quite equal",
            "use `<`",
        ),
        (
            "age(account.opened_at) > duration(\"1d\")",
            "ISO 8601 duration",
            "duration(\"P1Y\")",
        ),
        (
            "age(subject.kind) > duration(\"P1D\")",
            "has no age",
            "account.opened_at",
        ),
        (
            "account.opened_at > \"2026\"",
            "no value of its own",
            "age(account.opened_at)",
        ),
        ("now > 3", "`now` is not known here", "known are"),
        (
            "subject.birth_date == \"yesterday\"",
            "no date",
            "1984-02-29",
        ),
        (
            "expired(subject.kind)",
            "only evidence",
            "expired(subject.evidence)",
        ),
        (
            "subject.circle",
            "in predicate `circle`: predicate `circle` rests on itself",
            "circle",
        ),
        (
            "owners.exists(a, owners.exists(b, owners.exists(c, true)))",
            "more than 2",
            "predicate",
        ),
        (
            "product.colour == \"red\"",
            "`product` has no `colour`",
            "in_scope",
        ),
        ("subject.kind ==", "not a condition", "allowed are"),
        ("true ? true : false", "cannot be used", "allowed are"),
        ("{\"a\": 1}.a == 1", "not a value", "allowed are"),
        (
            "subject.list_screening == \"x\"",
            "has no value",
            "screening_score_bp",
        ),
    ] {
        let error = compile(source).unwrap_err();
        assert!(
            error.message.contains(message),
            "{source}: {}",
            error.message
        );
        assert!(error.help.contains(help), "{source}: {}", error.help);
    }
}

#[test]
fn bounds_are_kept() {
    let long = format!("subject.kind == \"{}\"", "x".repeat(super::SOURCE_MAX));
    assert!(compile(&long).unwrap_err().message.contains("at most"));
    let deep = format!("{}true{}", "(!".repeat(60), ")".repeat(60));
    assert!(compile(&deep).is_err());
    // Chains as long as a condition may be: refused, and no stack runs out.
    for link in [
        ".a", "+1", "==a", "<a", "[0]", "?a:a", "&&a", "!", "-", "(", "[", "{",
    ] {
        let chain = format!("a{}", link.repeat(super::SOURCE_MAX / link.len() - 1));
        assert!(compile(&chain).is_err(), "{link}");
        assert!(
            compile(&link.repeat(super::SOURCE_MAX / link.len())).is_err(),
            "{link}"
        );
    }
}

#[test]
fn an_error_knows_its_line() {
    let error =
        compile("true\n&& subject.kind == \"person\"\n&& subject.nothing == 1").unwrap_err();
    assert_eq!(error.lines_before, 2);
    let error = compile("true\n&&\n&& false").unwrap_err();
    assert_eq!(error.lines_before, 2);
}
