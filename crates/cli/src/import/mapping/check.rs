//! Reading a mapping, finding its mistakes by line.

use std::ops::Range;

use bonafide_model::registry::nearest;
use bonafide_model::{PartyKind, Registry, ValueType};
use bonafide_policy::MethodSet;
use toml::Spanned;

use super::raw::{self, IfWrong, Names, ReadAs, Whose};
use super::{Account, Claim, Field, From, Mapping, Says, Test, Verdict};
use crate::import::columns::shown;
use crate::import::transform::{DateFormat, Transform};

/// Bytes of a mapping.
const TEXT_MAX_BYTES: usize = 256 * 1024;
/// The parts of an address.
const PARTS: [&str; 5] = ["lines", "city", "region", "postal_code", "country"];

/// A mapping that cannot be used: where, why, and what to write instead.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub(crate) struct MappingError {
    file: String,
    line: usize,
    message: String,
}

/// The text being read.
struct Text<'a> {
    file: &'a str,
    text: &'a str,
}

type Checked<T> = Result<T, MappingError>;

impl Text<'_> {
    fn error(&self, span: Range<usize>, message: impl Into<String>) -> MappingError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        MappingError {
            file: self.file.to_owned(),
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            message: message.into(),
        }
    }

    fn field(&self, field: Spanned<raw::Field>) -> Checked<Field> {
        let (span, raw) = (field.span(), field.into_inner());
        let wrong = |message: &str| Err(self.error(span.clone(), message));
        let from = match (raw.column, raw.columns, raw.constant) {
            (Some(Names::One(name)), None, None) => From::Column(vec![name]),
            (Some(Names::Several(names)), None, None) if !names.is_empty() => From::Column(names),
            (None, Some(names), None) if !names.is_empty() => {
                From::Joined(names, raw.join.clone().unwrap_or_else(|| " ".to_owned()))
            }
            (None, None, Some(constant)) => From::Constant(constant),
            _ => {
                return wrong(
                    "a value comes from one of `column`, `columns` (joined) and `constant`",
                );
            }
        };
        if raw.join.is_some() && !matches!(from, From::Joined(..)) {
            return wrong("`join` goes with `columns`");
        }
        let transform = match raw.read_as {
            ReadAs::Text => Transform::Text,
            ReadAs::Country => Transform::Country,
            ReadAs::Phone => Transform::Phone(raw.country_column.clone()),
            ReadAs::Words => Transform::words(&raw.words),
            ReadAs::Date => {
                let formats = raw
                    .formats
                    .iter()
                    .map(|f| DateFormat::parse(f).map_err(|why| self.error(span.clone(), why)));
                Transform::Date(formats.collect::<Checked<_>>()?)
            }
        };
        let is = |read_as: ReadAs| raw.read_as == read_as;
        if raw.formats.is_empty() == is(ReadAs::Date) {
            return wrong(
                "`as = \"date\"` and `formats` go together: `formats = [\"YYYY-MM-DD\"]`",
            );
        }
        if raw.words.is_empty() == is(ReadAs::Words) {
            return wrong("`as = \"words\"` and `words` go together: `words = { yes = \"true\" }`");
        }
        if raw.country_column.is_some() && !is(ReadAs::Phone) {
            return wrong("`country_column` goes with `as = \"phone\"`");
        }
        Ok(Field {
            from,
            transform,
            default: raw.default,
            leave_out: raw.if_wrong == IfWrong::LeaveOut,
            optional: raw.optional,
        })
    }

    fn opt(&self, field: Option<Spanned<raw::Field>>) -> Checked<Option<Field>> {
        field.map(|f| self.field(f)).transpose()
    }

    fn date(&self, field: Option<Spanned<raw::Field>>) -> Checked<Option<Field>> {
        let span = field.as_ref().map(Spanned::span);
        let field = self.opt(field)?;
        if let (Some(field), Some(span)) = (&field, span)
            && !matches!(field.transform, Transform::Date(_))
        {
            let message = "this is a time: write `as = \"date\"` and its `formats`";
            return Err(self.error(span, message));
        }
        Ok(field)
    }

    fn test(&self, test: Option<Spanned<raw::Test>>, otherwise: bool) -> Checked<Test> {
        let Some(test) = test else {
            return Ok(Test::Always(otherwise));
        };
        let (span, raw) = (test.span(), test.into_inner());
        let names = match raw.column {
            Names::One(name) => vec![name],
            Names::Several(names) => names,
        };
        if names.is_empty() || raw.is.as_ref().is_some_and(Vec::is_empty) {
            return Err(self.error(span, "name a column, and the words that it is to hold"));
        }
        Ok(match raw.is {
            None => Test::Filled(names),
            Some(words) => Test::Is(
                names,
                words.iter().map(|w| w.trim().to_lowercase()).collect(),
            ),
        })
    }

    fn claim(&self, claim: raw::Claim, registry: &Registry) -> Checked<Claim> {
        let whose = Whose {
            about: claim.about,
            of: claim.of,
        };
        let span = claim.attribute.span();
        let attribute = claim.attribute.into_inner();
        self.attribute(&attribute, span.clone(), whose, registry)?;
        let value_type = registry.get(&attribute).map(|a| a.value_type);
        let wants_address = value_type == Some(ValueType::Address);
        let says = match (claim.from, claim.address, wants_address) {
            (Some(field), None, false) => Says::Value(self.field(field)?),
            (None, Some(parts), true) => {
                let mut read = Vec::new();
                for (name, field) in parts {
                    let known = PARTS.iter().find(|p| **p == name.get_ref().as_str());
                    let known = known.ok_or_else(|| {
                        let message = format!("an address has the parts {}", PARTS.join(", "));
                        self.error(name.span(), message)
                    })?;
                    read.push((*known, self.field(field)?));
                }
                if !read.iter().any(|(part, _)| *part == "country") {
                    return Err(self.error(span, "an address needs its `country`"));
                }
                Says::Address(read)
            }
            (_, _, true) => {
                let message = format!("`{attribute}` is an address: write `address = {{ … }}`");
                return Err(self.error(span, message));
            }
            (_, _, false) => {
                let message = format!("`{attribute}` is one value: write `from = {{ … }}`");
                return Err(self.error(span, message));
            }
        };
        Ok(Claim {
            attribute,
            whose,
            says,
        })
    }

    fn attribute(
        &self,
        name: &str,
        span: Range<usize>,
        whose: Whose,
        registry: &Registry,
    ) -> Checked<()> {
        let Some(known) = registry.get(name) else {
            return Err(self.error(span, registry.unknown(name)));
        };
        let lacking = whose.kinds().iter().find(|k| !known.parties.contains(k));
        if let Some(kind) = lacking {
            let hint = match kind {
                PartyKind::Person => "organisation",
                PartyKind::Organisation => "person",
            };
            let message = format!(
                "`{name}` is not an attribute of a {}: write `for = \"{hint}\"`",
                kind.as_str()
            );
            return Err(self.error(span, message));
        }
        Ok(())
    }

    fn verdict(&self, verdict: Spanned<raw::Verdict>, registry: &Registry) -> Checked<Verdict> {
        let (span, raw) = (verdict.span(), verdict.into_inner());
        let whose = Whose {
            about: raw.about,
            of: raw.of,
        };
        if raw.attributes.is_empty() {
            return Err(self.error(span, "name the `attributes` that the verdict is about"));
        }
        for attribute in &raw.attributes {
            self.attribute(attribute.get_ref(), attribute.span(), whose, registry)?;
        }
        if raw.contract.get_ref().trim().is_empty() {
            let message = "cite the `contract` under which the verdict may be relied on";
            return Err(self.error(raw.contract.span(), message));
        }
        let at = self.date(Some(raw.at))?;
        let Some(at) = at else {
            return Err(self.error(span, "a verdict needs the time it was given, `at`"));
        };
        Ok(Verdict {
            whose,
            method: raw.method.into_inner(),
            attributes: raw
                .attributes
                .into_iter()
                .map(Spanned::into_inner)
                .collect(),
            strength: raw.strength,
            when: self.test(raw.when, true)?,
            at,
            by: self.field(raw.by)?,
            reference: self.opt(raw.reference)?,
            expires_on: self.date(raw.expires_on)?,
            contract: raw.contract.into_inner(),
            assurance: raw.assurance,
            span,
        })
    }

    fn name(&self, name: Spanned<String>) -> Checked<String> {
        let (span, name) = (name.span(), name.into_inner());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 32 || !name.chars().all(plain) {
            let message = "a name has 1 to 32 small letters, digits and dashes";
            return Err(self.error(span, message));
        }
        Ok(name)
    }
}

