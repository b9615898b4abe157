//! The closed list of tasks.

use crate::mail::LetterKind;
use bonafide_model::{AccountId, CaseId, EndpointId, RecordId};
use serde::{Deserialize, Serialize};

/// What is to be done. Written into the job as JSON: a field may be added with a default, never renamed or removed while
/// jobs of earlier versions can wait in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Judge an account again, because time alone can have changed what is said of it.
    Judge {
        /// Which.
        account: AccountId,
    },
    /// Send a letter to the holder of an account.
    SendLetter {
        /// Which account.
        account: AccountId,
        /// Which letter.
        letter: LetterKind,
    },
    /// Forget the answers that were remembered for idempotency keys and are too old.
    ForgetAnswers,
    /// Release holds that expired, and destroy what may be kept no longer.
    Expire,
    /// Mark a case whose clock has run out.
    CaseOverdue {
        /// Which.
        case: CaseId,
    },
    /// Tell another system what it has not been told.
    DeliverWebhooks {
        /// Which.
        endpoint: EndpointId,
    },
    /// Remove events that are too old, with what is known of their deliveries.
    PruneEvents,
    /// Seal accesses into segments, record these, join slots to accounts that have appeared.
    KeepHistory,
    /// Bring a list to what its authority publishes.
    SyncList {
        /// Which.
        list: String,
    },
    /// Match an update of a list with every party.
    Rescreen {
        /// The record of the list's activation.
        record: RecordId,
    },
}

impl Task {
    /// The word in the table, in metrics and on the command line.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Judge { .. } => "judge",
            Self::SendLetter { .. } => "send_letter",
            Self::ForgetAnswers => "forget_answers",
            Self::Expire => "expire",
            Self::CaseOverdue { .. } => "case_overdue",
            Self::DeliverWebhooks { .. } => "deliver_webhooks",
            Self::PruneEvents => "prune_events",
            Self::KeepHistory => "keep_history",
            Self::SyncList { .. } => "sync_list",
            Self::Rescreen { .. } => "rescreen",
        }
    }

    /// Attempts before it is given up.
    #[must_use]
    pub fn attempts_max(&self) -> i64 {
        match self {
            // Two hours and a half with the waits between them: nothing but storage or keys can make it fail.
            // Two days and a half: mail servers are mended over a weekend.
            Self::SendLetter { .. } => 70,
            Self::Judge { .. } | Self::CaseOverdue { .. } => 12,
            // It comes again within the hour.
            Self::ForgetAnswers | Self::PruneEvents | Self::KeepHistory => 3,
            // It comes again the next day, and goes on where it stopped.
            Self::Expire => 8,
            // What cannot be delivered is no failure of the job, and one that is given up is put again by whoever looks
            // for endpoints with something to do.
            Self::DeliverWebhooks { .. } => 12,
            // Three hours with the waits between them: publishers are away for that long at night. It comes again anyway.
            Self::SyncList { .. } => 12,
            // It goes on where it stopped; what makes it fail is storage or keys, for hours at most.
            Self::Rescreen { .. } => 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_written_as_its_kind_and_reads_back() {
        let task = Task::Judge {
            account: AccountId::from_bits(7),
        };
        let text = serde_json::to_string(&task).unwrap();
        assert!(
            text.contains(&format!("\"task\":\"{}\"", task.kind())),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Task>(&text).unwrap(), task);
    }
}
