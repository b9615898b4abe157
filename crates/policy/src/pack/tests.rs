use bonafide_model::Registry;

use super::{Pack, PackSet};
use crate::pack::{ActivePack, PackSetError};

const HEAD: &str = "[pack]\nid = \"test\"\nversion = \"1\"\ntitle = \"T\"\nsummary = \"S\"\nforce = \"voluntary\"\nhome = \"US\"\nregime = \"general\"\n[[citation]]\nid = \"law\"\ntext = \"Law\"\n";

fn parse(parts: &str) -> Result<Pack, super::PackError> {
    let text = format!("{HEAD}{parts}");
    Pack::parse("test.toml", &text, "00", &Registry::builtin())
}

fn requirement(more: &str) -> String {
    format!(
        "[[requirement]]\nid = \"r\"\nsubject = \"party\"\nassurance = \"asserted\"\nwhile_missing = \"refer\"\nwhy = \"W\"\n{more}\n"
    )
}

#[test]
fn a_mistake_is_answered_with_its_line_and_what_to_write() {
    let named = "attribute = \"legal_name\"\ncitations = [\"law\"]";
    let cases: [(String, usize, &str, &str); 18] = [
        (requirement("attribute = \"legal_nmae\"\ncitations = [\"law\"]"), 18, "`legal_nmae` is not in the attribute registry: did you mean `legal_name`?", "registry"),
        (requirement("attribute = \"legal_name\"\ncitations = [\"lav\"]"), 19, "no citation has the id `lav`", "did you mean `law`?"),
        (requirement("attribute = \"legal_name\"\ncitations = []"), 19, "rests on nothing", "at least one"),
        (requirement("citations = [\"law\"]"), 12, "does not say what it asks for", "any_of"),
        (requirement(&format!("{named}\nasurance = \"x\"")), 20, "unknown field `asurance`", "did you mean `assurance`?"),
        (requirement(&format!("{named}\nwhen = 'subject.kind'")), 20, "not a condition", "compare it"),
        (requirement(&format!("{named}\nwhen = '''\ntrue\n&& subject.knd == \"x\"\n'''")), 22, "a party has no `knd`", "did you mean `kind`?"),
        (requirement(&format!("{named}\ndeter_only_home = true")), 13, "needs a rule for status", "[status]"),
        (requirement(named).replace("\"party\"", "\"owner\""), 13, "needs a rule for who they are", "[beneficial_owner]"),
        ("[status]\nclear_at = \"validated\"\nfacts = [\"ip_country\"]\n".to_owned(), 14, "no fact that status can rest on", "R-009"),
        ("[[prohibition]]\nid = \"p\"\naction = \"keep\"\n".to_owned(), 12, "does not say what it forbids", "class"),
        ("[[prohibition]]\nid = \"p\"\nclass = \"identty\"\naction = \"keep\"\n".to_owned(), 14, "not a record class", "identity"),
        ("[[retention]]\nclass = \"identity\"\nanchor = \"recorded\"\n".to_owned(), 12, "without length", "min"),
        ("[predicates]\nkind = \"true\"\n".to_owned(), 13, "means something already", "another name"),
        ("[predicates]\na = \"subject.b\"\nb = \"subject.a\"\n".to_owned(), 13, "rests on itself", "circle"),
        ("[terms.provisional]\nduration = \"P1D\"\non_expiry = \"watch\"\n[terms.provisional.entitlements]\n".to_owned(), 14, "no outcome of a failure", "refer"),
        ("[terms.approve.entitlements]\nspend_cap_minor = 1\n".to_owned(), 12, "needs a currency", "USD"),
        ("[[contract]]\nid = \"x\"\n".to_owned(), 12, "unknown field `contract`", ""),
    ];
    for (parts, line, message, help) in cases {
        let error = parse(&parts).unwrap_err();
        assert!(error.message.contains(message), "{parts}\n{error}");
        assert!(error.help.contains(help), "{parts}\n{error}");
        assert_eq!(error.line, line, "{parts}\n{error}");
    }
}

#[test]
fn ids_are_kebab_case_and_unique() {
    let one = requirement("attribute = \"email\"\ncitations = [\"law\"]");
    assert!(parse(&one).is_ok());
    let twice = parse(&format!("{one}{one}")).unwrap_err();
    assert!(twice.message.contains("stands twice"), "{twice}");
    let odd = parse(&one.replace("id = \"r\"", "id = \"R_1\"")).unwrap_err();
    assert!(odd.help.contains("kebab case"), "{odd}");
}

#[test]
fn a_set_of_packs_has_each_once_and_not_too_many() {
    let registry = Registry::builtin();
    let pack = std::sync::Arc::new(parse("").unwrap());
    let active = ActivePack {
        pack,
        elected_by: None,
        active_since: None,
    };
    let twice = PackSet::new(vec![active.clone(), active.clone()], &registry);
    assert_eq!(twice.unwrap_err(), PackSetError::Twice("test".into()));
    let many = PackSet::new(vec![active; 40], &registry);
    assert_eq!(many.unwrap_err(), PackSetError::TooMany(40));
}

#[test]
fn more_gaps_than_the_planner_takes_are_refused_at_load() {
    let registry = Registry::builtin();
    let each = registry.attributes().iter().take(25).enumerate();
    let each = each.map(|(i, a)| {
        requirement(&format!(
            "attribute = \"{}\"\ncitations = [\"law\"]",
            a.name
        ))
        .replace("id = \"r\"", &format!("id = \"r{i}\""))
    });
    let pack = parse(&each.collect::<String>()).unwrap();
    let active = ActivePack {
        pack: std::sync::Arc::new(pack),
        elected_by: None,
        active_since: None,
    };
    let error = PackSet::new(vec![active], &registry).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("25 different things of one holder"),
        "{error}"
    );
}
