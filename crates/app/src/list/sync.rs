//! Keeping a list at what its authority publishes: fetch it where it changed, look whether it can be that list, take it.
//!
//! Each file is asked for with the validators of the version in use (`ETag`, `Last-Modified`), so that nothing is fetched
//! that did not change. What arrives is checked against the publisher's checksum where there is one, read in full, and
//! held against the version in use: a list that lost a fifth, or came in another format, or of which many rows cannot be
//! read, is **held back**, and whoever looks is told why and how it is taken all the same. Whatever fails, the version in use
//! stays in use.

use bonafide_connect::{Fetch, Fetched};
use bonafide_ledger::sha256;
use bonafide_model::Timestamp;
use bonafide_screen::{File, LoadReport};
use serde::{Deserialize, Serialize};

use super::source::{ListSource, shown};
use super::{ListSummary, NewList, Taken};
use crate::error::AppError;
use crate::tenant::Tenant;
use crate::work::Outcome;
use crate::{Action, Actor, App};

/// The setting that holds how a list stands, before its name.
const STATE: &str = "list_sync:";
/// Bytes of one file: the largest published list, OFAC's in the advanced format, has about 120 million.
const FILE_MAX_BYTES: usize = 512 * 1024 * 1024;
/// Bytes of a file of checksums.
const CHECKSUM_MAX_BYTES: usize = 64 * 1024;

/// What came of keeping a list up.
#[derive(Debug, Clone)]
pub enum Synced {
    /// Another version is in use now.
    Loaded(Box<(ListSummary, LoadReport)>),
    /// The version in use is the one that is published.
    Unchanged,
    /// What was fetched is not taken; the text says why and what would take it.
    Held(String),
    /// Nothing was fetched, or it is not that list; the text says why.
    Failed(String),
}

/// How a list stands with its publisher.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SyncState {
    /// The version that the validators are of.
    digest: String,
    /// Its format.
    format: String,
    files: Vec<Validators>,
    /// When it was last found to be what is published.
    pub(crate) checked_at: Option<Timestamp>,
    /// When that was last tried.
    pub(crate) tried_at: Option<Timestamp>,
    /// What was in the way the last time.
    pub(crate) problem: Option<String>,
}

/// By what a server knows a version of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Validators {
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
}

impl App {
    /// Brings a list to what its authority publishes. With `files`, these are taken in place of what would be fetched, and
    /// no network is used; with `force`, everything is fetched anew and taken even if it would be held back.
    pub async fn sync_list(
        &self,
        actor: &Actor,
        name: &str,
        files: Option<Vec<(String, Vec<u8>)>>,
        force: bool,
    ) -> Result<Synced, AppError> {
        actor.may(Action::ManageLists)?;
        let tenant = self.tenant(&actor.tenant)?;
        let sources = self.sources(&tenant).await?;
        let source = sources.lists.get(name).ok_or_else(|| AppError::NotFound {
            what: "source of a list",
            id: name.chars().take(64).collect(),
        })?;
        let before = self.sync_state(&tenant, name).await?;
        let mut state = before.clone();
        let synced = self
            .sync_once(actor, &tenant, (name, source), files, force, &mut state)
            .await?;
        state.tried_at = Some(self.now());
        match &synced {
            Synced::Loaded(_) | Synced::Unchanged => {
                state.checked_at = state.tried_at;
                state.problem = None;
            }
            Synced::Held(why) | Synced::Failed(why) => {
                tracing::warn!(list = name, "{why}");
                state = SyncState {
                    tried_at: state.tried_at,
                    problem: Some(why.clone()),
                    ..before
                };
            }
        }
        self.keep_sync_state(&tenant, name, &state).await?;
        Ok(synced)
    }

    /// How a list stands with its publisher.
    pub(crate) async fn sync_state(
        &self,
        tenant: &Tenant,
        name: &str,
    ) -> Result<SyncState, AppError> {
        let setting = format!("{STATE}{name}");
        let text = self.store().setting(&tenant.name, &setting).await?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        Ok(read.map_err(AppError::internal)?.unwrap_or_default())
    }

    async fn keep_sync_state(
        &self,
        tenant: &Tenant,
        name: &str,
        state: &SyncState,
    ) -> Result<(), AppError> {
        let text = serde_json::to_string(state).map_err(AppError::internal)?;
        self.note_setting(tenant, &format!("{STATE}{name}"), &text)
            .await
    }

