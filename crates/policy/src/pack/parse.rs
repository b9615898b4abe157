//! Reading a pack: what serde cannot check, and the compilation of conditions.

mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bonafide_model::registry::nearest;
use bonafide_model::{Registry, ValueType, country};
use toml::Spanned;

use super::raw::{File, Mode, RawOwners, Text, Texts};
use super::source::{PackError, Source, shown};
use super::{Citation, CitedText, OwnerRule, Pack, StatusRule};
use crate::expr::{Condition, ExprError, Parsed, Scope};

/// Characters of an id or version.
const ID_MAX: usize = 64;
/// Characters of a text; the longest shipped notice has some eight hundred.
const TEXT_MAX: usize = 10_000;
/// Parts of one kind that a pack may have; the largest shipped pack has some twenty requirements.
const PARTS_MAX: usize = 200;

pub(super) fn parse(
    file: &str,
    text: &str,
    digest: &str,
    registry: &Registry,
) -> Result<Pack, PackError> {
    let source = Source { file, text };
    let raw: File = toml::from_str(text).map_err(|e| source.syntax(&e))?;
    Reader::new(source, registry, &raw)?.pack(&raw, digest)
}

/// What the parts of a pack are read against.
struct Reader<'a> {
    source: Source<'a>,
    registry: &'a Registry,
    pack: Arc<str>,
    citations: BTreeMap<Arc<str>, Citation>,
    sets: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    predicates: BTreeMap<Arc<str>, Parsed>,
    has_status: bool,
    has_owners: bool,
}

type Read<T> = Result<T, PackError>;

impl<'a> Reader<'a> {
    fn new(source: Source<'a>, registry: &'a Registry, raw: &File) -> Read<Self> {
        let mut reader = Self {
            source,
            registry,
            pack: raw.pack.id.get_ref().as_str().into(),
            citations: BTreeMap::new(),
            sets: BTreeMap::new(),
            predicates: BTreeMap::new(),
            has_status: raw.status.is_some(),
            has_owners: raw.beneficial_owner.is_some(),
        };
        reader.check_id(&raw.pack.id)?;
        for citation in &raw.citation {
            reader.check_id(&citation.id)?;
            let id: Arc<str> = citation.id.get_ref().as_str().into();
            let cited = Citation {
                pack: Arc::clone(&reader.pack),
                id: Arc::clone(&id),
                text: reader.text(&citation.text)?,
            };
            if reader.citations.insert(id, cited).is_some() {
                return Err(reader.twice(&citation.id, "citation"));
            }
        }
        for (name, members) in &raw.sets {
            reader.check_name(name)?;
            let members: Vec<Arc<str>> = members
                .iter()
                .map(|m| m.get_ref().as_str().into())
                .collect();
            reader.sets.insert(name.get_ref().as_str().into(), members);
        }
        for (name, condition) in &raw.predicates {
            reader.check_predicate_name(name)?;
            let parsed = crate::expr::parse(condition.get_ref());
            let parsed = parsed.map_err(|e| reader.in_condition(condition, &e))?;
            reader
                .predicates
                .insert(name.get_ref().as_str().into(), parsed);
        }
        Ok(reader)
    }

    fn pack(&self, raw: &File, digest: &str) -> Read<Pack> {
        self.check_counts(raw)?;
        self.check_ids(raw)?;
        let home = raw.pack.home.as_ref();
        let home = home.map(|h| self.country(h)).transpose()?;
        let status = raw.status.as_ref();
        let owners = raw.beneficial_owner.as_ref();
        let (provisional, approve) = (&raw.terms.provisional, &raw.terms.approve);
        let approve = approve.as_ref().map(|t| self.entitlements(&t.entitlements));
        Ok(Pack {
            id: Arc::clone(&self.pack),
            version: self.text(&raw.pack.version)?,
            digest: digest.into(),
            title: self.text(&raw.pack.title)?,
            summary: self.text(&raw.pack.summary)?,
            force: raw.pack.force,
            regime: self.regime(&raw.pack.regime)?,
            applies: self.when(raw.pack.applies.as_ref())?,
            sets: self.sets.clone(),
            predicates: self.conditions(&raw.predicates)?,
            citations: self.cited_texts(raw),
            status: status.map(|s| self.status(s, home.as_ref())).transpose()?,
            beneficial_owner: owners.map(|o| self.owners(o)).transpose()?,
            requirements: each(&raw.requirement, |r| self.requirement(r))?,
            prohibitions: each(&raw.prohibition, |p| self.prohibition(p))?,
            rules: each(&raw.rule, |r| self.rule(r))?,
            failures: each(&raw.failure, |f| self.failure(f))?,
            human_decides: raw.decision.mode == Mode::Human,
            provisional: provisional
                .as_ref()
                .map(|t| self.provisional(t))
                .transpose()?,
            approve: approve.transpose()?,
            retention: each(&raw.retention, |r| self.retention(r))?,
            notices: each(&raw.notice, |n| self.notice(n))?,
            home,
        })
    }

