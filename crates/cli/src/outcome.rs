//! How a command ends, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use bonafide_app::AppError;

use crate::output::note;

/// Told below every help page and in `docs/cli.md`.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  done; the answer is yes
  1  the answer is no: not found, not valid, not allowed, or something wrong was found
  2  it could not be run: a mistake in the command line or a file, or a place that cannot be used";

/// What a command came to, when it could be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, or yes.
    Yes,
    /// No: something is missing, not valid, or wrong. The command has said what.
    No,
    /// What the service that ran the command said.
    Code(u8),
}

impl From<bool> for Answer {
    fn from(good: bool) -> Self {
        if good { Self::Yes } else { Self::No }
    }
}

/// A question whose answer is no, told as an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Negative(pub(crate) String);

/// Makes of what a use case refused an answer, which is no. A place that cannot be used is refused too, so that this is for
/// what was asked once the place was open.
pub(crate) fn as_answer(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(AppError::Refused(why)) => Negative(why.clone()).into(),
        _ => error,
    }
}

/// Says what went wrong, and which exit code that is.
pub(crate) fn exit_code(result: anyhow::Result<Answer>) -> ExitCode {
    ExitCode::from(code_of(result))
}

/// Says what went wrong, and which number that is.
pub(crate) fn code_of(result: anyhow::Result<Answer>) -> u8 {
    let error = match result {
        Ok(Answer::Yes) => return 0,
        Ok(Answer::No) => return 1,
        Ok(Answer::Code(code)) => return code,
        Err(error) => error,
    };
    if is_broken_pipe(&error) {
        return 0;
    }
    note(format_args!("error: {}", message(&error)));
    let no = error.is::<Negative>()
        || matches!(
            error.downcast_ref(),
            Some(AppError::NotFound { .. } | AppError::Gone(_) | AppError::Forbidden(_))
        );
    if no { 1 } else { 2 }
}

/// The error with its causes, on one line, with the internal text where there is one: whoever sits here owns the data.
fn message(error: &anyhow::Error) -> String {
    let mut text = format!("{error:#}");
    let detail = error
        .chain()
        .find_map(|e| e.downcast_ref::<AppError>()?.detail());
    if let Some(detail) = detail.filter(|d| !text.contains(*d)) {
        text = format!("{text}: {detail}");
    }
    text.replace(['\r', '\n'], " ")
}

/// Whether whoever read our output went away, such as `head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| {
        e.downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    })
}
