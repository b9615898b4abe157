//! What judges: packs, methods, catalogue, profile and lists of a tenant, compiled, with the digests that go into every
//! record. The active versions are rows of the store; a process reads them again when they change.

use std::sync::Arc;

use bonafide_ledger::{Hash, sha256};
use bonafide_model::{Date, Registry, Timestamp};
use bonafide_policy::{
    ActivePack, Catalogue, ENGINE, Election, MethodSet, Pack, PackSet, ProviderProfile,
};
use bonafide_screen::{File, Index, List, LoadReport, Source};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::tenant::Tenant;

/// A tenant's compiled rules and lists.
pub struct Engine {
    /// The active packs.
    pub packs: PackSet,
    /// The methods.
    pub methods: MethodSet,
    /// The products.
    pub catalogue: Catalogue,
    /// The provider.
    pub profile: ProviderProfile,
    /// The lists.
    pub lists: Index,
    /// Digests of engine, packs and their use, methods, catalogue, profile and lists, sorted.
    pub digests: Vec<Hash>,
    /// How the packs are in use.
    pub(crate) uses: Vec<PackUse>,
}

/// How a pack is in use: what judging needs beside its text, so that it is recorded with every judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackUse {
    /// SHA-256 of its text in hex.
    pub(crate) pack: String,
    /// Who elected that it bites while it is only proposed.
    pub(crate) elected_by: Option<Election>,
    /// Since when it has been in use.
    pub(crate) active_since: Option<Timestamp>,
}

impl PackUse {
    fn of(active: &ActivePack) -> Self {
        Self {
            pack: active.pack.digest.to_string(),
            elected_by: active.elected_by.clone(),
            active_since: active.active_since,
        }
    }

    /// The digest that goes into the ledger.
    pub(crate) fn digest(&self) -> Result<Hash, AppError> {
        let bytes = serde_json::to_vec(self).map_err(AppError::internal)?;
        Ok(sha256(&bytes))
    }
}

/// A pack to be active: its text, and who elected that it bites while it is only proposed.
pub struct PackText {
    /// File name or id, for messages.
    pub name: String,
    /// The TOML.
    pub text: String,
    /// The officer and the instant of the election.
    pub elected_by: Option<(String, Timestamp)>,
    /// Since when it has been in use: its clocks do not run before. Where a pack is activated this is found out, and what
    /// stands here is not read.
    pub active_since: Option<Timestamp>,
}

/// A list to be screened against: files of one format.
pub struct ListFiles {
    /// The name that the operator gives it.
    pub name: String,
    /// When the authority published it.
    pub published_on: Option<Date>,
    /// When it was loaded.
    pub loaded_at: Timestamp,
    /// The files, each by its part of the list (`sdn`, `alt`, `add`, `comments`, `list`) or any name: what it is, is told
    /// by its content.
    pub parts: Vec<(String, Vec<u8>)>,
}

/// Everything an engine is made from.
#[derive(Default)]
pub struct EngineTexts {
    /// Packs.
    pub packs: Vec<PackText>,
    /// Methods in place of the shipped ones.
    pub methods: Option<String>,
    /// The catalogue.
    pub catalogue: Option<String>,
    /// The provider's profile.
    pub profile: Option<String>,
    /// Lists.
    pub lists: Vec<ListFiles>,
}

impl Engine {
    /// An engine without packs, which approves everything and asks nothing.
    pub fn empty(registry: &Registry) -> Result<Self, AppError> {
        Self::build(&EngineTexts::default(), registry)
    }

    /// Compiles texts; a mistake names file and line.
    pub fn build(texts: &EngineTexts, registry: &Registry) -> Result<Self, AppError> {
        let mut digests = vec![sha256(ENGINE.as_bytes())];
        let mut active = Vec::new();
        for pack in &texts.packs {
            let digest = sha256(pack.text.as_bytes());
            digests.push(digest);
            let parsed = Pack::parse(&pack.name, &pack.text, &digest.to_string(), registry);
            let parsed = parsed.map_err(|e| AppError::Refused(e.to_string()))?;
            let elected_by = pack
                .elected_by
                .clone()
                .map(|(officer, at)| Election { officer, at });
            active.push(ActivePack {
                pack: Arc::new(parsed),
                elected_by,
                active_since: pack.active_since,
            });
        }
        let uses: Vec<PackUse> = active.iter().map(PackUse::of).collect();
        for one in &uses {
            digests.push(one.digest()?);
        }
        let refused = |e: &dyn std::fmt::Display| AppError::Refused(e.to_string());
        let mut text = |name: &str, text: &Option<String>| {
            text.as_ref().map(|t| {
                (
                    name.to_owned(),
                    t.clone(),
                    digests.push(sha256(t.as_bytes())),
                )
            })
        };
        let methods = match text("methods.toml", &texts.methods) {
            Some((name, text, ())) => {
                MethodSet::parse(&name, &text, registry).map_err(|e| refused(&e))?
            }
            None => MethodSet::builtin(),
        };
        let catalogue = match text("catalogue.toml", &texts.catalogue) {
            Some((name, text, ())) => Catalogue::parse(&name, &text).map_err(|e| refused(&e))?,
            None => Catalogue::default(),
        };
        let profile = match text("provider.toml", &texts.profile) {
            Some((name, text, ())) => {
                ProviderProfile::parse(&name, &text).map_err(|e| refused(&e))?
            }
            None => ProviderProfile::default(),
        };
        let mut lists = Vec::new();
        for files in &texts.lists {
            let (list, _) = read_list(files)?;
            digests.extend(list.version.parse::<Hash>());
            lists.push(list);
        }
        digests.sort_unstable();
        digests.dedup();
        let packs = PackSet::new(active, registry).map_err(|e| refused(&e))?;
        Ok(Self {
            packs,
            methods,
            catalogue,
            profile,
            lists: Index::build(lists),
            digests,
            uses,
        })
    }
}

