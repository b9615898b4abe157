//! Where lists come from: a setting, in TOML, that says for each list which addresses its files have and how often they are
//! fetched.
//!
//! Refuses what could not be fetched later: addresses that the service may not send to, more checksums than files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// The setting.
const SETTING: &str = "list_sources";
/// Lists of one tenant: an operator screens against a dozen, and each is a task of its own.
const LISTS_MAX: usize = 64;
/// Files of one list: OFAC's has four.
const FILES_MAX: usize = 8;
/// Characters of a list's name.
const NAME_MAX_CHARS: usize = 64;
/// Hours between two times: a list that is fetched less often than once a month is not kept up.
const HOURS_MAX: u32 = 31 * 24;

/// Where the lists come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSources {
    /// By the list's name.
    #[serde(default)]
    pub lists: BTreeMap<String, ListSource>,
}

/// Where one list comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSource {
    /// The addresses of its files.
    pub urls: Vec<String>,
    /// Where the publisher gives the SHA-256 of each file, in the order of `urls`; nothing where he does not.
    #[serde(default)]
    pub sha256_urls: Vec<String>,
    /// After how many hours it is fetched again; only when somebody asks, where nothing is said.
    #[serde(default)]
    pub every_hours: Option<u32>,
}

impl ListSources {
    fn parse(text: &str) -> Result<Self, String> {
        let sources: Self =
            toml::from_str(text).map_err(|e| e.to_string().trim().replace('\n', " "))?;
        if sources.lists.len() > LISTS_MAX {
            return Err(format!("at most {LISTS_MAX} lists can be fetched"));
        }
        for (name, source) in &sources.lists {
            source.check(name)?;
        }
        Ok(sources)
    }
}

impl ListSource {
    fn check(&self, name: &str) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > NAME_MAX_CHARS || !name.chars().all(plain) {
            return Err(format!(
                "`{}` is no name for a list: use up to {NAME_MAX_CHARS} letters, digits, `-`, `_` and `.`",
                name.chars().take(NAME_MAX_CHARS).collect::<String>()
            ));
        }
        if self.urls.is_empty() || self.urls.len() > FILES_MAX {
            return Err(format!(
                "list `{name}`: `urls` must name from one to {FILES_MAX} files"
            ));
        }
        if !self.sha256_urls.is_empty() && self.sha256_urls.len() != self.urls.len() {
            return Err(format!(
                "list `{name}`: `sha256_urls` must name a checksum for each of `urls`, or be left out"
            ));
        }
        if self.every_hours.is_some_and(|h| h == 0 || h > HOURS_MAX) {
            return Err(format!(
                "list `{name}`: `every_hours` must be from 1 to {HOURS_MAX}"
            ));
        }
        Ok(())
    }
}

impl App {
    /// Sets where lists come from, from TOML, in place of what was said before.
    pub async fn set_list_sources(
        &self,
        actor: &Actor,
        text: &str,
    ) -> Result<ListSources, AppError> {
        actor.may(Action::ManageLists)?;
        let tenant = self.tenant(&actor.tenant)?;
        let sources = ListSources::parse(text).map_err(AppError::Refused)?;
        let targets = self.outbound()?.targets();
        for (name, source) in &sources.lists {
            for url in source.urls.iter().chain(&source.sha256_urls) {
                targets.check(url).map_err(|e| {
                    AppError::Refused(format!("list `{name}`: `{}`: {e}", shown(url)))
                })?;
            }
        }
        self.record_setting(actor, &tenant, SETTING, text).await?;
        Ok(sources)
    }

    /// Where lists come from.
    pub async fn list_sources(&self, actor: &Actor) -> Result<ListSources, AppError> {
        actor.may(Action::ReadLists)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.sources(&tenant).await
    }

    pub(crate) async fn sources(&self, tenant: &Tenant) -> Result<ListSources, AppError> {
        let text = self.store().setting(&tenant.name, SETTING).await?;
        // It was read when it was set; a version of the program that cannot read it any more says so.
        ListSources::parse(&text.unwrap_or_default()).map_err(AppError::Refused)
    }
}

/// An address without what stands behind `?`, where publishers put tokens.
pub(super) fn shown(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_fetched_is_refused_when_it_is_set() {
        let good = "[lists.un]\nurls = [\"https://lists.example.org/un.xml\"]\nevery_hours = 24\n";
        assert_eq!(ListSources::parse(good).unwrap().lists.len(), 1);
        assert!(ListSources::parse("").unwrap().lists.is_empty());
        for (bad, says) in [
            ("[lists.\"a b\"]\nurls = [\"u\"]", "no name for a list"),
            ("[lists.a]\nurls = []", "from one to"),
            ("[lists.a]\nurls = [\"u\"]\nevery_hours = 0", "every_hours"),
            (
                "[lists.a]\nurls = [\"u\"]\nsha256_urls = [\"a\", \"b\"]",
                "sha256_urls",
            ),
            ("[lists.a]\nurl = [\"u\"]", "unknown field `url`"),
        ] {
            let error = ListSources::parse(bad).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
