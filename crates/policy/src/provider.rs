//! The provider: what it sells, and who it is.
//!
//! Both are the operator's TOML. Whether an order is in scope is decided by the product (what it is) and by the region
//! (who operates it where): out of scope if either is out. A product that is not in the catalogue counts as in scope.

use std::sync::Arc;

use bonafide_model::{country, registry::nearest};
use serde::Deserialize;
use toml::Spanned;

use crate::pack::{PackError, Source, shown};

mod token;

pub use token::{GRACE_MAX_SECONDS, LIFETIME_MAX_SECONDS, OnUnreachable, TokenTerms, Unreachable};

/// Products and regions that a file may name.
const ENTRIES_MAX: usize = 10_000;

/// What the provider sells. An empty catalogue takes every order, as in scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    products: Vec<Product>,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its id, as orders name it.
    pub id: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// What kind it is, as packs name it: `compute`, `storage`, `network`, `domain`, `marketplace` …
    pub category: Arc<str>,
    /// Whether it is in scope of identification.
    pub in_scope: bool,
    /// Why it is or is not.
    pub reason: Arc<str>,
    /// Whether it costs nothing.
    #[serde(default)]
    pub zero_price: bool,
    /// Whether it contains hardware under export control.
    #[serde(default)]
    pub controlled_hardware: bool,
    /// Regions that it is sold in; any when empty.
    #[serde(default)]
    pub regions: Vec<Arc<str>>,
}

/// Who the provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderProfile {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is established; `ZZ` while no profile is set.
    pub country: Arc<str>,
    /// Whom to write to about the programme.
    pub contact: Arc<str>,
    /// Who owns it.
    pub owners: Vec<ProviderOwner>,
    /// Where it operates.
    pub regions: Vec<Region>,
    /// Whether orders for regions that are not named here, or for none, are in scope.
    pub in_scope_elsewhere: bool,
    /// What tokens of entitlements say.
    pub token: TokenTerms,
}

/// An owner of the provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderOwner {
    /// Name.
    pub name: Arc<str>,
    /// Country.
    pub country: Arc<str>,
}

/// A region that the provider operates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Its id, as orders name it.
    pub id: Arc<str>,
    /// Country it lies in.
    pub country: Arc<str>,
    /// Whether what is operated there is in scope.
    pub in_scope: bool,
    /// Why it is or is not.
    #[serde(default)]
    pub reason: Arc<str>,
}

impl Default for ProviderProfile {
    fn default() -> Self {
        Self {
            name: "the provider".into(),
            country: "ZZ".into(),
            contact: "not set".into(),
            owners: Vec::new(),
            regions: Vec::new(),
            in_scope_elsewhere: true,
            token: TokenTerms::default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    #[serde(default)]
    product: Vec<Spanned<Product>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    provider: Spanned<RawProfile>,
    #[serde(default)]
    owner: Vec<Spanned<ProviderOwner>>,
    #[serde(default)]
    region: Vec<Spanned<Region>>,
    #[serde(default)]
    token: Option<Spanned<TokenTerms>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    name: Arc<str>,
    country: Arc<str>,
    contact: Arc<str>,
    #[serde(default = "yes")]
    in_scope_elsewhere: bool,
}

fn yes() -> bool {
    true
}

impl Catalogue {
    /// Reads a catalogue; `file` is only named in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let source = Source { file, text };
        let raw: CatalogueFile = toml::from_str(text).map_err(|e| source.syntax(&e))?;
        bounded(&source, raw.product.len(), "products")?;
        let mut products: Vec<Product> = Vec::with_capacity(raw.product.len());
        for product in raw.product {
            let span = product.span();
            let product = product.into_inner();
            if product.id.trim().is_empty() || products.iter().any(|p| p.id == product.id) {
                let message = format!("`{}` is no id of its own", shown(&product.id));
                return Err(source.error(span, message, "give every product another id"));
            }
            products.push(product);
        }
        products.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Self { products })
    }

    /// The products, by id.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.iter()
    }

    /// The product of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Product> {
        let found = self.products.binary_search_by(|p| (*p.id).cmp(id));
        self.products.get(found.ok()?)
    }

    /// Whether nothing is sold, and so every order taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// Whether an order names a product and region that there are; else what is wrong with it.
    pub fn check_order(&self, product: &str, region: Option<&str>) -> Result<(), String> {
        if self.products.is_empty() {
            return Ok(());
        }
        let Some(found) = self.get(product) else {
            let near = nearest(product, self.products.iter().map(|p| &*p.id));
            let hint = near.map_or_else(
                || "name a product of the catalogue".to_owned(),
                |n| format!("did you mean `{n}`?"),
            );
            return Err(format!(
                "`{}` is not in the catalogue: {hint}",
                shown(product)
            ));
        };
        let sold = |region: &str| found.regions.iter().any(|r| **r == *region);
        match region {
            Some(region) if !found.regions.is_empty() && !sold(region) => Err(format!(
                "`{}` is not sold in region `{}`: it is in {}",
                found.id,
                shown(region),
                found.regions.join(", "),
            )),
            _ => Ok(()),
        }
    }
}

impl ProviderProfile {
    /// Reads a profile; `file` is only named in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let source = Source { file, text };
        let raw: ProfileFile = toml::from_str(text).map_err(|e| source.syntax(&e))?;
        bounded(&source, raw.owner.len() + raw.region.len(), "entries")?;
        let countries = std::iter::once((raw.provider.span(), &raw.provider.get_ref().country))
            .chain(raw.owner.iter().map(|o| (o.span(), &o.get_ref().country)))
            .chain(raw.region.iter().map(|r| (r.span(), &r.get_ref().country)));
        for (span, code) in countries {
            if !country::is_known(code) {
                let message = format!("`{}` is not a country code of ISO 3166-1", shown(code));
                return Err(source.error(span, message, "write two capital letters, as `DE`"));
            }
        }
        let mut regions: Vec<Region> = Vec::with_capacity(raw.region.len());
        for region in raw.region {
            let span = region.span();
            let region = region.into_inner();
            if regions.iter().any(|r| r.id == region.id) {
                let message = format!("region `{}` stands twice", shown(&region.id));
                return Err(source.error(span, message, "keep one of them"));
            }
            regions.push(region);
        }
        if let Some(token) = &raw.token
            && let Some((message, hint)) = token.get_ref().mistake()
        {
            return Err(source.error(token.span(), message, hint));
        }
        let profile = raw.provider.into_inner();
        Ok(Self {
            name: profile.name,
            country: profile.country,
            contact: profile.contact,
            in_scope_elsewhere: profile.in_scope_elsewhere,
            token: raw.token.map(Spanned::into_inner).unwrap_or_default(),
            owners: raw.owner.into_iter().map(Spanned::into_inner).collect(),
            regions,
        })
    }

    /// Whether what is operated in a region is in scope.
    #[must_use]
    pub fn in_scope(&self, region: Option<&str>) -> bool {
        let named = region.and_then(|id| self.regions.iter().find(|r| *r.id == *id));
        named.map_or(self.in_scope_elsewhere, |r| r.in_scope)
    }
}

fn bounded(source: &Source<'_>, count: usize, what: &str) -> Result<(), PackError> {
    if count <= ENTRIES_MAX {
        return Ok(());
    }
    let message = format!("{count} {what}, at most {ENTRIES_MAX}");
    Err(source.error(0..0, message, "leave some out"))
}

#[cfg(test)]
mod tests;