/// In which order the files of a list go into its digest, by part.
const PARTS: [&str; 5] = ["sdn", "alt", "add", "comments", "list"];

/// Reads the files of a list, in whatever format they are; their names are for messages.
pub fn read_list(files: &ListFiles) -> Result<(List, LoadReport), AppError> {
    let refused =
        |e: &dyn std::fmt::Display| AppError::Refused(format!("list `{}`: {e}", files.name));
    let as_files = |(name, bytes): &'_ (String, Vec<u8>)| -> Result<&'static str, AppError> {
        let told = bonafide_screen::detect(File { name, bytes }).map_err(|e| refused(&e))?;
        Ok(told.part())
    };
    let mut told = Vec::new();
    for file in &files.parts {
        told.push((as_files(file)?, file));
    }
    told.sort_by_key(|(part, _)| PARTS.iter().position(|p| p == part));
    let all: Vec<u8> = told.iter().flat_map(|(_, (_, b))| b).copied().collect();
    let source = Source {
        name: files.name.clone(),
        digest: sha256(&all).0,
        published_on: files.published_on,
        loaded_at: files.loaded_at,
    };
    drop(all);
    let inputs: Vec<File<'_>> = told
        .iter()
        .map(|(_, (name, bytes))| File { name, bytes })
        .collect();
    let (_, list, report) = bonafide_screen::read(&inputs, source).map_err(|e| refused(&e))?;
    Ok((list, report))
}

/// The files of a list under the names of their parts, as they are stored.
pub(crate) fn by_part(files: Vec<(String, Vec<u8>)>) -> Result<Vec<(String, Vec<u8>)>, AppError> {
    let part = |(name, bytes): (String, Vec<u8>)| {
        let file = File {
            name: &name,
            bytes: &bytes,
        };
        let told = bonafide_screen::detect(file).map_err(|e| AppError::Refused(e.to_string()))?;
        Ok((told.part().to_owned(), bytes))
    };
    files.into_iter().map(part).collect()
}

impl App {
    /// Compiles again when another process made other versions active.
    pub(crate) async fn refresh_if_changed(&self, tenant: &Tenant) -> Result<(), AppError> {
        self.refresh_case_rules(tenant).await?;
        let texts = self.engine_texts(tenant, false).await?;
        let mut stamp: Vec<String> = texts
            .packs
            .iter()
            .map(|p| {
                let text = sha256(p.text.as_bytes());
                format!("{text} {:?} {:?}", p.elected_by, p.active_since)
            })
            .collect();
        for text in [&texts.methods, &texts.catalogue, &texts.profile]
            .into_iter()
            .flatten()
        {
            stamp.push(sha256(text.as_bytes()).to_string());
        }
        let brands = self.store().setting(&tenant.name, crate::mail::SETTING);
        stamp.extend(
            brands
                .await?
                .map(|text| sha256(text.as_bytes()).to_string()),
        );
        stamp.extend(
            texts
                .lists
                .iter()
                .map(|l| format!("{} {}", l.name, l.loaded_at)),
        );
        stamp.push(self.access_text(&tenant.name).await?.1);
        if tenant.is_stamped(&stamp) {
            return Ok(());
        }
        self.refresh_engine(tenant).await?;
        tenant.set_stamp(stamp);
        Ok(())
    }

    /// Reads the active versions from the store again and compiles them.
    pub(crate) async fn refresh_engine(&self, tenant: &Tenant) -> Result<(), AppError> {
        self.refresh_case_rules(tenant).await?;
        let texts = self.engine_texts(tenant, true).await?;
        tenant.set_engine(Engine::build(&texts, self.registry())?);
        let brands = self
            .store()
            .setting(&tenant.name, crate::mail::SETTING)
            .await?;
        let brands = brands.as_deref().map(crate::Brands::parse).transpose();
        tenant.set_brands(brands.map_err(AppError::Refused)?.unwrap_or_default());
        self.refresh_access(tenant).await
    }

    async fn engine_texts(&self, tenant: &Tenant, files: bool) -> Result<EngineTexts, AppError> {
        let mut texts = EngineTexts::default();
        for row in self.store().active_packs(&tenant.name).await? {
            let elected_by = row.elected_by.zip(row.elected_at);
            texts.packs.push(PackText {
                name: format!("{}.toml", row.pack_id),
                text: row.text,
                elected_by,
                active_since: row.active_since,
            });
        }
        texts.methods = self.store().setting(&tenant.name, "methods").await?;
        texts.catalogue = self.store().setting(&tenant.name, "catalogue").await?;
        texts.profile = self.store().setting(&tenant.name, "provider").await?;
        for row in self.store().active_lists(&tenant.name).await? {
            let parts = if files {
                self.store().list_files(&tenant.name, &row.digest).await?
            } else {
                Vec::new()
            };
            texts.lists.push(ListFiles {
                name: row.name,
                published_on: row.published_on,
                loaded_at: row.loaded_at,
                parts,
            });
        }
        Ok(texts)
    }
}
