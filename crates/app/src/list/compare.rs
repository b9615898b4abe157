//! What changes from one version of a list to the next, for whoever decides about it.

use bonafide_screen::{Delta, Entry, Kind, differences};
use serde::{Deserialize, Serialize};

use crate::engine::{ListFiles, read_list};
use crate::error::AppError;
use crate::{Action, Actor, App};

/// The difference between two versions of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDiff {
    /// SHA-256 of the earlier version.
    pub from: String,
    /// SHA-256 of the later one.
    pub to: String,
    /// Entries of the earlier version.
    pub entries_before: usize,
    /// Entries of the later one.
    pub entries_after: usize,
    /// What the later one has and the earlier one has not.
    pub added: Vec<ListedBrief>,
    /// What both have and that differs.
    pub changed: Vec<ListChange>,
    /// What the earlier one has and the later one has not.
    pub removed: Vec<ListedBrief>,
}

/// An entry in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedBrief {
    /// Its number.
    pub entry: String,
    /// What it is.
    pub kind: Kind,
    /// The name that it is listed under.
    pub name: String,
}

/// An entry that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChange {
    /// As it is now.
    #[serde(flatten)]
    pub entry: ListedBrief,
    /// What of it differs: `names`, `identifiers` and the like.
    pub differs_in: Vec<String>,
}

impl ListedBrief {
    fn of(entry: &Entry) -> Self {
        Self {
            entry: entry.id.clone(),
            kind: entry.kind,
            name: entry
                .primary_name()
                .map_or_else(String::new, |n| n.text.clone()),
        }
    }
}

impl App {
    /// What files would change in the list in use; without files, what the version in use changed in the one before.
    pub async fn diff_list(
        &self,
        actor: &Actor,
        name: &str,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<ListDiff, AppError> {
        actor.may(Action::ReadLists)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.refresh_if_changed(&tenant).await?;
        let engine = tenant.engine();
        let in_use = engine.lists.list(name).ok_or_else(|| AppError::NotFound {
            what: "list",
            id: name.chars().take(64).collect(),
        })?;
        if !files.is_empty() {
            let files = ListFiles {
                name: name.to_owned(),
                published_on: None,
                loaded_at: self.now(),
                parts: files,
            };
            let (new, _) = read_list(&files)?;
            return Ok(between(in_use, &new));
        }
        let versions = self.store().list_versions(&tenant.name, name).await?;
        let before = versions.into_iter().find(|v| v.digest != in_use.version);
        let before = before.ok_or_else(|| {
            AppError::Refused(format!(
                "list `{name}` was loaded once: there is no earlier version to compare with; name files to compare it with"
            ))
        })?;
        let files = ListFiles {
            name: name.to_owned(),
            published_on: before.published_on,
            loaded_at: before.loaded_at,
            parts: self
                .store()
                .list_files(&tenant.name, &before.digest)
                .await?,
        };
        let (old, _) = read_list(&files)?;
        Ok(between(&old, in_use))
    }
}

fn between(old: &bonafide_screen::List, new: &bonafide_screen::List) -> ListDiff {
    let delta = Delta::between(old, new);
    let briefs = |entries: &[&Entry]| entries.iter().map(|e| ListedBrief::of(e)).collect();
    let change = |(before, after): &(&Entry, &Entry)| ListChange {
        entry: ListedBrief::of(after),
        differs_in: differences(before, after)
            .into_iter()
            .map(str::to_owned)
            .collect(),
    };
    ListDiff {
        from: old.version.clone(),
        to: new.version.clone(),
        entries_before: old.entries.len(),
        entries_after: new.entries.len(),
        added: briefs(&delta.added),
        changed: delta.changed.iter().map(change).collect(),
        removed: briefs(&delta.removed),
    }
}
