//! From CEL text to a lowered condition: types checked, names resolved, everything outside the subset refused.

mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_model::{Date, Registry, Span};
use cel::common::ast::operators as op;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo,
};

pub(crate) use names::is_field;

use super::node::{List, Node, Op, Term, Who};
use super::parse::{ALLOWED, ExprError, Parsed, parse};
use super::{DEPTH_MAX, LIST_MAX, NESTING_MAX, NODES_MAX};

/// What the names in a condition mean.
pub(crate) struct Scope<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) sets: &'a BTreeMap<Arc<str>, Vec<Arc<str>>>,
    pub(crate) predicates: &'a BTreeMap<Arc<str>, Parsed>,
    /// Whether the pack says how status is derived.
    pub(crate) has_status: bool,
    /// Whether the pack says who is a beneficial owner.
    pub(crate) has_owners: bool,
    /// Whether there is an account and a customer: in packs, not in methods.
    pub(crate) of_pack: bool,
}

/// Parses and lowers a condition.
pub(super) fn lower(source: &str, scope: &Scope<'_>) -> Result<Node, ExprError> {
    let parsed = parse(source)?;
    let mut lower = Lower {
        scope,
        info: &parsed.info,
        vars: Vec::new(),
        subject: Who::Subject,
        within: Vec::new(),
        nodes: 0,
    };
    lower.condition(&parsed.expr)
}

/// What a quantifier binds a name to.
#[derive(Clone, Copy)]
enum Var {
    Text(usize),
    Party(usize),
}

/// The type of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Boolean,
    Date,
}

impl Type {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Boolean => "yes or no",
            Self::Date => "a date",
        }
    }
}

struct Lower<'a> {
    scope: &'a Scope<'a>,
    info: &'a SourceInfo,
    vars: Vec<(String, Var)>,
    /// Whom `subject` means here: inside a predicate, whoever it is asked of.
    subject: Who,
    /// The predicates being lowered.
    within: Vec<Arc<str>>,
    nodes: usize,
}

type Lowered<T> = Result<T, ExprError>;

