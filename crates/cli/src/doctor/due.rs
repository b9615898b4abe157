//! What should have been done by now: cases past their clock, work that was given up, other systems that hear nothing.

use bonafide_app::JobState;
use bonafide_model::CaseKind;

use super::Findings;
use crate::session::Session;

/// Seconds for which an event may wait for its endpoint before that is a failure: retries of the first hour are those of a
/// restart.
const WEBHOOK_LATE_SECONDS: i64 = 3600;

pub(super) async fn look(session: &Session, findings: &mut Findings) {
    cases(session, findings).await;
    jobs(session, findings).await;
    webhooks(session, findings).await;
}

async fn cases(session: &Session, findings: &mut Findings) {
    let counts = match session.app.case_counts(&session.actor).await {
        Ok(counts) => counts,
        Err(error) => {
            return findings.wrong("cases", error.to_string(), "run `bonafide ledger verify`");
        }
    };
    let (mut all, mut late) = (0, 0);
    for kind in CaseKind::ALL {
        let pending = || {
            let of_kind = counts.iter().filter(|c| c.kind == *kind);
            of_kind.filter(|c| c.state.is_pending())
        };
        all += pending().map(|c| c.cases).sum::<u64>();
        let overdue: u64 = pending().filter(|c| c.late).map(|c| c.cases).sum();
        if overdue > 0 {
            late += overdue;
            let text = format!("{overdue} of kind `{kind}` are past their clock");
            let mend = format!(
                "decide them: `bonafide case list --kind {kind} --state open` and `--state proposed`; a clock that was wrong is moved \
                 with `bonafide case clock`"
            );
            findings.wrong("cases", text, mend);
        }
    }
    if late == 0 {
        findings.good("cases", format!("{all} wait, and none is past its clock"));
    }
}

async fn jobs(session: &Session, findings: &mut Findings) {
    let counts = match session.app.job_counts().await {
        Ok(counts) => counts,
        Err(error) => {
            return findings.wrong("work", error.to_string(), "run `bonafide ledger verify`");
        }
    };
    let mine = counts
        .iter()
        .filter(|count| count.tenant == session.tenant.name);
    let dead: Vec<_> = mine.filter(|count| count.state == JobState::Dead).collect();
    for count in &dead {
        let text = format!(
            "{} jobs of kind `{}` were given up after too many attempts",
            count.jobs, count.kind
        );
        let mend = "see why with `bonafide job list --state dead`, mend that, then `bonafide job retry ID` or `bonafide job discard ID`";
        findings.wrong("work", text, mend);
    }
    if dead.is_empty() {
        findings.good("work", "nothing was given up");
    }
}

async fn webhooks(session: &Session, findings: &mut Findings) {
    let counts = match session.app.delivery_counts().await {
        Ok(counts) => counts,
        Err(error) => {
            return findings.wrong(
                "webhooks",
                error.to_string(),
                "run `bonafide ledger verify`",
            );
        }
    };
    let now = session.app.now().as_millis();
    let mine = counts
        .iter()
        .filter(|count| count.tenant == session.tenant.name);
    for count in mine {
        let id = &count.endpoint;
        let oldest = count.oldest.map_or(0, |at| (now - at.as_millis()) / 1000);
        if count.dead > 0 {
            let text = format!("{} deliveries to `{id}` were given up", count.dead);
            let mend = format!(
                "see why with `bonafide webhook deliveries {id}`, then `bonafide webhook replay {id} --dead`"
            );
            findings.wrong("webhooks", text, mend);
        }
        if count.disabled {
            let mend = format!(
                "mend the other system, try it with `bonafide webhook test {id}`, then `bonafide webhook enable {id}`"
            );
            findings.note(
                "webhooks",
                format!("`{id}` is disabled: it is told of nothing"),
                mend,
            );
        } else if oldest > WEBHOOK_LATE_SECONDS {
            let text = format!(
                "`{id}` has not heard of something for {} minutes",
                oldest / 60
            );
            let mend = format!(
                "see the answers of the other system with `bonafide webhook deliveries {id}`, and try `bonafide webhook test {id}`"
            );
            findings.wrong("webhooks", text, mend);
        } else if count.dead == 0 {
            findings.good("webhooks", format!("`{id}` is told in time"));
        }
    }
}