    fn regime(&self, regime: &Text) -> Read<Arc<str>> {
        let known = self.registry.regimes();
        if known.iter().any(|r| r == regime.get_ref()) {
            return Ok(regime.get_ref().as_str().into());
        }
        let message = format!(
            "`{}` is not a regime of the attribute registry",
            shown(regime.get_ref())
        );
        let help = format!("write one of {}", known.join(", "));
        Err(self.source.error(regime.span(), message, help))
    }

    fn conditions(&self, raw: &BTreeMap<Text, Text>) -> Read<BTreeMap<Arc<str>, Condition>> {
        let named = raw.iter().map(|(name, condition)| {
            let name = Arc::from(name.get_ref().as_str());
            Ok((name, self.condition(condition)?))
        });
        named.collect()
    }

    fn owners(&self, raw: &RawOwners) -> Read<OwnerRule> {
        Ok(OwnerRule {
            threshold: raw.threshold,
            comparison: raw.comparison,
            control: raw.control,
            control_by_majority: raw.control_by_majority,
            strategy: raw.strategy,
            citations: self.cite(&raw.citations)?,
        })
    }

    fn cited_texts(&self, raw: &File) -> Vec<CitedText> {
        let cited = raw.citation.iter().map(|c| CitedText {
            id: c.id.get_ref().as_str().into(),
            text: c.text.get_ref().as_str().into(),
            note: c.note.clone(),
        });
        cited.collect()
    }

    fn check_counts(&self, raw: &File) -> Read<()> {
        let counts = [
            ("citations", raw.citation.len()),
            ("predicates", raw.predicates.len()),
            ("sets", raw.sets.len()),
            ("requirements", raw.requirement.len()),
            ("prohibitions", raw.prohibition.len()),
            ("rules", raw.rule.len()),
            ("failures", raw.failure.len()),
            ("retention terms", raw.retention.len()),
            ("notices", raw.notice.len()),
        ];
        match counts.into_iter().find(|(_, count)| *count > PARTS_MAX) {
            Some((what, count)) => {
                let message = format!("{count} {what}, at most {PARTS_MAX}");
                Err(self.source.error(0..0, message, "split the pack"))
            }
            None => Ok(()),
        }
    }

    /// Ids are unique across everything that a reason can name.
    fn check_ids(&self, raw: &File) -> Read<()> {
        let requirements = raw.requirement.iter().map(|r| &r.get_ref().id);
        let prohibitions = raw.prohibition.iter().map(|p| &p.get_ref().id);
        let rules = raw.rule.iter().map(|r| &r.id);
        let failures = raw.failure.iter().map(|f| &f.id);
        let mut seen = BTreeSet::new();
        for id in requirements
            .chain(prohibitions)
            .chain(rules)
            .chain(failures)
        {
            self.check_id(id)?;
            if !seen.insert(id.get_ref().as_str()) {
                return Err(self.twice(id, "id"));
            }
        }
        Ok(())
    }

    fn status(
        &self,
        raw: &Spanned<super::raw::RawStatus>,
        home: Option<&Arc<str>>,
    ) -> Read<StatusRule> {
        if home.is_none() {
            let help = "add `home = \"US\"` (a country code) to `[pack]`";
            return Err(self
                .source
                .error(raw.span(), "status needs a home jurisdiction", help));
        }
        let raw = raw.get_ref();
        let positions = self.positions(&raw.facts)?;
        for (position, fact) in positions.iter().zip(&raw.facts) {
            let attribute = self.registry.attributes().get(*position);
            if !attribute
                .is_some_and(|a| a.value_type == ValueType::Country && a.class == "identity")
            {
                let message = format!("`{}` is no fact that status can rest on", fact.get_ref());
                let help = "use country attributes of the class `identity`; what a network address or a payment suggests is a signal, never proof (R-009)";
                return Err(self.source.error(fact.span(), message, help));
            }
        }
        Ok(StatusRule {
            clear_at: raw.clear_at,
            facts: raw
                .facts
                .iter()
                .map(|f| f.get_ref().as_str().into())
                .collect(),
            citations: self.cite(&raw.citations)?,
            positions,
        })
    }

    fn when(&self, text: Option<&Text>) -> Read<Option<Condition>> {
        text.map(|t| self.condition(t)).transpose()
    }

