//! What sealed fields may be opened for: a closed list, each purpose with the kinds of case that carry it and the fields
//! that it needs.
//!
//! Refuses a list that names an unknown attribute, class or kind of case, and national numbers for a purpose of support.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{CaseKind, Registry};

/// The purposes shipped with the product.
pub const PURPOSES: &str = include_str!("../data/purposes.toml");
/// The record class that no purpose of support may name.
pub const NATIONAL: &str = "national_id";

/// A list of purposes that cannot be used, and where it is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("purposes: {0}")]
pub struct PurposesError(String);

/// What sealed fields may be opened for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningPurpose {
    /// Its name.
    pub name: String,
    /// What is done.
    pub title: String,
    /// The kinds of case that carry it.
    pub cases: Vec<CaseKind>,
    /// Attributes that it needs.
    #[serde(default)]
    attributes: BTreeSet<String>,
    /// Record classes of which it needs every attribute.
    #[serde(default)]
    classes: BTreeSet<String>,
    /// Whether parties may be searched by a value for it.
    pub search: bool,
    /// Whether it is support, for which national numbers are never opened.
    #[serde(default)]
    pub support: bool,
}

impl OpeningPurpose {
    /// Whether it needs an attribute of the registry.
    #[must_use]
    pub fn needs(&self, attribute: &str, registry: &Registry) -> bool {
        let class = registry.get(attribute).map(|a| a.class.as_str());
        class.is_some_and(|c| self.classes.contains(c) || self.attributes.contains(attribute))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    purpose: Vec<OpeningPurpose>,
}

/// Every purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purposes(Vec<OpeningPurpose>);

impl Purposes {
    /// The purposes shipped with the product.
    #[expect(
        clippy::expect_used,
        reason = "a constant of the build, parsed by a test"
    )]
    #[must_use]
    pub fn builtin(registry: &Registry) -> Self {
        Self::parse(PURPOSES, registry).expect("the shipped purposes parse")
    }

    /// Reads a list of purposes.
    pub fn parse(text: &str, registry: &Registry) -> Result<Self, PurposesError> {
        let file: File = toml::from_str(text).map_err(|e| PurposesError(e.to_string()))?;
        let mut names = BTreeSet::new();
        for purpose in &file.purpose {
            let wrong = |what: String| Err(PurposesError(format!("`{}` {what}", purpose.name)));
            if !names.insert(&purpose.name) {
                return wrong("stands twice".to_owned());
            }
            if let Some(unknown) = purpose
                .attributes
                .iter()
                .find(|a| registry.get(a).is_none())
            {
                return wrong(format!("names an attribute: {}", registry.unknown(unknown)));
            }
            let unknown = |c: &&String| !registry.classes().contains_key(*c);
            if let Some(unknown) = purpose.classes.iter().find(unknown) {
                return wrong(format!("names the unknown class `{unknown}`"));
            }
            let mut all = registry.attributes().iter();
            if purpose.support
                && all.any(|a| a.class == NATIONAL && purpose.needs(&a.name, registry))
            {
                return wrong("is support, which never needs national numbers".to_owned());
            }
        }
        Ok(Self(file.purpose))
    }

    /// The purpose of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OpeningPurpose> {
        self.0.iter().find(|p| p.name == name)
    }

    /// Every purpose, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[OpeningPurpose] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_purposes_open_what_they_need_and_nothing_else() {
        let registry = Registry::builtin();
        let purposes = Purposes::builtin(&registry);
        let needs =
            |purpose: &str, attribute| purposes.get(purpose).unwrap().needs(attribute, &registry);
        assert!(needs("support", "email") && !needs("support", "birth_date"));
        assert!(needs("billing", "payment_token") && !needs("billing", "residential_address"));
        assert!(needs("review", "national_id_number") && needs("review", "birth_date"));
        assert!(!needs("review", "no_such_attribute"));
        for purpose in purposes.all() {
            assert!(!purpose.support || !purpose.needs("national_id_number", &registry));
        }
        let check = purposes.get("duplicate_check").unwrap();
        assert!(
            !registry
                .attributes()
                .iter()
                .any(|a| check.needs(&a.name, &registry))
        );
    }

    #[test]
    fn a_list_that_says_too_much_is_refused() {
        let registry = Registry::builtin();
        let rejected = |body: &str, why: &str| {
            let text = format!("[[purpose]]\nname = \"x\"\ntitle = \"x\"\nsearch = false\n{body}");
            let error = Purposes::parse(&text, &registry).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        rejected(
            "cases = []\nsupport = true\nclasses = [\"national_id\"]",
            "never needs national",
        );
        let one = "cases = []\nsupport = true\nattributes = [\"national_id_number\"]";
        rejected(one, "never needs national");
        rejected(
            "cases = []\nattributes = [\"emial\"]",
            "did you mean `email`",
        );
        rejected("cases = []\nclasses = [\"identities\"]", "unknown class");
        rejected("cases = [\"chat\"]", "chat");
    }
}
