//! Brands: under whose name letters go out, and for which products.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::LetterKind;
use super::template::{Fields, LANGUAGES, Named, Rendered, Template, fitting, label, shipped};

/// Brands of one provider.
const BRANDS_MAX: usize = 100;

/// Every brand, by its name in the file.
#[derive(Debug, Clone, Default)]
pub struct Brands(BTreeMap<String, Brand>);

/// One brand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Brand {
    /// What it is called.
    name: String,
    /// `Name <address>` or an address.
    pub(super) from: String,
    /// Where answers go.
    pub(super) reply_to: Option<String>,
    /// Where help is: an address of a page or of a person.
    support: String,
    /// Who answers for it, in the lines that the law wants.
    imprint: Option<String>,
    /// The language of those whose own is not known or does not ship.
    #[serde(default = "english")]
    language: String,
    /// The products that it sells; none for the brand of everything else.
    #[serde(default)]
    products: Vec<String>,
    /// Days before the end of a term at which is reminded.
    #[serde(default = "three")]
    pub(super) remind_days: u8,
    /// Texts in the place of the shipped ones, by language and letter.
    #[serde(default)]
    templates: BTreeMap<String, BTreeMap<LetterKind, Template>>,
}

fn english() -> String {
    "en".to_owned()
}

fn three() -> u8 {
    3
}

impl Brands {
    /// Reads brands.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let brands: BTreeMap<String, Brand> =
            toml::from_str(text).map_err(|e| e.to_string().trim().replace('\n', " "))?;
        if brands.is_empty() || brands.len() > BRANDS_MAX {
            return Err(format!(
                "there must be 1 to {BRANDS_MAX} brands, each a table `[NAME]`"
            ));
        }
        if brands.values().filter(|b| b.products.is_empty()).count() != 1 {
            return Err(
                "exactly one brand must have no `products`: it is that of everything else"
                    .to_owned(),
            );
        }
        for (name, brand) in &brands {
            if let Some(other) = brand
                .templates
                .keys()
                .find(|l| !LANGUAGES.contains(&l.as_str()))
            {
                return Err(format!(
                    "`{name}.templates.{other}`: letters are in {}",
                    LANGUAGES.join(", ")
                ));
            }
        }
        Ok(Self(brands))
    }

    /// Whether there are none, so that no letter goes out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The brand of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Brand> {
        self.0.get(name)
    }

    /// The brand that sells a product.
    pub(crate) fn of_product(&self, product: &str) -> Option<&Brand> {
        let sells = |b: &&Brand| b.products.iter().any(|p| p == product);
        self.0
            .values()
            .find(sells)
            .or_else(|| self.0.values().find(|b| b.products.is_empty()))
    }

    /// Fills every letter of every brand in, on an example; what fails is named.
    pub(crate) fn try_all(&self) -> Result<(), String> {
        for (name, brand) in &self.0 {
            for language in LANGUAGES {
                for kind in LetterKind::ALL {
                    brand
                        .example(kind, language)
                        .map_err(|e| format!("brand `{name}`, `{kind}` in `{language}`: {e}"))?;
                }
            }
        }
        Ok(())
    }
}

impl Brand {
    /// A letter, in the language of whoever gets it if that ships.
    pub(super) fn letter(
        &self,
        kind: LetterKind,
        language: Option<&str>,
        missing: &[&str],
        due: Option<String>,
        today: String,
    ) -> Result<Rendered, String> {
        let language = fitting(language, &self.language);
        let own = self.templates.get(language).and_then(|l| l.get(&kind));
        let template = own.or_else(|| shipped(kind, language));
        let template = template.ok_or_else(|| format!("there is no `{kind}` in `{language}`"))?;
        let mut labels: Vec<String> = missing.iter().map(|a| label(a, language)).collect();
        labels.dedup();
        let fields = Fields {
            brand: Named {
                name: &self.name,
                support: &self.support,
                imprint: self.imprint.as_deref(),
            },
            missing: labels,
            due,
            today,
        };
        template.render(&fields, language)
    }

    /// A letter to an invented customer.
    pub(super) fn example(&self, kind: LetterKind, language: &str) -> Result<Rendered, String> {
        let missing = ["email", "residential_address", "no_such_attribute"];
        let due = Some("2030-05-17".to_owned());
        self.letter(kind, Some(language), &missing, due, "2030-05-03".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRANDS: &str = r#"
[green]
name = "Green Cloud"
from = "Green Cloud <trust@green.example>"
support = "https://green.example/verify"
imprint = "Green Cloud GmbH, Berlin"
language = "de"

[gpu]
name = "GPU Barn"
from = "hello@gpu.example"
support = "https://gpu.example/help"
products = ["gpu-large"]
[gpu.templates.en.verified]
subject = "{{ brand.name }} says hello"
text = "All good since {{ today }}."
"#;

    #[test]
    fn a_letter_is_in_the_name_of_the_brand_and_the_language_of_the_reader() {
        let brands = Brands::parse(BRANDS).unwrap();
        brands.try_all().unwrap();
        let green = brands.of_product("vps-small").unwrap();
        let letter = green.example(LetterKind::Reminder, "fr").unwrap();
        assert!(letter.subject.contains("Green Cloud") && letter.text.contains("Bonjour"));
        assert!(
            letter.text.contains("- votre adresse de domicile\n"),
            "{}",
            letter.text
        );
        assert!(
            letter.text.ends_with("Green Cloud GmbH, Berlin\n"),
            "{}",
            letter.text
        );
        let other = green.example(LetterKind::Reminder, "ja").unwrap();
        assert_eq!(other.language, "de", "the brand's own");
        let gpu = brands.of_product("gpu-large").unwrap();
        let letter = gpu.example(LetterKind::Verified, "en").unwrap();
        assert_eq!(letter.subject, "GPU Barn says hello");
        assert!(
            gpu.example(LetterKind::Limited, "en")
                .unwrap()
                .text
                .contains("GPU Barn")
        );
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = |from: &str, to: &str| {
            let read = Brands::parse(&BRANDS.replace(from, to));
            read.and_then(|b| b.try_all()).unwrap_err()
        };
        assert!(
            wrong("{{ today }}", "{{ tody }}").contains("brand `gpu`, `verified` in `en`: text")
        );
        assert!(wrong("{{ brand.name }} says", "{{ brand.name says").contains("subject"));
        assert!(wrong("templates.en", "templates.xx").contains("letters are in en"));
        assert!(wrong("products = [\"gpu-large\"]", "").contains("exactly one brand"));
        assert!(wrong("support = \"https://green", "suport = \"https://green").contains("suport"));
        assert!(Brands::parse("").unwrap_err().contains("1 to 100 brands"));
    }
}
