//! Rows of work that is to be done later.

use bonafide_model::{JobId, PartyId, Timestamp};

/// Where a job stands. One that was done has no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    /// It waits for its time, for its lane, or for somebody to take it.
    Waiting,
    /// A process does it and renews its lease.
    Running,
    /// It was given up after too many attempts; nothing happens until it is retried or discarded.
    Dead,
}

impl JobState {
    /// The word in the table, on the command line and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Dead => "dead",
        }
    }
}

impl std::fmt::Display for JobState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for JobState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Waiting, Self::Running, Self::Dead]
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| {
                let text: String = text.chars().take(32).collect();
                format!("`{text}` is not a state of a job: use `waiting`, `running` or `dead`")
            })
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its id; jobs of one lane are done in the order of their ids.
    pub job: JobId,
    /// What kind of task it is.
    pub kind: String,
    /// The task, as the use cases write it: ids and states only.
    pub task: String,
    /// Its name, if at most one of that name may wait.
    pub timer: Option<String>,
    /// The lane, if it must wait for earlier jobs of it.
    pub lane: Option<String>,
    /// Whom it is about; it goes with their erasure.
    pub party: Option<PartyId>,
    /// Where it stands.
    pub state: JobState,
    /// Not before this instant.
    pub run_at: Timestamp,
    /// How often it was begun.
    pub attempts: i64,
    /// Until when the process that does it has it.
    pub leased_until: Option<Timestamp>,
    /// The process that does it.
    pub leased_by: Option<String>,
    /// Why the last attempt failed: a code, never a text that may hold personal data.
    pub error: Option<String>,
    /// When it was put.
    pub created_at: Timestamp,
}

/// A job that a process took, of any tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Whose it is.
    pub tenant: String,
    /// The job as it stands now: running, leased, this attempt counted.
    pub job: JobRow,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledJob {
    /// Whose it is.
    pub tenant: String,
    /// Which.
    pub job: JobId,
    /// What happens to it.
    pub settlement: Settlement,
}

/// What happens to a job after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is done, and its row goes.
    Done,
    /// It is tried again.
    Again {
        /// Not before this instant.
        at: Timestamp,
        /// Why the attempt failed.
        error: String,
    },
    /// It waits for another time without having failed; the attempt does not count.
    Later {
        /// Not before this instant.
        at: Timestamp,
    },
    /// It is given up.
    Dead {
        /// Why the last attempt failed.
        error: String,
    },
}

/// How many jobs of a kind stand where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// Whose.
    pub tenant: String,
    /// Kind of task.
    pub kind: String,
    /// State.
    pub state: JobState,
    /// How many.
    pub jobs: u64,
    /// The earliest time at which one of them is or was due.
    pub earliest: Timestamp,
}
