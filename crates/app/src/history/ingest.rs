//! Taking accesses and assignments, a batch at a time, any number of times.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bonafide_history::{Access, Address, Appended, Batch, History, Prefix, Source};
use bonafide_ledger::{Kind, sha256};
use bonafide_model::{Micros, Timestamp};
use bonafide_store::{ApplyError, AssignmentRow, HistoryOp, Op};

use super::slots::NAME_MAX_BYTES;
use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Names of accounts that an import remembers; when there are more it begins anew.
const REMEMBERED_MAX: usize = 1_000_000;
/// Assignments in one change.
const ASSIGNMENTS_A_CHANGE: usize = 1024;
/// Bytes of what an assignment is for.
const RESOURCE_MAX_BYTES: usize = 256;

/// An access, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccess {
    /// The account, by its id or by the one it has outside.
    pub account: String,
    /// Where it came from.
    pub address: Address,
    /// The source port, if it is known.
    pub port: Option<u16>,
    /// When.
    pub at: Micros,
    /// What was done.
    pub action: String,
    /// Tells accesses apart that are alike in everything else; 0 where nothing does.
    pub mark: u16,
}

/// An assignment, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAssignment {
    /// The account, by its id or by the one it has outside.
    pub account: String,
    /// The address or prefix.
    pub prefix: Prefix,
    /// The first and last port, where it is not all of them.
    pub ports: Option<(u16, u16)>,
    /// The number of the transport protocol; 0 for any.
    pub transport: u8,
    /// What it was given for.
    pub resource: String,
    /// From when on.
    pub from: Micros,
    /// Until when, exclusive; `None` while it lasts.
    pub to: Option<Micros>,
}

/// What became of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignmentOutcome {
    /// It is believed now.
    Added,
    /// It was known.
    Known,
    /// The end that is known of it is another now.
    Corrected,
    /// It is not taken, and why.
    Refused(String),
}

/// Takes accesses and assignments from one source.
pub struct HistoryImport {
    app: App,
    actor: Actor,
    tenant: Arc<Tenant>,
    history: Arc<History>,
    source: Source,
    code: u8,
    slots: HashMap<String, u32>,
    actions: HashMap<String, u16>,
}

impl App {
    /// Begins to take accesses and assignments from a source.
    pub async fn begin_history(
        &self,
        actor: &Actor,
        source: Option<Source>,
    ) -> Result<HistoryImport, AppError> {
        actor.may(Action::RecordHistory)?;
        let tenant = self.tenant(&actor.tenant)?;
        let history = self.access_history(&tenant)?;
        let plain = || Source {
            name: "plain".to_owned(),
            precision_us: 1,
            has_port: true,
        };
        let source = source.unwrap_or_else(plain);
        Ok(HistoryImport {
            app: self.clone(),
            actor: actor.clone(),
            code: history.source(&source)?,
            tenant,
            history,
            source,
            slots: HashMap::new(),
            actions: HashMap::new(),
        })
    }
}

impl HistoryImport {
    /// Takes accesses; they are durable and found when this returns. What was taken before is not taken again.
    pub async fn accesses(&mut self, rows: &[NewAccess]) -> Result<Appended, AppError> {
        self.learn(rows.iter().map(|r| r.account.as_str())).await?;
        let mut made = Vec::with_capacity(rows.len());
        for row in rows {
            let slot = self.slot(&row.account)?;
            let action = match self.actions.get(&row.action) {
                Some(code) => *code,
                None => {
                    let code = self.history.action(&row.action)?;
                    self.actions.insert(row.action.clone(), code);
                    code
                }
            };
            made.push(Access {
                address: row.address,
                at: row.at.get(),
                slot,
                port: row.port.unwrap_or(0),
                action,
                mark: row.mark,
                source: self.code,
            });
        }
        let history = self.history.clone();
        let appended = tokio::task::spawn_blocking(move || history.append(Batch::of(made)));
        Ok(appended.await.map_err(AppError::internal)??)
    }

    /// Takes assignments. One that overlaps what another account holds is refused, the others are taken.
    pub async fn assignments(
        &mut self,
        rows: &[NewAssignment],
    ) -> Result<Vec<AssignmentOutcome>, AppError> {
        let mut outcomes = Vec::with_capacity(rows.len());
        for some in rows.chunks(ASSIGNMENTS_A_CHANGE) {
            let good = some.iter().filter(|r| wrong(r).is_none());
            self.learn(good.map(|r| r.account.as_str())).await?;
            let mut last = Err(AppError::Busy);
            for _ in 0..ATTEMPTS_MAX {
                last = self.assign(some).await;
                if !matches!(last, Err(AppError::Busy)) {
                    break;
                }
            }
            outcomes.extend(last?);
        }
        Ok(outcomes)
    }

