//! Filling a letter in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::{Deserialize, Serialize};

use super::LetterKind;

/// Languages that ship, as in RFC 5646.
pub const LANGUAGES: [&str; 4] = ["en", "de", "fr", "es"];

const FILES: [&str; 4] = [
    include_str!("../../data/mail/en.toml"),
    include_str!("../../data/mail/de.toml"),
    include_str!("../../data/mail/fr.toml"),
    include_str!("../../data/mail/es.toml"),
];

/// A letter, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rendered {
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The language it is in.
    pub language: String,
}

/// A letter to be filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) subject: String,
    pub(super) text: String,
}

/// Everything in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    letters: BTreeMap<String, Template>,
    labels: BTreeMap<String, String>,
}

/// What a letter may name.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fields<'a> {
    pub(super) brand: Named<'a>,
    /// What is missing, as a person calls it.
    pub(super) missing: Vec<String>,
    /// Until when, as a date.
    pub(super) due: Option<String>,
    /// The day of the letter.
    pub(super) today: String,
}

/// Who writes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) support: &'a str,
    pub(super) imprint: Option<&'a str>,
}

static SHIPPED: LazyLock<BTreeMap<&'static str, Language>> = LazyLock::new(|| {
    let read =
        |(language, text): (&'static str, &str)| Some((language, toml::from_str(text).ok()?));
    // A test reads each of them; one that did not parse would be missing from it.
    LANGUAGES.into_iter().zip(FILES).filter_map(read).collect()
});

/// The language that ships and fits best: `pt-BR` is `pt` where that ships, else the fallback, else English.
pub(super) fn fitting(wanted: Option<&str>, fallback: &str) -> &'static str {
    let ships = |tag: &str| {
        let tag = tag.to_ascii_lowercase();
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_owned();
        LANGUAGES.into_iter().find(|l| **l == primary)
    };
    wanted
        .and_then(ships)
        .or_else(|| ships(fallback))
        .unwrap_or("en")
}

/// The letter that ships.
pub(super) fn shipped(kind: LetterKind, language: &str) -> Option<&'static Template> {
    SHIPPED.get(language)?.letters.get(kind.as_str())
}

/// What a person calls an attribute.
pub(super) fn label(attribute: &str, language: &str) -> String {
    let labels = SHIPPED.get(language).map(|l| &l.labels);
    let label = labels.and_then(|l| l.get(attribute).or_else(|| l.get("other")));
    label.cloned().unwrap_or_else(|| attribute.to_owned())
}

impl Template {
    /// Fills it in; a name that it does not know is a mistake in the template, told with its line.
    pub(super) fn render(&self, fields: &Fields<'_>, language: &str) -> Result<Rendered, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
        environment.set_syntax(syntax.map_err(|e| e.to_string())?);
        let fill = |what: &str, text: &str| {
            environment
                .render_named_str(what, text, Value::from(Serde(fields)))
                .map_err(|e| format!("{what}: {e}"))
        };
        let subject = fill("subject", &self.subject)?;
        if subject.trim().is_empty() || subject.contains(['\r', '\n']) {
            return Err("subject: it must be one line that is not empty".to_owned());
        }
        Ok(Rendered {
            subject,
            text: fill("text", &self.text)?,
            language: language.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_ships_every_letter() {
        for language in LANGUAGES {
            for kind in LetterKind::ALL {
                assert!(shipped(kind, language).is_some(), "{kind} in {language}");
            }
            assert_ne!(label("email", language), "email");
            assert_eq!(label("no_such", language), label("other", language));
        }
        assert_eq!(SHIPPED.len(), LANGUAGES.len());
    }

    #[test]
    fn the_language_that_fits_best_is_taken() {
        assert_eq!(fitting(Some("de-AT"), "en"), "de");
        assert_eq!(fitting(Some("ja"), "fr"), "fr");
        assert_eq!(fitting(None, "xx"), "en");
    }
}
