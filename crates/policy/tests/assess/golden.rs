//! The worked example of the documentation, to the byte. `BLESS=1` writes it anew.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use bonafide_model::{Dossier, Registry};
use bonafide_policy::{
    ActivePack, Catalogue, Inputs, MethodSet, Pack, PackSet, ProviderProfile, assess,
};

use crate::case::at;

fn path(name: &str) -> PathBuf {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/worked-example");
    docs.join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn the_worked_example_yields_exactly_its_assessment() {
    let registry = Registry::builtin();
    let pack = Pack::parse("pack.toml", &read("pack.toml"), &"0".repeat(64), &registry);
    let pack = pack.unwrap_or_else(|e| panic!("{e}"));
    let methods = MethodSet::parse("methods.toml", &read("methods.toml"), &registry);
    let methods = methods.unwrap_or_else(|e| panic!("{e}"));
    let dossier: Dossier = serde_json::from_str(&read("dossier.json")).unwrap();
    let active = ActivePack {
        pack: Arc::new(pack),
        elected_by: None,
        active_since: None,
    };
    let assessment = assess(&Inputs {
        dossier: &dossier,
        packs: &PackSet::new(vec![active], &registry).unwrap(),
        methods: &methods,
        catalogue: &Catalogue::default(),
        profile: &ProviderProfile::default(),
        now: at("2026-11-24T09:30:00Z"),
    });
    let found = serde_json::to_string_pretty(&assessment).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(path("assessment.json"), &found).unwrap();
    }
    assert_eq!(
        found,
        read("assessment.json"),
        "run with BLESS=1 if the change is meant, and read the difference"
    );
    assert_eq!(
        serde_json::from_str::<bonafide_policy::Assessment>(&found).unwrap(),
        assessment
    );
}
