//! What is kept too long, and terms that contradict each other: later presence is a defect, a contradiction is told.

use super::{Findings, SAMPLED_PARTIES};
use crate::session::Session;

/// Findings told one by one; one pass mends them all.
const TOLD: usize = 5;

pub(super) async fn look(session: &Session, findings: &mut Findings) {
    let mend =
        "run `bonafide party expire`, and see by `bonafide job list` why the daily pass did not";
    let report = session.app.kept_too_long(&session.actor, SAMPLED_PARTIES);
    let report = match report.await {
        Ok(report) => report,
        Err(error) => return findings.wrong("keeping", error.to_string(), mend),
    };
    if report.overdue > 0 {
        let text = format!(
            "records of {} parties should have been looked at two days ago or more",
            report.overdue
        );
        findings.wrong("keeping", text, mend);
    }
    for (party, class, since) in report.late.iter().take(TOLD) {
        let text = format!("`{class}` of `{party}` should be gone since {since}");
        findings.wrong("keeping", text, mend);
    }
    if let Some(more) = report.late.len().checked_sub(TOLD).filter(|n| *n > 0) {
        findings.wrong("keeping", format!("{more} more are kept too long"), mend);
    }
    for conflict in report.conflicts {
        let mend =
            "both are kept to as far as both can be: ask counsel which of the packs gives way";
        findings.note("keeping", format!("terms contradict: {conflict}"), mend);
    }
    if report.overdue == 0 && report.late.is_empty() {
        let text = format!("nothing of {} parties is kept too long", report.parties);
        findings.good("keeping", text);
    }
}
