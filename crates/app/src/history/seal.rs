//! Segments and the ledger: the digest of each segment is a record, and that a segment is no more is one too.
//!
//! The access store makes and merges segments by itself; here the database is brought to what there is. A crash between
//! the two is made up for the next time.

use std::collections::HashMap;

use bonafide_ledger::{Blob, Kind};
use bonafide_store::{HistoryOp, Op, SegmentRow};

use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// Segments in one change.
const SEGMENTS_A_CHANGE: usize = 64;

fn blob(digest: &str, length: u64) -> Result<Blob, AppError> {
    let hash = digest.parse().map_err(AppError::internal)?;
    Ok(Blob { hash, length })
}

impl App {
    /// Makes segments of accesses that are in none, and records what there is.
    pub(crate) async fn seal_history(
        &self,
        actor: &Actor,
        tenant: &Tenant,
    ) -> Result<(), AppError> {
        let history = self.access_history(tenant)?;
        let sealing = history.clone();
        let sealed = tokio::task::spawn_blocking(move || sealing.seal());
        sealed.await.map_err(AppError::internal)??;
        self.record_segments(actor, tenant).await
    }

    /// Records segments that are new and segments that are no more.
    pub(crate) async fn record_segments(
        &self,
        actor: &Actor,
        tenant: &Tenant,
    ) -> Result<(), AppError> {
        let history = self.access_history(tenant)?;
        let (segments, gone) = (history.segments(), history.gone());
        let rows = self.store().access_segments(&tenant.name).await?;
        let known: HashMap<&str, &SegmentRow> = rows.iter().map(|r| (r.name.as_str(), r)).collect();
        let new = segments
            .iter()
            .filter(|s| !known.contains_key(s.name.as_str()));
        let new: Vec<_> = new.collect();
        for some in new.chunks(SEGMENTS_A_CHANGE) {
            let now = self.now();
            let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
            for segment in some {
                let blob = blob(&segment.digest, segment.bytes)?;
                let details = [("segment", segment.name.as_str())];
                let record = recorder.blob_event(Kind::AccessesSealed, blob, &details)?;
                recorder.push(Op::History(HistoryOp::AddSegment(SegmentRow {
                    name: segment.name.clone(),
                    digest: segment.digest.clone(),
                    rows: segment.rows,
                    first: segment.first,
                    last: segment.last,
                    record,
                    recorded_at: now,
                    gone: None,
                })));
            }
            self.writer().commit(recorder.finish()).await?;
        }
        let live = |name: &str| known.get(name).is_some_and(|r| r.gone.is_none());
        let ended: Vec<_> = gone.iter().filter(|g| live(&g.name)).collect();
        for some in ended.chunks(SEGMENTS_A_CHANGE) {
            let now = self.now();
            let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
            for segment in some {
                // A tombstone: which segment had how many rows, which have them now, and how many none has. No address.
                let told = serde_json::to_string(segment).map_err(AppError::internal)?;
                let blob = blob(&segment.digest, segment.bytes)?;
                let details = [("tombstone", told.as_str())];
                let record = recorder.blob_event(Kind::AccessesRemoved, blob, &details)?;
                let (name, at) = (segment.name.clone(), now);
                recorder.push(Op::History(HistoryOp::EndSegment { name, record, at }));
            }
            self.writer().commit(recorder.finish()).await?;
        }
        let names: Vec<String> = gone.into_iter().map(|g| g.name).collect();
        Ok(history.forget_gone(&names)?)
    }
}
