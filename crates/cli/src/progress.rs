//! Progress of long work on standard error, when a person watches, and how long something took.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Times a second that a bar is drawn.
const DRAWS_PER_S: u8 = 8;

/// A bar for work whose length is known; invisible where standard error is no terminal.
pub(crate) fn bar(total: u64, what: &'static str) -> ProgressBar {
    styled(
        Some(total),
        what,
        "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}",
    )
}

/// A bar over the bytes of a file, or a counter of them where their number is not known.
pub(crate) fn reading(bytes: Option<u64>, what: &'static str) -> ProgressBar {
    let template = match bytes {
        Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {eta}",
        None => "{msg} {spinner} {bytes} {elapsed}",
    };
    styled(bytes, what, template)
}

/// A bar over the bytes of a file whose rows are counted in its message.
pub(crate) fn importing(bytes: u64) -> ProgressBar {
    styled(
        Some(bytes),
        "importing",
        "{msg} {wide_bar} {bytes}/{total_bytes} {eta}",
    )
}

fn styled(total: Option<u64>, what: &'static str, template: &str) -> ProgressBar {
    let target = match crate::control::remote() {
        // The terminal is another's, and standard error is the service's log.
        Some(_) => ProgressDrawTarget::hidden(),
        None => ProgressDrawTarget::stderr_with_hz(DRAWS_PER_S),
    };
    let bar = ProgressBar::with_draw_target(total, target).with_message(what);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// How long something takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "it measures what a person waits for; nothing is judged or recorded by it"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