    async fn assign(&self, some: &[NewAssignment]) -> Result<Vec<AssignmentOutcome>, AppError> {
        let now = self.app.now();
        let mut outcomes = Vec::with_capacity(some.len());
        let mut rows = Vec::with_capacity(some.len());
        for new in some {
            let refused = wrong(new).map(AssignmentOutcome::Refused);
            if refused.is_none() {
                rows.push((outcomes.len(), self.row(new, now)?));
            }
            outcomes.push(refused.unwrap_or(AssignmentOutcome::Added));
        }
        let asked: Vec<AssignmentRow> = rows.iter().map(|(_, row)| row.clone()).collect();
        let store = self.app.store();
        let found = store.overlapping_assignments(&self.tenant.name, &asked);
        let mut against: HashMap<usize, Vec<AssignmentRow>> = HashMap::new();
        for (place, other) in found.await? {
            against.entry(place).or_default().push(other);
        }
        let mut added = Added::default();
        for (number, (place, row)) in rows.into_iter().enumerate() {
            let others = against.remove(&number).unwrap_or_default();
            if let Some(outcome) = outcomes.get_mut(place) {
                *outcome = added.add(row, &others);
            }
        }
        if added.rows.is_empty() {
            return Ok(outcomes);
        }
        let mut recorder = Recorder::new(&self.app, &self.tenant, &self.actor, Vec::new(), now);
        let digest = sha256(format!("{:?}", added.rows).as_bytes());
        let count = added.rows.len().to_string();
        recorder.push(Op::History(HistoryOp::Assign {
            superseded: added.superseded,
            at: now,
            rows: added.rows,
        }));
        let digest = digest.to_string();
        let details = [("rows", count.as_str()), ("digest", &digest)];
        recorder.event(Kind::Assigned, Vec::new(), &details)?;
        match self.app.writer().commit(recorder.finish()).await {
            Ok(()) => Ok(outcomes),
            // Somebody else assigned meanwhile: it is decided again.
            Err(
                ApplyError::Refused(_) | ApplyError::Duplicate { .. } | ApplyError::Conflict { .. },
            ) => Err(AppError::Busy),
            Err(other) => Err(other.into()),
        }
    }

    fn row(&self, new: &NewAssignment, now: Timestamp) -> Result<AssignmentRow, AppError> {
        let (port_from, port_to) = new.ports.unwrap_or((0, u16::MAX));
        Ok(AssignmentRow {
            bits: new.prefix.bits(),
            first: new.prefix.first().bits().to_be_bytes(),
            last: new.prefix.last().bits().to_be_bytes(),
            port_from,
            port_to,
            transport: new.transport,
            from: new.from.get(),
            to: new.to.map_or(AssignmentRow::OPEN, Micros::get),
            slot: self.slot(&new.account)?,
            resource: new.resource.clone(),
            source: self.source.name.clone(),
            precision_us: self.source.precision_us,
            known_at: now,
            superseded_at: None,
        })
    }

    /// Makes segments of what was taken, and records them.
    pub async fn finish(self) -> Result<(), AppError> {
        self.app.seal_history(&self.actor, &self.tenant).await
    }

    async fn learn<'a>(&mut self, names: impl Iterator<Item = &'a str>) -> Result<(), AppError> {
        let unknown: HashSet<&str> = names.filter(|n| !self.slots.contains_key(*n)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        if let Some(long) = unknown.iter().find(|n| !is_name(n)) {
            let shown: String = long.chars().take(32).collect();
            let message =
                format!("`{shown}` is no id of an account: 1 to {NAME_MAX_BYTES} bytes of text");
            return Err(AppError::invalid("account", message));
        }
        if self.slots.len() > REMEMBERED_MAX {
            self.slots.clear();
        }
        let found = self
            .app
            .slots_for(&self.actor, &self.tenant, &unknown)
            .await?;
        self.slots.extend(found);
        Ok(())
    }

    fn slot(&self, name: &str) -> Result<u32, AppError> {
        let slot = self.slots.get(name).copied();
        slot.ok_or_else(|| AppError::internal("an account without a slot"))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_MAX_BYTES && !name.chars().any(char::is_control)
}

/// What is wrong with an assignment by itself.
fn wrong(new: &NewAssignment) -> Option<String> {
    if new.to.is_some_and(|to| to <= new.from) {
        return Some("it ends before it begins, or at that instant".to_owned());
    }
    if new.ports.is_some_and(|(first, last)| last < first) {
        return Some("its last port is before its first".to_owned());
    }
    if new.resource.len() > RESOURCE_MAX_BYTES {
        return Some(format!(
            "its resource has more than {RESOURCE_MAX_BYTES} bytes"
        ));
    }
    if !is_name(&new.account) {
        return Some(format!(
            "its account is no id: 1 to {NAME_MAX_BYTES} bytes of text"
        ));
    }
    None
}

/// What a change will add.
#[derive(Default)]
struct Added {
    rows: Vec<AssignmentRow>,
    superseded: Vec<AssignmentRow>,
}

impl Added {
    /// Decides on a row, given those that are believed and overlap it.
    fn add(&mut self, row: AssignmentRow, others: &[AssignmentRow]) -> AssignmentOutcome {
        let believed = others.iter().filter(|o| !self.superseded.contains(o));
        let before: Vec<&AssignmentRow> = believed.collect();
        if before.iter().any(|o| o.is_same(&row)) || self.rows.iter().any(|o| o.is_same(&row)) {
            return AssignmentOutcome::Known;
        }
        let earlier = before.iter().find(|o| o.is_same_but_end(&row));
        let among = self.rows.iter().position(|o| o.is_same_but_end(&row));
        let clash = before
            .iter()
            .find(|o| !o.is_same_but_end(&row))
            .copied()
            .or_else(|| {
                self.rows
                    .iter()
                    .find(|o| o.overlaps(&row) && !o.is_same_but_end(&row))
            });
        if let Some(other) = clash {
            let until = if other.to == AssignmentRow::OPEN {
                "now".to_owned()
            } else {
                shown(other.to)
            };
            return AssignmentOutcome::Refused(format!(
                "another holds it from {} to {until}: end that one first",
                shown(other.from)
            ));
        }
        if let Some(place) = among {
            self.rows.remove(place);
        }
        let is_corrected = earlier.is_some();
        if let Some(earlier) = earlier {
            self.superseded.push((*earlier).clone());
        }
        self.rows.push(row);
        if is_corrected || among.is_some() {
            AssignmentOutcome::Corrected
        } else {
            AssignmentOutcome::Added
        }
    }
}

fn shown(at: i64) -> String {
    Micros::new(at).map_or_else(|| at.to_string(), |at| at.to_string())
}