    fn condition(&self, text: &Text) -> Read<Condition> {
        let scope = Scope {
            registry: self.registry,
            sets: &self.sets,
            predicates: &self.predicates,
            has_status: self.has_status,
            has_owners: self.has_owners,
            of_pack: true,
        };
        Condition::compile(text.get_ref(), &scope).map_err(|e| self.in_condition(text, &e))
    }

    /// An error in a condition, on its own line of a text of several lines.
    fn in_condition(&self, text: &Text, error: &ExprError) -> PackError {
        let span = text.span();
        let written = self.source.text.get(span.clone()).unwrap_or("");
        let opened = written.starts_with("'''\n") || written.starts_with("\"\"\"\n");
        let mut found = self
            .source
            .error(span, error.message.clone(), error.help.clone());
        let below = error.lines_before + usize::from(opened);
        if below > 0 {
            found.line += below;
            found.column = 1;
        }
        found
    }

    /// The citations of those ids.
    fn cite(&self, ids: &Texts) -> Read<Vec<Citation>> {
        let cite = |id: &Text| {
            self.citations
                .get(id.get_ref().as_str())
                .cloned()
                .ok_or_else(|| {
                    let near = nearest(id.get_ref(), self.citations.keys().map(|k| &**k));
                    let help = near.map_or_else(
                        || "add it as a `[[citation]]`".to_owned(),
                        |n| format!("did you mean `{n}`?"),
                    );
                    let message = format!("no citation has the id `{}`", shown(id.get_ref()));
                    self.source.error(id.span(), message, help)
                })
        };
        ids.iter().map(cite).collect()
    }

    fn positions(&self, names: &[Text]) -> Read<Vec<usize>> {
        let mut positions = Vec::with_capacity(names.len());
        for name in names {
            let position = self.registry.position(name.get_ref());
            let position = position.ok_or_else(|| {
                let help = "packs use only the names of the attribute registry";
                self.source
                    .error(name.span(), self.registry.unknown(name.get_ref()), help)
            })?;
            if positions.contains(&position) {
                return Err(self.twice(name, "attribute"));
            }
            positions.push(position);
        }
        Ok(positions)
    }

    fn country(&self, code: &Text) -> Read<Arc<str>> {
        if country::is_known(code.get_ref()) {
            return Ok(code.get_ref().as_str().into());
        }
        let message = format!(
            "`{}` is not a country code of ISO 3166-1",
            shown(code.get_ref())
        );
        Err(self
            .source
            .error(code.span(), message, "write two capital letters, as `US`"))
    }

    fn text(&self, text: &Text) -> Read<Arc<str>> {
        let length = text.get_ref().chars().count();
        if text.get_ref().trim().is_empty() || length > TEXT_MAX {
            let message = format!("a text of {length} characters");
            let help = format!("write 1 to {TEXT_MAX} characters");
            return Err(self.source.error(text.span(), message, help));
        }
        Ok(text.get_ref().trim().into())
    }

    fn check_id(&self, id: &Text) -> Read<()> {
        let part = |p: &str| {
            !p.is_empty()
                && p.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if id.get_ref().len() <= ID_MAX && id.get_ref().split('-').all(part) {
            return Ok(());
        }
        let message = format!("`{}` is not an id", shown(id.get_ref()));
        Err(self
            .source
            .error(id.span(), message, "write kebab case, as `holder-name`"))
    }

    /// Names that stand in conditions.
    fn check_name(&self, name: &Text) -> Read<()> {
        let text = name.get_ref();
        let right = text.len() <= ID_MAX
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if right {
            return Ok(());
        }
        let message = format!("`{}` cannot be named in a condition", shown(text));
        Err(self.source.error(
            name.span(),
            message,
            "write snake case, as `foreign_of_concern`",
        ))
    }

    fn check_predicate_name(&self, name: &Text) -> Read<()> {
        self.check_name(name)?;
        if crate::expr::is_field(name.get_ref()) || self.registry.position(name.get_ref()).is_some()
        {
            let message = format!("`{}` means something already", name.get_ref());
            return Err(self
                .source
                .error(name.span(), message, "give the predicate another name"));
        }
        Ok(())
    }

    fn twice(&self, name: &Text, what: &str) -> PackError {
        let message = format!("{what} `{}` stands twice", shown(name.get_ref()));
        self.source
            .error(name.span(), message, "keep one, or give it another name")
    }
}

/// Parts of one kind, the first mistake in them if there is one.
fn each<R, P>(raw: &[R], read: impl Fn(&R) -> Read<P>) -> Read<Vec<P>> {
    raw.iter().map(read).collect()
}
