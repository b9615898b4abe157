//! The attribute registry: every attribute that can be known about a party, from one TOML file.
//!
//! Packs, methods, seals, forms, notices and reports use only the names that stand here, and derive from it how an
//! attribute is typed, how sensitive it is, under which key and term it is kept, and per regime why it may be held
//! . A regime's handling is given for a record class and may be overridden for one attribute.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{PartyKind, Value, ValueError, ValueType};

/// The registry shipped with the product.
pub const BUILTIN: &str = include_str!("../data/attributes.toml");

/// Attributes that a registry may hold; the planner's field sets are 128 bits wide.
pub const ATTRIBUTES_MAX: usize = 128;

/// A registry that cannot be used, and where it is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute registry: {0}")]
pub struct RegistryError(String);

/// How much it costs a person to hand an attribute over; weights are data of the planner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// In public registers anyway.
    Public,
    /// Given to every shop.
    Ordinary,
    /// Reaches or locates a person.
    Contact,
    /// Financial and official data.
    Sensitive,
    /// National identification numbers, biometrics.
    Special,
}

/// How values are normalised for the blind index, for attributes that can be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKind {
    /// Whole folded name parts, in any order.
    Name,
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Number of a document, register or account.
    Document,
}

/// Why an attribute may be held under a regime, who may get it, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handling {
    /// What it is used for.
    pub purpose: String,
    /// The legal basis.
    pub basis: String,
    /// Who may receive it.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// How long it is kept, in words; the packs' retention terms decide.
    pub term: String,
}

/// A record class: what shares a key, an anchor and a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordClass {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub title: String,
    /// The purpose of the key that seals it.
    pub key_purpose: String,
    /// Handling per regime.
    pub regime: BTreeMap<String, Handling>,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name, in snake case.
    pub name: String,
    /// What an applicant reads.
    pub label: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// Kinds of party that can have it.
    pub parties: Vec<PartyKind>,
    /// Whether a party can have several at once (citizenships); else a later claim replaces the earlier.
    #[serde(default)]
    pub many: bool,
    /// How sensitive it is.
    pub sensitivity: Sensitivity,
    /// Its record class.
    pub class: String,
    /// How it is searched by, if it is.
    #[serde(default)]
    pub index: Option<IndexKind>,
    /// Handling that differs from the class's.
    #[serde(default)]
    pub regime: BTreeMap<String, Handling>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    regimes: Vec<String>,
    class: Vec<RecordClass>,
    attribute: Vec<Attribute>,
}

/// All attributes and record classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    regimes: Vec<String>,
    classes: BTreeMap<String, RecordClass>,
    attributes: Vec<Attribute>,
    positions: BTreeMap<String, usize>,
}

