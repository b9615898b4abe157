//! The text of a file being read, and errors that name spots in it.

use std::ops::Range;

use bonafide_model::registry::nearest;

/// A pack, catalogue or profile that cannot be used: where, why, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}; {help}")]
pub struct PackError {
    /// The file as it was named.
    pub file: String,
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// The text being read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// Line and column of a byte offset.
    pub(crate) fn spot(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }

    pub(crate) fn error(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> PackError {
        let (line, column) = self.spot(span.start);
        PackError {
            file: self.file.to_owned(),
            line,
            column,
            message: message.into(),
            help: help.into(),
        }
    }

    /// What the TOML reader or the schema refuses; an unknown key or word is answered with the nearest.
    pub(crate) fn syntax(&self, error: &toml::de::Error) -> PackError {
        let message = error.message().trim().replace('\n', ": ");
        let mut quoted = message.split('`').skip(1).step_by(2);
        let near = quoted.next().and_then(|wrong| nearest(wrong, quoted));
        let help = match near {
            Some(near) if message.starts_with("unknown") => format!("did you mean `{near}`?"),
            _ => "compare with a shipped file for the keys and their types".to_owned(),
        };
        self.error(error.span().unwrap_or(0..0), message, help)
    }
}

/// Input fit for a message: shortened, on one line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