impl Lower<'_> {
    fn refuse<T>(
        &self,
        at: &IdedExpr,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Lowered<T> {
        let offset = self
            .info
            .offset_for(at.id)
            .map_or(0, |(start, _)| start as usize);
        let before = self.info.source.chars().take(offset);
        Err(ExprError {
            lines_before: before.filter(|c| *c == '\n').count(),
            message: message.into(),
            help: help.into(),
        })
    }

    fn count(&mut self, at: &IdedExpr) -> Lowered<()> {
        self.nodes += 1;
        if self.nodes <= NODES_MAX {
            return Ok(());
        }
        let message =
            format!("the condition has more than {NODES_MAX} parts, its predicates included");
        self.refuse(at, message, "split it, or name fewer predicates")
    }

    /// An expression that must be a condition.
    fn condition(&mut self, at: &IdedExpr) -> Lowered<Node> {
        self.count(at)?;
        match &at.expr {
            Expr::Literal(LiteralValue::Boolean(b)) => Ok(Node::Const(*b.inner())),
            Expr::Call(call) => self.call(at, call),
            Expr::Comprehension(comprehension) => self.quantifier(at, comprehension),
            Expr::Select(select) if select.test => self.has(at, select),
            Expr::Select(select) => {
                if let Some(node) = self.predicate(at, select)? {
                    return Ok(node);
                }
                self.holds(at)
            }
            Expr::Ident(_) => self.holds(at),
            _ => self.refuse(at, "this is not a condition", ALLOWED),
        }
    }

    fn holds(&mut self, at: &IdedExpr) -> Lowered<Node> {
        match self.term(at)? {
            (term, Type::Boolean) => Ok(Node::Holds(term)),
            (_, other) => {
                let message = format!("this is {}, not a condition", other.words());
                self.refuse(
                    at,
                    message,
                    "compare it with something, as `subject.kind == \"person\"`",
                )
            }
        }
    }

    fn call(&mut self, at: &IdedExpr, call: &CallExpr) -> Lowered<Node> {
        let args = call.args.as_slice();
        match (call.func_name.as_str(), &call.target, args) {
            (op::LOGICAL_AND, None, _) => Ok(Node::And(self.each(args)?)),
            (op::LOGICAL_OR, None, _) => Ok(Node::Or(self.each(args)?)),
            (op::LOGICAL_NOT, None, [inner]) => Ok(Node::Not(Box::new(self.condition(inner)?))),
            (op::IN, None, [item, list]) => self.within(item, list),
            ("expired", None, [evidence]) => self.expired(evidence),
            (name, None, [left, right]) => match comparison(name) {
                Some(comparison) => self.compare(at, comparison, left, right),
                None => self.refuse_call(at, name),
            },
            (name, _, _) => self.refuse_call(at, name),
        }
    }

    fn refuse_call<T>(&self, at: &IdedExpr, name: &str) -> Lowered<T> {
        let name: String = name
            .chars()
            .filter(|c| !matches!(c, '_' | '@'))
            .take(32)
            .collect();
        self.refuse(at, format!("`{name}` cannot be used here"), ALLOWED)
    }

    fn each(&mut self, args: &[IdedExpr]) -> Lowered<Vec<Node>> {
        args.iter().map(|a| self.condition(a)).collect()
    }

    fn compare(
        &mut self,
        at: &IdedExpr,
        op: Op,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Lowered<Node> {
        self.count(at)?;
        if let Some(moment) = age_of(left) {
            return self.age(at, moment, op, right);
        }
        if let Some(moment) = age_of(right) {
            return self.age(at, moment, op.mirrored(), left);
        }
        let (left, mut left_type) = self.term(left)?;
        let (right, mut right_type) = self.term(right)?;
        let (left, right) = match (left_type, right_type) {
            (Type::Date, Type::Text) => {
                right_type = Type::Date;
                (left, self.date(at, right)?)
            }
            (Type::Text, Type::Date) => {
                left_type = Type::Date;
                (self.date(at, left)?, right)
            }
            _ => (left, right),
        };
        if left_type != right_type {
            let message = format!(
                "{} is compared with {}",
                left_type.words(),
                right_type.words()
            );
            return self.refuse(at, message, "compare values of one kind");
        }
        let ordered = !matches!(op, Op::Equal | Op::NotEqual);
        if ordered && matches!(left_type, Type::Text | Type::Boolean) {
            let message = format!("{} has no order", left_type.words());
            return self.refuse(at, message, "use `==`, `!=` or `in`");
        }
        Ok(Node::Compare(op, left, right))
    }

    fn date(&self, at: &IdedExpr, term: Term) -> Lowered<Term> {
        let text = if let Term::Text(text) = &term {
            &**text
        } else {
            ""
        };
        match text.parse::<Date>() {
            Ok(date) => Ok(Term::Date(date)),
            Err(_) => self.refuse(
                at,
                "a date is compared with something that is no date",
                "write the date as text, as `\"1984-02-29\"`",
            ),
        }
    }

    fn age(&mut self, at: &IdedExpr, of: &IdedExpr, op: Op, span: &IdedExpr) -> Lowered<Node> {
        let Some(text) = duration_of(span) else {
            let help = "write `age(x) > duration(\"P1Y\")`";
            return self.refuse(
                at,
                "an age is compared with something that is no duration",
                help,
            );
        };
        let span: Span = match text.parse() {
            Ok(span) => span,
            Err(e) => return self.refuse(at, e.to_string(), "write `duration(\"P1Y\")`"),
        };
        if matches!(op, Op::Equal | Op::NotEqual) {
            return self.refuse(
                at,
                "an age is never quite equal",
                "use `<`, `<=`, `>` or `>=`",
            );
        }
        let moment = self.moment(of)?;
        Ok(Node::Age(moment, op, span))
    }

    fn expired(&mut self, at: &IdedExpr) -> Lowered<Node> {
        if let Expr::Select(select) = &at.expr
            && select.field == "evidence"
            && !select.test
            && let Some(who) = self.party(&select.operand)?
        {
            return Ok(Node::Expired(who));
        }
        self.refuse(
            at,
            "only evidence can be expired",
            "write `expired(subject.evidence)`",
        )
    }

    fn within(&mut self, item: &IdedExpr, list: &IdedExpr) -> Lowered<Node> {
        let (term, kind) = self.term(item)?;
        if kind != Type::Text {
            let message = format!("{} is looked for in a list of texts", kind.words());
            return self.refuse(
                item,
                message,
                "lists hold texts: compare it with `==` instead",
            );
        }
        let list_at = list;
        let list = self.list(list)?;
        if list == List::Owners {
            return self.refuse(
                list_at,
                "`owners` holds parties, not texts",
                "write `owners.exists(o, …)`",
            );
        }
        Ok(Node::In(term, list))
    }

    fn quantifier(&mut self, at: &IdedExpr, c: &ComprehensionExpr) -> Lowered<Node> {
        let (all, body) = match (&c.accu_init.expr, &c.loop_step.expr) {
            (Expr::Literal(LiteralValue::Boolean(start)), Expr::Call(step)) => {
                let all = *start.inner();
                let joined = step.func_name == if all { op::LOGICAL_AND } else { op::LOGICAL_OR };
                match step.args.as_slice() {
                    [_, body] if joined && c.iter_var2.is_none() => (all, body),
                    _ => return self.refuse(at, "this macro cannot be used here", ALLOWED),
                }
            }
            _ => {
                return self.refuse(
                    at,
                    "of the macros only `exists` and `all` can be used",
                    ALLOWED,
                );
            }
        };
        let slot = self.vars.len();
        if slot >= NESTING_MAX {
            let message = format!("more than {NESTING_MAX} `exists` or `all` within each other");
            return self.refuse(at, message, "name the inner part as a predicate of its own");
        }
        let list = self.list(&c.iter_range)?;
        let var = if list == List::Owners {
            Var::Party(slot)
        } else {
            Var::Text(slot)
        };
        self.vars.push((c.iter_var.clone(), var));
        let body = self.condition(body);
        self.vars.pop();
        Ok(Node::Quantified {
            all,
            list,
            slot,
            body: Box::new(body?),
        })
    }

    fn literal_list(&mut self, at: &IdedExpr, elements: &[IdedExpr]) -> Lowered<List> {
        if elements.len() > LIST_MAX {
            let message = format!("a list of {} members, at most {LIST_MAX}", elements.len());
            return self.refuse(at, message, "shorten it");
        }
        let mut texts: Vec<Arc<str>> = Vec::with_capacity(elements.len());
        for element in elements {
            match &element.expr {
                Expr::Literal(LiteralValue::String(text)) => texts.push(text.inner().into()),
                _ => return self.refuse(element, "a list holds texts", "write `[\"a\", \"b\"]`"),
            }
        }
        Ok(List::Texts(texts.into()))
    }

    /// A predicate asked of a party stands in place, with `subject` meaning that party.
    fn predicate(&mut self, at: &IdedExpr, select: &SelectExpr) -> Lowered<Option<Node>> {
        let Some((name, parsed)) = self.scope.predicates.get_key_value(select.field.as_str())
        else {
            return Ok(None);
        };
        let Some(who) = self.party(&select.operand)? else {
            return Ok(None);
        };
        if self.within.contains(name) {
            let message = format!("predicate `{name}` rests on itself");
            return self.refuse(at, message, "take the circle out");
        }
        if self.within.len() >= usize::from(DEPTH_MAX) {
            let message = format!("more than {DEPTH_MAX} predicates within each other");
            return self.refuse(at, message, "write fewer levels");
        }
        let mut inner = Lower {
            scope: self.scope,
            info: &parsed.info,
            // Names bound outside mean nothing inside; their places stay taken.
            vars: self
                .vars
                .iter()
                .map(|(_, var)| (String::new(), *var))
                .collect(),
            subject: who,
            within: self.within.iter().chain([name]).cloned().collect(),
            nodes: self.nodes,
        };
        let node = inner.condition(&parsed.expr);
        self.nodes = inner.nodes;
        match node {
            Ok(node) => Ok(Some(node)),
            Err(e) => self.refuse(at, format!("in predicate `{name}`: {}", e.message), e.help),
        }
    }
}

fn comparison(name: &str) -> Option<Op> {
    Some(match name {
        op::EQUALS => Op::Equal,
        op::NOT_EQUALS => Op::NotEqual,
        op::LESS => Op::Less,
        op::LESS_EQUALS => Op::AtMost,
        op::GREATER => Op::More,
        op::GREATER_EQUALS => Op::AtLeast,
        _ => return None,
    })
}

impl Op {
    /// The same comparison with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }
}

/// What stands in `age(…)`.
fn age_of(at: &IdedExpr) -> Option<&IdedExpr> {
    match &at.expr {
        Expr::Call(call) if call.func_name == "age" && call.target.is_none() => {
            match call.args.as_slice() {
                [of] => Some(of),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The text in `duration("…")`.
fn duration_of(at: &IdedExpr) -> Option<&str> {
    match &at.expr {
        Expr::Call(call) if call.func_name == "duration" && call.target.is_none() => {
            match call.args.as_slice() {
                [
                    IdedExpr {
                        expr: Expr::Literal(LiteralValue::String(text)),
                        ..
                    },
                ] => Some(text.inner()),
                _ => None,
            }
        }
        _ => None,
    }
}
