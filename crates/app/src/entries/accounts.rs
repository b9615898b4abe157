//! The row of an account against what was recorded: its latest version, and its last assessment.

use bonafide_model::Timestamp;
use bonafide_store::AccountRow;
use serde::Deserialize;

use super::EntryAudit;
use crate::error::AppError;
use crate::sealed::Item;

/// The part of an assessment that stands in the row too.
#[derive(Deserialize)]
struct Outcome {
    decision: String,
    /// None in what version 0.1.0 recorded, which knew open and closed accounts only.
    #[serde(default)]
    standing: Option<String>,
    risk: String,
    #[serde(default)]
    review_at: Option<Timestamp>,
}

impl EntryAudit<'_> {
    pub(super) async fn account(&mut self, row: &AccountRow) -> Result<(), AppError> {
        self.report.accounts += 1;
        let id = row.account;
        let open = match self.app.open_account(self.tenant, id).await {
            Ok(open) => open,
            // Erased since it was listed.
            Err(AppError::NotFound { .. } | AppError::Gone(_)) => return Ok(()),
            Err(AppError::Internal(_)) => {
                // A party that cannot be read is named already; this is what else cannot be vouched for.
                self.report.wrong(format!(
                    "account `{id}`: the entries it rests on cannot be read"
                ));
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        let gone = self.gone(open.row.holder).await?;
        let Some(dossier) = open.dossier(None) else {
            if gone.classes.contains("identity") {
                return Ok(());
            }
            let text = format!("account `{id}`: no entry records that it was opened");
            self.report.wrong(text);
            return Ok(());
        };
        let (row, fact) = (&open.row, &dossier.account);
        let mut columns = vec![
            ("holder", row.holder == fact.holder),
            ("product", row.product == fact.product),
            ("created_at", row.created_at == fact.opened_at),
            ("closed_at", row.closed_at == fact.closed_at),
            ("last_access_at", row.last_access_at == fact.last_access_at),
        ];
        match open
            .assessments
            .last()
            .and_then(|(_, items)| outcome(items))
        {
            Some(last) => columns.extend([
                ("decision", row.decision == last.decision),
                (
                    "state",
                    is_state(&row.state, last.standing.as_deref(), row.closed_at),
                ),
                ("risk", row.risk == last.risk),
                ("review_at", row.review_at == last.review_at),
            ]),
            None if gone.classes.contains("decision") => {}
            None => {
                let text = format!("account `{id}`: no assessment of it is recorded");
                self.report.wrong(text);
            }
        }
        for (column, _) in columns.iter().filter(|(_, same)| !same) {
            self.report.wrong(format!(
                "account `{id}`: `{column}` of its row is not what was recorded last"
            ));
        }
        Ok(())
    }
}

fn is_state(state: &str, standing: Option<&str>, closed_at: Option<Timestamp>) -> bool {
    match (standing, closed_at) {
        (Some(standing), _) => state == standing,
        (None, Some(_)) => state == "closed",
        (None, None) => state == "open",
    }
}

fn outcome(items: &[Item]) -> Option<Outcome> {
    let item = items.iter().find(|i| i.name() == "assessment")?;
    serde_json::from_str(item.value.get()).ok()
}
