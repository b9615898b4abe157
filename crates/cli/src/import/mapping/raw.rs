//! The shape of a mapping's file.

use std::collections::BTreeMap;

use bonafide_model::{Assurance, PartyKind, Strength};
use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) mapping: Head,
    #[serde(default)]
    pub(super) kind: Kind,
    pub(super) account: Account,
    #[serde(default)]
    pub(super) claim: Vec<Claim>,
    #[serde(default)]
    pub(super) verdict: Vec<Spanned<Verdict>>,
    #[serde(default)]
    pub(super) ignore: Ignore,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) id: Spanned<String>,
    /// For readers.
    #[serde(rename = "title")]
    pub(super) _title: String,
    pub(super) source: Spanned<String>,
    #[serde(default)]
    pub(super) delimiter: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    #[serde(default)]
    pub(super) organisation_when: Option<Spanned<Test>>,
    #[serde(default)]
    pub(super) always: Option<PartyKind>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) external_id: Spanned<Field>,
    pub(super) product: Spanned<Field>,
    #[serde(default)]
    pub(super) region: Option<Spanned<Field>>,
    #[serde(default)]
    pub(super) opened_at: Option<Spanned<Field>>,
    #[serde(default)]
    pub(super) closed_when: Option<Spanned<Test>>,
    #[serde(default)]
    pub(super) closed_at: Option<Spanned<Field>>,
    #[serde(default)]
    pub(super) last_access_at: Option<Spanned<Field>>,
    #[serde(default)]
    pub(super) asserted_at: Option<Spanned<Field>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    pub(super) attribute: Spanned<String>,
    #[serde(default)]
    pub(super) about: About,
    #[serde(default, rename = "for")]
    pub(super) of: For,
    #[serde(default)]
    pub(super) from: Option<Spanned<Field>>,
    #[serde(default)]
    pub(super) address: Option<BTreeMap<Spanned<String>, Spanned<Field>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verdict {
    pub(super) method: Spanned<String>,
    #[serde(default)]
    pub(super) about: About,
    #[serde(default, rename = "for")]
    pub(super) of: For,
    pub(super) attributes: Vec<Spanned<String>>,
    pub(super) assurance: Assurance,
    pub(super) strength: Strength,
    #[serde(default)]
    pub(super) when: Option<Spanned<Test>>,
    pub(super) at: Spanned<Field>,
    pub(super) by: Spanned<Field>,
    #[serde(default)]
    pub(super) reference: Option<Spanned<Field>>,
    #[serde(default)]
    pub(super) expires_on: Option<Spanned<Field>>,
    pub(super) contract: Spanned<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ignore {
    #[serde(default)]
    pub(super) columns: Vec<String>,
}

/// One name, or several of which the first that the file has is taken.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    #[serde(default)]
    pub(super) column: Option<Names>,
    #[serde(default)]
    pub(super) columns: Option<Vec<String>>,
    #[serde(default)]
    pub(super) join: Option<String>,
    #[serde(default)]
    pub(super) constant: Option<String>,
    #[serde(default, rename = "as")]
    pub(super) read_as: ReadAs,
    #[serde(default)]
    pub(super) formats: Vec<String>,
    #[serde(default)]
    pub(super) country_column: Option<String>,
    #[serde(default)]
    pub(super) words: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) if_wrong: IfWrong,
    #[serde(default)]
    pub(super) optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Test {
    pub(super) column: Names,
    #[serde(default)]
    pub(super) is: Option<Vec<String>>,
}

/// How a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReadAs {
    /// As it stands, trimmed.
    #[default]
    Text,
    /// As a date in one of `formats`.
    Date,
    /// As a country's code or English name.
    Country,
    /// As a telephone number, of the country in `country_column` where it has no country code.
    Phone,
    /// As one of `words`.
    Words,
}

/// What becomes of a row whose cell cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IfWrong {
    /// It is rejected.
    #[default]
    Reject,
    /// It is taken without the value.
    LeaveOut,
}

/// Whom a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum About {
    /// The customer.
    #[default]
    Holder,
    /// Who acts for a customer that is an organisation.
    Contact,
}

/// Which customers have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum For {
    /// All.
    #[default]
    All,
    /// Persons.
    Person,
    /// Organisations.
    Organisation,
}

/// Whose a claim or verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) about: About,
    pub(crate) of: For,
}

impl Whose {
    /// The kinds of party that it can be about.
    pub(crate) fn kinds(self) -> &'static [PartyKind] {
        match (self.about, self.of) {
            (About::Contact, _) | (About::Holder, For::Person) => &[PartyKind::Person],
            (About::Holder, For::Organisation) => &[PartyKind::Organisation],
            (About::Holder, For::All) => &[PartyKind::Person, PartyKind::Organisation],
        }
    }

    /// Whether customers of this kind have it.
    pub(crate) fn fits(self, customer: PartyKind) -> bool {
        match (self.about, self.of) {
            (About::Contact, _) | (_, For::Organisation) => customer == PartyKind::Organisation,
            (_, For::Person) => customer == PartyKind::Person,
            (_, For::All) => true,
        }
    }
}
