//! Operations on work that is to be done later.

use bonafide_model::{JobId, Timestamp};

use crate::rows::JobRow;

/// One operation on jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkOp {
    /// Inserts a job; one with a timer's name takes the place of the job of that name that waits.
    Put(JobRow),
    /// Inserts a job with a timer's name; does nothing when one of that name waits or runs.
    PutAbsent(JobRow),
    /// Removes the job of a timer's name that waits; does nothing when there is none.
    Cancel {
        /// The timer's name.
        timer: String,
    },
    /// Lets a job that was given up be tried again.
    Retry {
        /// Which.
        job: JobId,
        /// Not before this instant.
        at: Timestamp,
    },
    /// Removes a job that was given up.
    Discard {
        /// Which.
        job: JobId,
    },
}
