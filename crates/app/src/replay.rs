//! Replay: every recorded assessment of an account is made again from what was recorded, and compared byte for byte
//!
//!
//! An assessment's record holds the instant, the digest of the dossier, the version of the rules compiled into the program
//! and the digests of packs, methods, catalogue, profile and lists. Screenings are recorded facts, so that lists are not
//! needed again. What is no longer kept is named and never replaced by what there is today; after the erasure of somebody
//! the dossier is not whole, and there is no partial answer.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::sha256;
use bonafide_model::{AccountId, Dossier, Timestamp};
use bonafide_policy::{ENGINE, assess};
use serde_json::Value;

use crate::engine::{Engine, EngineTexts, PackText};
use crate::error::AppError;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

mod history;

use history::{History, Recorded};

/// One recorded assessment, made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The instant it was made for.
    pub at: Timestamp,
    /// Whether the same bytes came out.
    pub same: bool,
    /// What could not be compared, is no longer kept, or differs.
    pub why: Option<String>,
}

/// Rules as they were, or which of them is not kept.
type Rules = Result<Engine, String>;

impl App {
    /// Makes every recorded assessment of an account again, oldest first.
    pub async fn replay(
        &self,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Vec<Replayed>, AppError> {
        actor.may(Action::ReplayAssessments)?;
        let tenant = self.tenant(&actor.tenant)?;
        let history = self.history(&tenant, account).await?;
        let mut known: BTreeMap<&[String], Rules> = BTreeMap::new();
        let mut replayed = Vec::new();
        for recorded in &history.assessments {
            let at = recorded.rests.now;
            let rules = match known.entry(&recorded.rests.digests) {
                Entry::Occupied(read) => read.into_mut(),
                Entry::Vacant(place) => place.insert(self.rules(&tenant, recorded).await?),
            };
            let outcome = match rules {
                Ok(rules) => again(&history, recorded, rules)?,
                Err(gone) => Outcome::different(gone.clone()),
            };
            replayed.push(Replayed {
                at,
                same: outcome.same,
                why: outcome.why,
            });
        }
        Ok(replayed)
    }

    /// Finds the rules that an assessment names by their digests.
    async fn rules(&self, tenant: &Tenant, recorded: &Recorded) -> Result<Rules, AppError> {
        let rests = &recorded.rests;
        if rests.engine != ENGINE {
            let judged = &rests.engine;
            return Ok(Err(format!(
                "it was judged by the rules of `{judged}` and this program has `{ENGINE}`: replay it with that version"
            )));
        }
        let mut left: BTreeSet<&str> = rests.digests.iter().map(String::as_str).collect();
        left.remove(sha256(ENGINE.as_bytes()).to_string().as_str());
        let mut texts = EngineTexts::default();
        for used in &rests.packs {
            left.remove(used.digest()?.to_string().as_str());
        }
        for digest in left.clone() {
            let Some(pack) = self.store().pack_version(&tenant.name, digest).await? else {
                continue;
            };
            if sha256(pack.text.as_bytes()).to_string() != digest {
                return Ok(Err(format!(
                    "the text kept of pack `{}` does not have the digest `{digest}`: it was changed in the database",
                    pack.pack_id
                )));
            }
            left.remove(digest);
            // How it was in use is told by the assessment: it may have been elected, or have come into use anew, since.
            let used = rests.packs.iter().find(|used| used.pack == digest);
            let elected_by = used.and_then(|used| used.elected_by.clone());
            texts.packs.push(PackText {
                name: format!("{}.toml", pack.pack_id),
                text: pack.text,
                elected_by: elected_by.map(|e| (e.officer, e.at)),
                active_since: used.and_then(|used| used.active_since),
            });
        }
        texts.packs.sort_by(|a, b| a.name.cmp(&b.name));
        for (name, place) in [
            ("methods", &mut texts.methods),
            ("catalogue", &mut texts.catalogue),
            ("provider", &mut texts.profile),
        ] {
            let text = self.store().setting(&tenant.name, name).await?;
            *place = text.filter(|t| left.remove(sha256(t.as_bytes()).to_string().as_str()));
        }
        for digest in left.clone() {
            if self.is_list(tenant, digest).await? {
                left.remove(digest);
            }
        }
        if !left.is_empty() {
            let gone: Vec<String> = left.iter().map(|d| format!("`{d}`")).collect();
            return Ok(Err(format!(
                "no pack, method set, catalogue, profile or list with the digest {} is kept any more",
                gone.join(", ")
            )));
        }
        let engine = Engine::build(&texts, self.registry());
        Ok(engine.map_err(|e| format!("its rules cannot be read any more: {e}")))
    }

    async fn is_list(&self, tenant: &Tenant, digest: &str) -> Result<bool, AppError> {
        let active = tenant.engine();
        if active.lists.lists().iter().any(|l| l.version == digest) {
            return Ok(true);
        }
        let files = self.store().list_files(&tenant.name, digest).await?;
        Ok(!files.is_empty())
    }
}

/// How one assessment fared.
struct Outcome {
    same: bool,
    why: Option<String>,
}

impl Outcome {
    fn different(why: String) -> Self {
        Self {
            same: false,
            why: Some(why),
        }
    }
}

/// Puts the dossier together as it was, which its digest proves, and judges it again.
fn again(history: &History, recorded: &Recorded, rules: &Engine) -> Result<Outcome, AppError> {
    let now = recorded.rests.now;
    if let Some(party) = history.erased_by_now(now) {
        let when = history
            .erased
            .get(&party)
            .map(|row| format!("at {} on ground: {}", row.erased_at, row.ground));
        return Ok(Outcome::different(format!(
            "party `{party}` was erased {}, and what was known of it is gone",
            when.as_deref().unwrap_or("since")
        )));
    }
    if let Some(expired) = history.expired.iter().find(|e| now <= e.at) {
        return Ok(Outcome::different(format!(
            "`{}` of party `{}` was erased at {} on ground: {}; what was known then is not whole",
            expired.class, expired.party, expired.at, expired.ground
        )));
    }
    let mut whole = Vec::new();
    for candidate in history.dossiers(now) {
        let bytes = serde_json::to_vec(&candidate.dossier).map_err(AppError::internal)?;
        if sha256(&bytes).to_string() == recorded.rests.dossier {
            return compare(recorded, &judged(&candidate.dossier, rules, now)?);
        }
        if candidate.whole {
            whole.push(candidate.dossier);
        }
    }
    // Facts that several parties gave at one instant are not kept in the order in which they were sent, and so the digest
    // may be of another order. The answer can be the same all the same.
    let why = "what is kept of that instant does not give the digest of its dossier";
    let mut nearest = Outcome::different(why.to_owned());
    for dossier in &whole {
        let outcome = compare(recorded, &judged(dossier, rules, now)?)?;
        let how = outcome.why.map(|how| format!("{why}; {how}"));
        nearest.same |= outcome.same;
        nearest.why = Some(how.unwrap_or_else(|| why.to_owned()));
        if nearest.same {
            break;
        }
    }
    Ok(nearest)
}

fn judged(dossier: &Dossier, rules: &Engine, now: Timestamp) -> Result<String, AppError> {
    let assessment = assess(&rules.inputs(dossier, now));
    serde_json::to_string(&assessment).map_err(AppError::internal)
}

fn compare(recorded: &Recorded, made: &str) -> Result<Outcome, AppError> {
    if recorded.assessment == made {
        return Ok(Outcome {
            same: true,
            why: None,
        });
    }
    let read = |text| serde_json::from_str::<Value>(text).map_err(AppError::internal);
    let place = difference(&read(&recorded.assessment)?, &read(made)?);
    let why = format!("it differs at `{}`", place.unwrap_or_default());
    Ok(Outcome::different(why))
}

/// The first place where two answers differ, as a JSON pointer; values stay out of it.
fn difference(a: &Value, b: &Value) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            names.into_iter().find_map(|name| {
                let of = |x: &serde_json::Map<String, Value>| x.get(name).cloned();
                let inner = difference(&of(a).unwrap_or_default(), &of(b).unwrap_or_default())?;
                Some(format!("/{name}{inner}"))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(n, (a, b))| Some(format!("/{n}{}", difference(a, b)?)))
        }
        _ => (a != b).then(String::new),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::difference;

    #[test]
    fn a_difference_is_named_by_its_place() {
        let one = json!({"a": 1, "b": [{"c": 2}, {"c": 3}]});
        assert_eq!(difference(&one, &one), None);
        let other = json!({"a": 1, "b": [{"c": 2}, {"c": 4}]});
        assert_eq!(difference(&one, &other).unwrap(), "/b/1/c");
        assert_eq!(difference(&one, &json!({"a": 1})).unwrap(), "/b");
    }
}
