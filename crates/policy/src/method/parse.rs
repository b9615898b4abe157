//! Reading a methods file: the schema, and every refusal with its spot and how to mend it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use bonafide_model::registry::{Sensitivity, nearest};
use bonafide_model::{Assurance, Registry, Strength};
use serde::Deserialize;
use toml::Spanned;

use crate::expr::{Condition, Scope};

use super::dropoff::{MICRO_NATS, WHOLE_BP, micro_nats};
use super::{ASK, Applies, COST_MAX, METHODS_MAX, Method, MethodSet, Sets, Weights};

/// Characters that an id, a title or a condition may have, each generous for what a person writes.
const TEXT_MAX: usize = 2000;

/// A methods file that cannot be used: where, why, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}; {help}")]
pub struct MethodError {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    weights: RawWeights,
    ask: RawAsk,
    #[serde(default)]
    method: Vec<Spanned<RawMethod>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWeights {
    sensitivity: RawSensitivity,
    per_money_minor: Spanned<u32>,
    per_minute: Spanned<u32>,
    per_dropoff_nat: Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSensitivity {
    public: Spanned<u32>,
    ordinary: Spanned<u32>,
    contact: Spanned<u32>,
    sensitive: Spanned<u32>,
    special: Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAsk {
    seconds: Spanned<u32>,
    #[serde(default)]
    except: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMethod {
    id: Spanned<String>,
    title: Spanned<String>,
    applies: Option<Spanned<String>>,
    shows: Spanned<Vec<RawShow>>,
    #[serde(default)]
    collects: Vec<Spanned<String>>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    #[serde(default)]
    evidence: Vec<Spanned<String>>,
    strength: Option<Strength>,
    #[serde(default)]
    money_minor: u32,
    #[serde(default)]
    minutes: u32,
    dropoff_bp: Option<Spanned<u32>>,
    #[serde(default)]
    automatic: bool,
    #[serde(default)]
    selective: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShow {
    attribute: Spanned<String>,
    assurance: Assurance,
}

/// The text being read, for naming spots in it.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
    registry: &'a Registry,
}

pub(super) fn parse(file: &str, text: &str, registry: &Registry) -> Result<MethodSet, MethodError> {
    let source = Source {
        file,
        text,
        registry,
    };
    let raw: File = toml::from_str(text).map_err(|e| source.syntax(&e))?;
    let weights = source.weights(&raw.weights, &raw.ask)?;
    let unaskable = source.positions(&raw.ask.except)?;
    let unaskable = bits(&unaskable);
    let mut ids = BTreeMap::new();
    let mut methods = Vec::new();
    for method in &raw.method {
        let id = &method.get_ref().id;
        if let Some(earlier) = ids.insert(id.get_ref().as_str(), source.spot(id.span()).0) {
            let message = format!("`{}` stands on line {earlier} already", shown(id.get_ref()));
            return Err(source.error(id.span(), message, "give it an id of its own"));
        }
        if methods.len() == METHODS_MAX {
            let message = format!("more than {METHODS_MAX} methods");
            return Err(source.error(
                method.span(),
                message,
                "leave out those that you do not offer",
            ));
        }
        methods.push(source.method(method.get_ref(), &weights, unaskable)?);
    }
    Ok(MethodSet::new(methods, weights, unaskable, registry))
}

impl Source<'_> {
    /// Line and column of a span's beginning.
    fn spot(&self, span: Range<usize>) -> (usize, usize) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }

    fn error(&self, span: Range<usize>, message: String, help: impl Into<String>) -> MethodError {
        let (line, column) = self.spot(span);
        MethodError {
            file: self.file.to_owned(),
            line,
            column,
            message,
            help: help.into(),
        }
    }

    /// What the TOML reader or the schema refuses; an unknown key is answered with the nearest.
    fn syntax(&self, error: &toml::de::Error) -> MethodError {
        let message = error.message().trim().replace('\n', ": ");
        let mut quoted = message.split('`').skip(1).step_by(2);
        let near = quoted.next().and_then(|wrong| nearest(wrong, quoted));
        let help = match near {
            Some(near) if message.starts_with("unknown") => format!("did you mean `{near}`?"),
            _ => "see the shipped `builtin.toml` for the keys and their types".to_owned(),
        };
        self.error(error.span().unwrap_or(0..0), message, help)
    }

    fn weights(&self, raw: &RawWeights, ask: &RawAsk) -> Result<Weights, MethodError> {
        let s = &raw.sensitivity;
        let sensitivity = [&s.public, &s.ordinary, &s.contact, &s.sensitive, &s.special];
        let weights = Weights {
            sensitivity: sensitivity.map(|w| u64::from(*w.get_ref())),
            per_money_minor: u64::from(*raw.per_money_minor.get_ref()),
            per_minute: u64::from(*raw.per_minute.get_ref()),
            per_dropoff_nat: u64::from(*raw.per_dropoff_nat.get_ref()),
            field_seconds: u64::from(*ask.seconds.get_ref()),
        };
        let all = [
            Sensitivity::Public,
            Sensitivity::Ordinary,
            Sensitivity::Contact,
            Sensitivity::Sensitive,
            Sensitivity::Special,
        ];
        for (level, spot) in all.into_iter().zip(sensitivity) {
            if weights.field(level) > COST_MAX {
                let message = format!("a field would cost {} points", weights.field(level));
                let help = format!("weights and `ask.seconds` must keep it to {COST_MAX}");
                return Err(self.error(spot.span(), message, help));
            }
        }
        Ok(weights)
    }

    /// The positions of attributes, each named once.
    fn positions(&self, names: &[Spanned<String>]) -> Result<Vec<usize>, MethodError> {
        let mut positions = Vec::with_capacity(names.len());
        for name in names {
            let position = self.position(name)?;
            if positions.contains(&position) {
                let message = format!("`{}` stands twice", name.get_ref());
                return Err(self.error(name.span(), message, "name it once"));
            }
            positions.push(position);
        }
        Ok(positions)
    }

    fn position(&self, name: &Spanned<String>) -> Result<usize, MethodError> {
        let position = self.registry.position(name.get_ref());
        position.ok_or_else(|| {
            let help = "methods use only the names of the attribute registry";
            self.error(name.span(), self.registry.unknown(name.get_ref()), help)
        })
    }

    fn method(
        &self,
        raw: &RawMethod,
        weights: &Weights,
        unaskable: u128,
    ) -> Result<Method, MethodError> {
        self.check_id(&raw.id)?;
        self.check_text(&raw.title)?;
        for kind in &raw.evidence {
            self.check_text(kind)?;
        }
        if let Some(applies) = &raw.applies {
            self.check_text(applies)?;
        }
        let collects = self.positions(&raw.collects)?;
        let needs = self.needs(&raw.needs, &collects, unaskable)?;
        let shows = self.shows(&raw.shows)?;
        let no_dropoff = Spanned::new(raw.id.span(), 0);
        let dropoff_bp = raw.dropoff_bp.as_ref().unwrap_or(&no_dropoff);
        let Some(lost) = micro_nats(*dropoff_bp.get_ref()) else {
            let message = format!(
                "a drop-off of {} basis points leaves nobody",
                dropoff_bp.get_ref()
            );
            return Err(self.error(dropoff_bp.span(), message, "write 0 to 9999"));
        };
        let cost = weights.method(raw.money_minor, raw.minutes, lost);
        let cost = cost.filter(|c| *c <= COST_MAX).ok_or_else(|| {
            let message = format!(
                "`{}` would cost more than {COST_MAX} points",
                raw.id.get_ref()
            );
            self.error(
                raw.id.span(),
                message,
                "lower its money, its minutes or the weights",
            )
        })?;
        let mut sets = Sets {
            shows: [0; 3],
            fields: bits(&collects) | bits(&needs),
        };
        let levels = [
            Assurance::Asserted,
            Assurance::Validated,
            Assurance::Verified,
        ];
        for (set, level) in sets.shows.iter_mut().zip(levels) {
            let reached = shows.iter().filter(|(_, assurance)| *assurance >= level);
            *set = reached.fold(0, |set, (position, _)| set | (1 << position));
        }
        Ok(Method {
            id: raw.id.get_ref().as_str().into(),
            title: raw.title.get_ref().as_str().into(),
            applies: raw.applies.as_ref().map(|a| self.applies(a)).transpose()?,
            shows,
            collects,
            needs,
            evidence: raw
                .evidence
                .iter()
                .map(|e| Arc::from(e.get_ref().as_str()))
                .collect(),
            strength: raw.strength,
            money_minor: raw.money_minor,
            minutes: raw.minutes,
            dropoff_bp: *dropoff_bp.get_ref(),
            automatic: raw.automatic,
            selective: raw.selective,
            cost,
            sets,
        })
    }

    fn applies(&self, applies: &Spanned<String>) -> Result<Applies, MethodError> {
        let scope = Scope {
            registry: self.registry,
            sets: &BTreeMap::new(),
            predicates: &BTreeMap::new(),
            has_status: false,
            has_owners: false,
            of_pack: false,
        };
        let condition = Condition::compile(applies.get_ref(), &scope);
        Ok(Applies {
            source: applies.get_ref().as_str().into(),
            line: self.spot(applies.span()).0,
            condition: condition.map_err(|e| self.error(applies.span(), e.message, e.help))?,
        })
    }

    fn check_id(&self, id: &Spanned<String>) -> Result<(), MethodError> {
        let text = id.get_ref();
        let part = |p: &str| {
            !p.is_empty()
                && p.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if text.len() > TEXT_MAX || !text.split('-').all(part) {
            let message = format!("`{}` is not an id", shown(text));
            return Err(self.error(id.span(), message, "write kebab case, as `email-code`"));
        }
        if text == ASK {
            let message = format!("`{ASK}` is the built-in form field");
            return Err(self.error(id.span(), message, "give the method another id"));
        }
        Ok(())
    }

    fn check_text(&self, text: &Spanned<String>) -> Result<(), MethodError> {
        let length = text.get_ref().chars().count();
        if text.get_ref().trim().is_empty() || length > TEXT_MAX {
            let message = format!("a text of {length} characters");
            let help = format!("write 1 to {TEXT_MAX} characters, or leave the key out");
            return Err(self.error(text.span(), message, help));
        }
        Ok(())
    }

    /// What must be asserted first has to be something that can be asked for.
    fn needs(
        &self,
        names: &[Spanned<String>],
        collects: &[usize],
        unaskable: u128,
    ) -> Result<Vec<usize>, MethodError> {
        let needs = self.positions(names)?;
        for (position, name) in needs.iter().zip(names) {
            let shown = name.get_ref();
            if collects.contains(position) {
                let message = format!("`{shown}` is collected and needed");
                return Err(self.error(
                    name.span(),
                    message,
                    "name it in `collects` or in `needs`",
                ));
            }
            if unaskable & (1 << position) != 0 {
                let message = format!("`{shown}` is needed first, yet nobody can be asked for it");
                let help = "name it in `collects`, or take it out of `ask.except`";
                return Err(self.error(name.span(), message, help));
            }
        }
        Ok(needs)
    }

    fn shows(&self, raw: &Spanned<Vec<RawShow>>) -> Result<Vec<(usize, Assurance)>, MethodError> {
        let mut shows: Vec<(usize, Assurance)> = Vec::new();
        for show in raw.get_ref() {
            let position = self.position(&show.attribute)?;
            if shows.iter().any(|(p, _)| *p == position) {
                let message = format!("`{}` is shown twice", show.attribute.get_ref());
                let help = "keep the highest assurance, which includes the lower ones";
                return Err(self.error(show.attribute.span(), message, help));
            }
            shows.push((position, show.assurance));
        }
        if shows.is_empty() {
            let help = "write `shows = [{ attribute = \"…\", assurance = \"…\" }]`";
            return Err(self.error(raw.span(), "a method that shows nothing".to_owned(), help));
        }
        Ok(shows)
    }
}

impl Weights {
    /// Points for a field: what it gives away, and the time it takes.
    pub(super) fn field(&self, sensitivity: Sensitivity) -> u64 {
        let [public, ordinary, contact, sensitive, special] = self.sensitivity;
        let weight = match sensitivity {
            Sensitivity::Public => public,
            Sensitivity::Ordinary => ordinary,
            Sensitivity::Contact => contact,
            Sensitivity::Sensitive => sensitive,
            Sensitivity::Special => special,
        };
        weight.saturating_add(self.per_minute.saturating_mul(self.field_seconds) / 60)
    }

    /// Points for a method without its fields; `None` beyond 64 bits.
    fn method(&self, money_minor: u32, minutes: u32, lost_micro_nats: u64) -> Option<u64> {
        let money = self.per_money_minor.checked_mul(u64::from(money_minor))?;
        let time = self.per_minute.checked_mul(u64::from(minutes))?;
        let lost = self.per_dropoff_nat.checked_mul(lost_micro_nats)? / MICRO_NATS;
        money.checked_add(time)?.checked_add(lost)
    }
}

/// Positions as bits; positions come from the registry, which holds at most 128.
fn bits(positions: &[usize]) -> u128 {
    positions.iter().fold(0, |set, p| set | (1 << p))
}

/// Input fit for a message.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

const _: () = assert!(WHOLE_BP == 10_000, "messages say 9999");