impl Registry {
    /// The registry shipped with the product.
    #[expect(
        clippy::expect_used,
        reason = "a constant of the build, parsed by a test"
    )]
    #[must_use]
    pub fn builtin() -> Self {
        Self::parse(BUILTIN).expect("the shipped registry parses")
    }

    /// Reads a registry and checks that every attribute has a class and, for every regime, a handling.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let file: File = toml::from_str(text).map_err(|e| RegistryError(e.to_string()))?;
        let classes: BTreeMap<String, RecordClass> = file
            .class
            .into_iter()
            .map(|c| (c.name.clone(), c))
            .collect();
        if file.attribute.len() > ATTRIBUTES_MAX {
            return Err(RegistryError(format!(
                "{} attributes, at most {ATTRIBUTES_MAX}",
                file.attribute.len()
            )));
        }
        let mut positions = BTreeMap::new();
        for (position, attribute) in file.attribute.iter().enumerate() {
            let name = &attribute.name;
            let class = classes.get(&attribute.class);
            let class = class.ok_or_else(|| {
                RegistryError(format!(
                    "`{name}` names the unknown class `{}`",
                    attribute.class
                ))
            })?;
            let lacking = file
                .regimes
                .iter()
                .find(|r| !attribute.regime.contains_key(*r) && !class.regime.contains_key(*r));
            if let Some(regime) = lacking {
                return Err(RegistryError(format!(
                    "`{name}` has no handling under `{regime}`: add `[class.regime.{regime}]`"
                )));
            }
            if positions.insert(name.clone(), position).is_some() {
                return Err(RegistryError(format!("`{name}` stands twice")));
            }
        }
        Ok(Self {
            regimes: file.regimes,
            classes,
            attributes: file.attribute,
            positions,
        })
    }

    /// All attributes, in the order of the file.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// All record classes by name.
    #[must_use]
    pub fn classes(&self) -> &BTreeMap<String, RecordClass> {
        &self.classes
    }

    /// The regimes that every attribute has a handling for.
    #[must_use]
    pub fn regimes(&self) -> &[String] {
        &self.regimes
    }

    /// The attribute of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(self.position(name)?)
    }

    /// Where the attribute stands: its bit in the planner's sets.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// The handling of an attribute under a regime: its own, else its class's.
    #[must_use]
    pub fn handling(&self, name: &str, regime: &str) -> Option<&Handling> {
        let attribute = self.get(name)?;
        attribute
            .regime
            .get(regime)
            .or_else(|| self.classes.get(&attribute.class)?.regime.get(regime))
    }

    /// Reads a value for an attribute of a party of the given kind.
    pub fn parse_value(
        &self,
        name: &str,
        party: PartyKind,
        json: &serde_json::Value,
    ) -> Result<Value, ValueError> {
        let Some(attribute) = self.get(name) else {
            return Err(ValueError::new(self.unknown(name)));
        };
        if !attribute.parties.contains(&party) {
            return Err(ValueError::new(format!(
                "`{name}` is not an attribute of a {}",
                party.as_str()
            )));
        }
        Value::from_json(attribute.value_type, json)
    }

    /// A message for an unknown attribute, with the nearest known name.
    #[must_use]
    pub fn unknown(&self, name: &str) -> String {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        let near = nearest(&shown, self.attributes.iter().map(|a| a.name.as_str()));
        let hint = near
            .map(|n| format!(": did you mean `{n}`?"))
            .unwrap_or_default();
        format!("`{shown}` is not in the attribute registry{hint}")
    }
}

/// The known name nearest to a mistaken one, if it is near at all (a third of its letters).
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.map(|k| (distance(wrong, k), k));
    scored
        .min()
        .filter(|(d, k)| *d <= k.chars().count().div_ceil(3))
        .map(|(_, k)| k)
}

/// Edit distance by single characters (Levenshtein), over at most 64 characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(x != *y))
                .min(above + 1)
                .min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_170_every_attribute_has_a_basis_under_every_regime() {
        let registry = Registry::builtin();
        assert!(registry.attributes().len() > 30 && registry.regimes().len() >= 3);
        for attribute in registry.attributes() {
            for regime in registry.regimes() {
                let handling = registry.handling(&attribute.name, regime).unwrap();
                assert!(
                    !handling.basis.is_empty() && !handling.purpose.is_empty(),
                    "{} {regime}",
                    attribute.name
                );
            }
        }
    }

    #[test]
    fn r_174_national_numbers_have_a_class_and_key_of_their_own() {
        let registry = Registry::builtin();
        let number = registry.get("national_id_number").unwrap();
        assert_eq!(number.sensitivity, Sensitivity::Special);
        let class = &registry.classes()[&number.class];
        assert_eq!(
            registry
                .classes()
                .values()
                .filter(|c| c.key_purpose == class.key_purpose)
                .count(),
            1
        );
        assert!(
            registry
                .attributes()
                .iter()
                .filter(|a| a.class == number.class)
                .count()
                == 1
        );
    }

    #[test]
    fn a_mistaken_name_is_answered_with_the_nearest() {
        assert!(
            Registry::builtin()
                .unknown("legal_nmae")
                .ends_with("did you mean `legal_name`?")
        );
        assert!(!Registry::builtin().unknown("zzzzzzzz").contains("mean"));
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