    async fn sync_once(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        (name, source): (&str, &ListSource),
        files: Option<Vec<(String, Vec<u8>)>>,
        force: bool,
        state: &mut SyncState,
    ) -> Result<Synced, AppError> {
        self.refresh_if_changed(tenant).await?;
        let in_use = tenant.engine().lists.list(name).map(|l| l.version.clone());
        // Validators of another version than the one in use say nothing about it.
        if force || in_use.as_deref() != Some(state.digest.as_str()) {
            state.files.clear();
        }
        let (files, validators, changed_on) = match files {
            Some(files) => (files, Vec::new(), None),
            None => match self.fetch_list(source, &state.files).await {
                Ok(None) => return Ok(Synced::Unchanged),
                Ok(Some(fetched)) => {
                    let changed_on = fetched.iter().filter_map(|(_, f)| f.modified_at).max();
                    let validators = fetched.iter().map(validators).collect();
                    let files = fetched
                        .into_iter()
                        .map(|(url, file)| (shown(&url).to_owned(), file.body))
                        .collect();
                    (files, validators, changed_on.map(Timestamp::date))
                }
                Err(why) => return Ok(Synced::Failed(why)),
            },
        };
        let format = format_of(&files);
        let other = !state.format.is_empty() && !format.is_empty() && format != state.format;
        if !force && other {
            return Ok(Synced::Held(format!(
                "list `{name}` was {} and is {format} now: the version in use is kept; look at what is published, and take it \
                 with `bonafide lists sync {name} --force`",
                state.format
            )));
        }
        let new = NewList {
            name: name.to_owned(),
            published_on: None,
            changed_on,
            files,
            force,
        };
        let synced = match self.take_list(actor, new, true).await {
            Ok(Taken::Loaded(loaded)) => Synced::Loaded(loaded),
            Ok(Taken::Same) => Synced::Unchanged,
            Ok(Taken::Held(why)) => return Ok(Synced::Held(why)),
            Err(AppError::Refused(why)) => return Ok(Synced::Failed(why)),
            Err(other) => return Err(other),
        };
        let now_in_use = tenant.engine().lists.list(name).map(|l| l.version.clone());
        state.digest = now_in_use.unwrap_or_default();
        state.format = format;
        state.files = validators;
        Ok(synced)
    }

    /// Fetches the files of a list; nothing where none of them changed.
    async fn fetch_list(
        &self,
        source: &ListSource,
        known: &[Validators],
    ) -> Result<Option<Vec<(String, Fetched)>>, String> {
        let mut fetched = Vec::new();
        for url in &source.urls {
            let known = known.iter().find(|v| v.url == *url);
            fetched.push((url.clone(), self.fetch_file(url, known).await?));
        }
        if fetched.iter().all(|(_, file)| file.status == 304) {
            return Ok(None);
        }
        for (at, (url, file)) in fetched.iter_mut().enumerate() {
            // A list is read from all its files, so one that did not change is needed too.
            if file.status == 304 {
                *file = self.fetch_file(url, None).await?;
            }
            if let Some(checksum) = source.sha256_urls.get(at) {
                self.check_sum(url, checksum, &file.body).await?;
            }
        }
        Ok(Some(fetched))
    }

    async fn fetch_file(&self, url: &str, known: Option<&Validators>) -> Result<Fetched, String> {
        let fetch = Fetch {
            url,
            etag: known.and_then(|v| v.etag.as_deref()),
            last_modified: known.and_then(|v| v.last_modified.as_deref()),
            max_bytes: FILE_MAX_BYTES,
        };
        let sender = self.outbound().map_err(|e| e.to_string())?;
        let fetched = sender.get(fetch).await;
        let fetched = fetched.map_err(|e| format!("`{}` was not fetched: {e}", shown(url)))?;
        match fetched.status {
            304 if known.is_some() => Ok(fetched),
            200 if !fetched.body.is_empty() => Ok(fetched),
            200 => Err(format!("`{}` is empty", shown(url))),
            status => Err(format!(
                "`{}` was not fetched: the server answered {status}",
                shown(url)
            )),
        }
    }

    async fn check_sum(&self, url: &str, checksum_url: &str, body: &[u8]) -> Result<(), String> {
        let fetch = Fetch {
            url: checksum_url,
            etag: None,
            last_modified: None,
            max_bytes: CHECKSUM_MAX_BYTES,
        };
        let sender = self.outbound().map_err(|e| e.to_string())?;
        let shown_sum = shown(checksum_url);
        let fetched = sender.get(fetch).await;
        let fetched = fetched.map_err(|e| format!("`{shown_sum}` was not fetched: {e}"))?;
        let text = String::from_utf8_lossy(&fetched.body).to_lowercase();
        let hex = |word: &&str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let mut sums = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(hex);
        let own = sha256(body).to_string();
        match sums.clone().next() {
            None => Err(format!("`{shown_sum}` holds no SHA-256")),
            Some(_) if sums.any(|sum| sum == own) => Ok(()),
            Some(_) => Err(format!(
                "`{}` does not have the SHA-256 that `{shown_sum}` gives: it was changed on the way, or is being published",
                shown(url)
            )),
        }
    }

    /// Does the task of a schedule. What is held back is done: it waits for somebody, and is looked at again next time.
    pub(crate) async fn sync_due(&self, tenant: &Tenant, list: &str) -> Result<Outcome, AppError> {
        let actor = Actor::worker(&tenant.name);
        match self.sync_list(&actor, list, None, false).await {
            Ok(Synced::Failed(_)) => Ok(Outcome::Again {
                error: "list_not_fetched".to_owned(),
                at: None,
            }),
            Ok(_) | Err(AppError::NotFound { .. }) => Ok(Outcome::Done),
            Err(other) => Err(other),
        }
    }
}

fn validators((url, file): &(String, Fetched)) -> Validators {
    Validators {
        url: url.clone(),
        etag: file.etag.clone(),
        last_modified: file.last_modified.clone(),
    }
}

/// The format of a list's files, in words; of OFAC's, that of its main one.
fn format_of(files: &[(String, Vec<u8>)]) -> String {
    let told = files.iter().filter_map(|(name, bytes)| {
        let format = bonafide_screen::detect(File { name, bytes }).ok()?;
        Some(format)
    });
    told.min().map_or_else(String::new, |f| f.to_string())
}
