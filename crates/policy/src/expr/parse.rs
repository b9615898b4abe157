//! Parsing CEL text, by `cel`'s parser on a stack of its own, within bounds.

use cel::common::ast::{IdedExpr, SourceInfo};
use cel::parser::Parser;

use super::{DEPTH_MAX, SOURCE_MAX};

/// Stack of the parser: it takes some 64 KiB for each of [`DEPTH_MAX`] levels of brackets and some 8 KiB for each link of
/// a chain as long as [`SOURCE_MAX`] allows, unoptimised.
const STACK_BYTES: usize = 32 << 20;

/// Characters of the parser's own message.
const SAID_MAX: usize = 200;

/// What a condition may be written with, for messages.
pub(super) const ALLOWED: &str = "allowed are literals, lists, `sets.NAME`, comparisons, `in`, `&& || !`, `has(x)`, `x.exists(v, …)`, `x.all(v, …)`, `age(x)` compared with `duration(\"P1Y\")` and `expired(subject.evidence)`";

/// A condition that cannot be used, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExprError {
    /// Lines before the spot, within the condition.
    pub(crate) lines_before: usize,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// A condition as parsed.
pub(crate) struct Parsed {
    pub(super) expr: IdedExpr,
    pub(super) info: SourceInfo,
}

/// Parses a condition without looking at its names.
pub(crate) fn parse(source: &str) -> Result<Parsed, ExprError> {
    let error = |lines_before: usize, message: String| ExprError {
        lines_before,
        message,
        help: ALLOWED.to_owned(),
    };
    let length = source.chars().count();
    if length > SOURCE_MAX {
        let message = format!("a condition of {length} characters, at most {SOURCE_MAX}");
        return Err(error(0, message));
    }
    match parse_apart(source) {
        Some(Ok((expr, info))) => Ok(Parsed { expr, info }),
        Some(Err((line, said))) => Err(error(line - 1, format!("not a condition: {said}"))),
        None => Err(error(0, "not a condition that can be parsed".to_owned())),
    }
}

/// What the parser says: the expression, or the line from one and what is wrong there.
type Said = Result<(IdedExpr, SourceInfo), (usize, String)>;

/// Runs the parser, which recurses, on a stack of its own; nothing if it fails there.
fn parse_apart(source: &str) -> Option<Said> {
    let run = || {
        let parser = Parser::new().max_recursion_depth(DEPTH_MAX);
        parser.parse_with_source_info(source).map_err(|errors| {
            let first = errors.errors.first();
            let line = first.map_or(1, |e| usize::try_from(e.pos.0).unwrap_or(1).max(1));
            let said = first.map_or("it does not parse", |e| e.msg.as_str());
            let said = said.chars().filter(|c| !c.is_control()).take(SAID_MAX);
            (line, said.collect())
        })
    };
    std::thread::scope(|scope| {
        let apart = std::thread::Builder::new().stack_size(STACK_BYTES);
        apart.spawn_scoped(scope, run).ok()?.join().ok()
    })
}
