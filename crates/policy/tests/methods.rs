//! The shipped methods held against the shipped packs: whatever a pack requires can be shown or asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use bonafide_model::{Assurance, Registry};
use bonafide_policy::method::MethodSet;
use serde::Deserialize as _;

#[test]
fn every_requirement_of_a_shipped_pack_can_be_met() {
    let (registry, methods) = (Registry::builtin(), MethodSet::builtin());
    let packs = concat!(env!("CARGO_MANIFEST_DIR"), "/packs");
    let mut requirements = 0;
    for file in std::fs::read_dir(packs).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let pack: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let none = toml::Value::Array(vec![]);
        for requirement in pack.get("requirement").unwrap_or(&none).as_array().unwrap() {
            let one = requirement.get("attribute").map(|a| vec![a.clone()]);
            let any = one.unwrap_or_else(|| requirement["any_of"].as_array().unwrap().clone());
            let least = Assurance::deserialize(requirement["assurance"].clone()).unwrap();
            let can = any.iter().any(|attribute| {
                let position = registry.position(attribute.as_str().unwrap()).unwrap();
                let shown = methods.methods().iter().flat_map(|m| &m.shows);
                let asked = least == Assurance::Asserted && methods.can_be_asked(position);
                asked
                    || shown
                        .into_iter()
                        .any(|(p, a)| *p == position && *a >= least)
            });
            assert!(can, "{} {}", path.display(), requirement["id"]);
            requirements += 1;
        }
    }
    assert!(requirements > 50, "{requirements}");
}
