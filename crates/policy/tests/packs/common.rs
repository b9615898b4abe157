//! Packs as the tests want them.

use std::sync::Arc;

use bonafide_model::Registry;
use bonafide_policy::builtin;
use bonafide_policy::pack::{ActivePack, Election, Pack};

/// The head of a small pack of the tests, in force, with one citation `c`.
pub(crate) const HEAD: &str = r#"
[pack]
id = "small"
version = "1"
title = "Small"
summary = "A pack of the tests."
force = "in_force"
regime = "general"

[[citation]]
id = "c"
text = "Example Act, section 1"
"#;

/// A shipped pack.
pub(crate) fn shipped(name: &str) -> Pack {
    parse(name, builtin::text(name).unwrap())
}

/// A small pack with the parts given.
pub(crate) fn inline(parts: &str) -> Pack {
    parse("small", &format!("{HEAD}{parts}"))
}

/// Any pack; the digest is of no matter here.
pub(crate) fn parse(name: &str, text: &str) -> Pack {
    let digest = "0".repeat(64);
    let pack = Pack::parse(&format!("{name}.toml"), text, &digest, &Registry::builtin());
    pack.unwrap_or_else(|e| panic!("{e}"))
}

/// The pack, elected by nobody.
pub(crate) fn active(pack: Pack) -> ActivePack {
    ActivePack {
        pack: Arc::new(pack),
        elected_by: None,
        active_since: None,
    }
}

/// The pack, elected by an officer.
pub(crate) fn elected(pack: Pack) -> ActivePack {
    ActivePack {
        pack: Arc::new(pack),
        elected_by: Some(Election {
            officer: "R. Example, programme officer".into(),
            at: "2026-03-01T09:00:00Z".parse().unwrap(),
        }),
        active_since: None,
    }
}
