//! E-mail to customers: which letters there are, in which languages, under whose name.
//!
//! Letters are templates; each language is a file that ships with the program, and a brand may replace each of its texts.
//! Nothing is sent until a brand is set, since nobody answers to a letter without a name. A letter names what is missing
//! and by when, never what was found or which datum did not match, and the confirmation says how to repudiate it
//!

mod brand;
mod send;
mod template;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::Action;
use crate::error::AppError;
use crate::{Actor, App};

pub use brand::Brands;
pub use template::{LANGUAGES, Rendered};

/// The setting that holds the brands.
pub(crate) const SETTING: &str = "brands";

/// A letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// What is missing after a sign-up, and by when.
    InformationNeeded,
    /// It is still missing, and the time is nearly over.
    Reminder,
    /// Everything was confirmed, and how to say that it was somebody else.
    Verified,
    /// The account was limited, and how to have that looked at.
    Limited,
}

impl LetterKind {
    /// Every letter.
    pub const ALL: [Self; 4] = [
        Self::InformationNeeded,
        Self::Reminder,
        Self::Verified,
        Self::Limited,
    ];

    /// The word in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InformationNeeded => "information_needed",
            Self::Reminder => "reminder",
            Self::Verified => "verified",
            Self::Limited => "limited",
        }
    }
}

impl fmt::Display for LetterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LetterKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|k| k.as_str() == text)
            .ok_or_else(|| {
                let words: Vec<String> = Self::ALL.iter().map(|k| format!("`{k}`")).collect();
                let text: String = text.chars().take(32).collect();
                format!("`{text}` is no letter: use {}", words.join(", "))
            })
    }
}

impl App {
    /// Sets the brands, from TOML; every template in it is tried on an example first.
    pub async fn set_brands(&self, actor: &Actor, text: &str) -> Result<(), AppError> {
        actor.may(Action::ManageMail)?;
        let tenant = self.tenant(&actor.tenant)?;
        let brands = Brands::parse(text).map_err(AppError::Refused)?;
        brands.try_all().map_err(AppError::Refused)?;
        self.record_setting(actor, &tenant, SETTING, text).await?;
        tenant.set_brands(brands);
        Ok(())
    }

    /// A letter as an invented customer would get it.
    pub async fn preview_letter(
        &self,
        actor: &Actor,
        kind: LetterKind,
        language: &str,
        brand: &str,
    ) -> Result<Rendered, AppError> {
        actor.may(Action::ReadMail)?;
        let tenant = self.tenant(&actor.tenant)?;
        let brands = tenant.brands();
        let brand = brands.get(brand).ok_or_else(|| AppError::NotFound {
            what: "brand",
            id: brand.chars().take(64).collect(),
        })?;
        brand.example(kind, language).map_err(AppError::Refused)
    }
}