pub(super) fn parse(file: &str, text: &str, registry: &Registry) -> Checked<Mapping> {
    let source = Text { file, text };
    if text.len() > TEXT_MAX_BYTES {
        let message = format!("a mapping has at most {TEXT_MAX_BYTES} bytes");
        return Err(source.error(0..0, message));
    }
    let raw: raw::File = toml::from_str(text).map_err(|e| {
        let message = e.message().trim().replace('\n', ": ");
        let mut quoted = message.split('`').skip(1).step_by(2);
        let near = quoted.next().and_then(|wrong| nearest(wrong, quoted));
        let hint = near.filter(|_| message.starts_with("unknown"));
        let hint = hint.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        source.error(e.span().unwrap_or(0..0), format!("{message}{hint}"))
    })?;
    let delimiter = match raw.mapping.delimiter {
        None => b',',
        Some(given) => super::super::delimiter(given.get_ref())
            .map_err(|e| source.error(given.span(), e.to_string()))?,
    };
    let kind = match (raw.kind.always, raw.kind.organisation_when) {
        (Some(always), None) => Test::Always(always == PartyKind::Organisation),
        (None, test) => source.test(test, false)?,
        (Some(_), Some(test)) => {
            let message = "`always` and `organisation_when` exclude each other";
            return Err(source.error(test.span(), message));
        }
    };
    let account = Account {
        external_id: source.field(raw.account.external_id)?,
        product: source.field(raw.account.product)?,
        region: source.opt(raw.account.region)?,
        opened_at: source.date(raw.account.opened_at)?,
        closed: source.test(raw.account.closed_when, false)?,
        closed_at: source.date(raw.account.closed_at)?,
        last_access_at: source.date(raw.account.last_access_at)?,
        asserted_at: source.date(raw.account.asserted_at)?,
    };
    let claims = raw.claim.into_iter().map(|c| source.claim(c, registry));
    let verdicts = raw.verdict.into_iter().map(|v| source.verdict(v, registry));
    Ok(Mapping {
        id: source.name(raw.mapping.id)?,
        source: source.name(raw.mapping.source)?,
        delimiter,
        digest: super::digest(text),
        organisation_when: kind,
        account,
        claims: claims.collect::<Checked<_>>()?,
        verdicts: verdicts.collect::<Checked<_>>()?,
        ignored: raw.ignore.columns,
    })
}

/// Checks verdicts against the methods in use. A method shows what it shows: where that is more than the mapping
/// declares, the mapping must name another method or a contract that carries it.
pub(super) fn methods(
    mapping: &Mapping,
    file: &str,
    text: &str,
    registry: &Registry,
    methods: &MethodSet,
) -> Checked<()> {
    let source = Text { file, text };
    for verdict in &mapping.verdicts {
        let wrong = |message: String| Err(source.error(verdict.span.clone(), message));
        let Some(method) = methods.get(&verdict.method) else {
            let near = nearest(&verdict.method, methods.ids());
            let hint = near.map_or_else(String::new, |n| format!(": did you mean `{n}`?"));
            return wrong(format!(
                "`{}` is not a known method{hint}",
                shown(&verdict.method)
            ));
        };
        for attribute in &verdict.attributes {
            let position = registry.position(attribute);
            let shows = method.shows.iter().find(|(p, _)| Some(*p) == position);
            let Some((_, shows)) = shows else {
                return wrong(format!(
                    "`{}` shows nothing of `{attribute}`",
                    verdict.method
                ));
            };
            if *shows > verdict.assurance {
                return wrong(format!(
                    "`{}` shows `{attribute}` as {}, more than the {} declared: name a method that shows no more",
                    verdict.method,
                    shows.as_str(),
                    verdict.assurance.as_str()
                ));
            }
        }
        if method.strength.is_some_and(|most| verdict.strength > most) {
            return wrong(format!(
                "the evidence of `{}` is not as strong",
                verdict.method
            ));
        }
    }
    Ok(())
}
