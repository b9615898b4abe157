//! The parts of a pack: requirements, prohibitions, rules, failures, terms, retention, notices.

use std::sync::Arc;

use toml::Spanned;

use super::super::raw::{
    RawFailure, RawNotice, RawProhibition, RawProvisional, RawRequirement, RawRetention, RawRule,
    Text,
};
use super::super::source::shown;
use super::super::{
    Entitlements, Failure, Notice, Outcome, Prohibition, Provisional, Requirement, Retention, Rule,
    Subject,
};
use super::{Read, Reader};
use crate::facts::bit;

impl Reader<'_> {
    pub(super) fn requirement(&self, raw: &Spanned<RawRequirement>) -> Read<Requirement> {
        let span = raw.span();
        let raw = raw.get_ref();
        let one = raw.attribute.as_ref().map(std::slice::from_ref);
        let any = raw.any_of.as_ref().map(|names| names.get_ref().as_slice());
        let names: &[Text] = match (one, any) {
            (Some(names), None) | (None, Some(names)) if !names.is_empty() => names,
            _ => {
                let message = format!(
                    "requirement `{}` does not say what it asks for",
                    raw.id.get_ref()
                );
                let help =
                    "write either `attribute = \"legal_name\"` or `any_of = [\"citizenship\", …]`";
                return Err(self.source.error(span, message, help));
            }
        };
        if raw.citations.get_ref().is_empty() {
            let message = format!("requirement `{}` rests on nothing", raw.id.get_ref());
            let help = "name at least one `[[citation]]`: nothing is asked without a reason";
            return Err(self.source.error(raw.citations.span(), message, help));
        }
        if raw.deter_only_home && !self.has_status {
            let message = "`deter_only_home` needs a rule for status";
            let help = "add `home` to `[pack]` and a table `[status]`, or take it out";
            return Err(self.source.error(raw.id.span(), message, help));
        }
        if raw.subject == Subject::Owner && !self.has_owners {
            let message = "a requirement for owners needs a rule for who they are";
            return Err(self.source.error(
                raw.id.span(),
                message,
                "add a table `[beneficial_owner]`",
            ));
        }
        let positions = self.positions(names)?;
        Ok(Requirement {
            id: raw.id.get_ref().as_str().into(),
            subject: raw.subject,
            when: self.when(raw.when.as_ref())?,
            attributes: names
                .iter()
                .map(|n| Arc::from(n.get_ref().as_str()))
                .collect(),
            assurance: raw.assurance,
            max_age: raw.max_age,
            while_missing: raw.while_missing,
            deter_only_home: raw.deter_only_home,
            citations: self.cite(raw.citations.get_ref())?,
            why: self.text(&raw.why)?,
            rule: format!("{}/{}", self.pack, raw.id.get_ref()).into(),
            positions,
        })
    }

    pub(super) fn prohibition(&self, raw: &Spanned<RawProhibition>) -> Read<Prohibition> {
        let span = raw.span();
        let raw = raw.get_ref();
        let attributes = match (&raw.attribute, &raw.class) {
            (Some(name), None) => {
                let positions = self.positions(std::slice::from_ref(name))?;
                positions.into_iter().fold(0, |set, p| set | bit(p))
            }
            (None, Some(class)) => self.of_class(class)?,
            _ => {
                let message = format!(
                    "prohibition `{}` does not say what it forbids",
                    raw.id.get_ref()
                );
                let help = "write either `attribute = …` or `class = …`";
                return Err(self.source.error(span, message, help));
            }
        };
        Ok(Prohibition {
            id: raw.id.get_ref().as_str().into(),
            attribute: raw.attribute.as_ref().map(|a| a.get_ref().as_str().into()),
            class: raw.class.as_ref().map(|c| c.get_ref().as_str().into()),
            action: raw.action,
            when: self.when(raw.when.as_ref())?,
            unless_required_by: raw.unless_required_by.clone(),
            citations: self.cite(&raw.citations)?,
            attributes,
        })
    }

    /// The attributes of a record class.
    fn of_class(&self, class: &Text) -> Read<u128> {
        self.check_class(class)?;
        let attributes = self.registry.attributes().iter().enumerate();
        let of_class = attributes.filter(|(_, a)| a.class == *class.get_ref());
        Ok(of_class.fold(0, |set, (p, _)| set | bit(p)))
    }

    fn check_class(&self, class: &Text) -> Read<()> {
        let known = self.registry.classes();
        if known.contains_key(class.get_ref()) {
            return Ok(());
        }
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let message = format!(
            "`{}` is not a record class of the attribute registry",
            shown(class.get_ref())
        );
        Err(self.source.error(
            class.span(),
            message,
            format!("write one of {}", names.join(", ")),
        ))
    }

    pub(super) fn rule(&self, raw: &RawRule) -> Read<Rule> {
        Ok(Rule {
            id: raw.id.get_ref().as_str().into(),
            subjects: raw.subjects.clone(),
            when: self.condition(&raw.when)?,
            outcome: self.questions(&raw.outcome)?,
            band: raw.band,
            human_review: raw.human_review,
            score_based: raw.score_based,
            public_reason: self.text(&raw.public_reason)?,
            citations: self.cite(&raw.citations)?,
            text: self.text(&raw.text)?,
        })
    }

    pub(super) fn failure(&self, raw: &RawFailure) -> Read<Failure> {
        Ok(Failure {
            id: raw.id.get_ref().as_str().into(),
            subject: raw.subject,
            when: self.condition(&raw.when)?,
            outcome: self.harms(&raw.outcome)?,
            add_sub_subjects: raw.add_sub_subjects.clone(),
            public_reason: self.text(&raw.public_reason)?,
            appeal: raw.appeal,
            citations: self.cite(&raw.citations)?,
            text: self.text(&raw.text)?,
        })
    }

    pub(super) fn provisional(&self, raw: &RawProvisional) -> Read<Provisional> {
        Ok(Provisional {
            duration: raw.duration,
            on_expiry: self.harms(&raw.on_expiry)?,
            entitlements: self.entitlements(&raw.entitlements)?,
            citations: self.cite(&raw.citations)?,
        })
    }

    /// Rules raise questions; measures follow from failures alone.
    fn questions(&self, outcome: &Spanned<Outcome>) -> Read<Outcome> {
        match outcome.get_ref() {
            Outcome::Monitor | Outcome::Restrict | Outcome::Close => {
                let message = format!("`{}` is no outcome of a rule", outcome.get_ref().as_str());
                let help =
                    "write `watch`, `provisional`, `refer` or `refuse`, or write a `[[failure]]`";
                Err(self.source.error(outcome.span(), message, help))
            }
            other => Ok(*other),
        }
    }

    /// Failures and the end of provisional terms do something.
    fn harms(&self, outcome: &Spanned<Outcome>) -> Read<Outcome> {
        match outcome.get_ref() {
            Outcome::Watch | Outcome::Provisional => {
                let message = format!(
                    "`{}` is no outcome of a failure",
                    outcome.get_ref().as_str()
                );
                let help = "write `monitor`, `restrict`, `refer`, `refuse` or `close`";
                Err(self.source.error(outcome.span(), message, help))
            }
            other => Ok(*other),
        }
    }

    pub(super) fn entitlements(&self, raw: &Spanned<Entitlements>) -> Read<Entitlements> {
        let entitlements = raw.get_ref();
        let currency = entitlements.currency.as_deref();
        let iso =
            currency.is_none_or(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase()));
        if !iso || entitlements.spend_cap_minor.is_some() != currency.is_some() {
            let help = "write both, as `spend_cap_minor = 5000` and `currency = \"USD\"`";
            return Err(self.source.error(
                raw.span(),
                "a cap on spending needs a currency of ISO 4217",
                help,
            ));
        }
        let mut entitlements = entitlements.clone();
        entitlements.blocked_ports.sort_unstable();
        entitlements.blocked_ports.dedup();
        Ok(entitlements)
    }

    pub(super) fn retention(&self, raw: &Spanned<RawRetention>) -> Read<Retention> {
        let span = raw.span();
        let raw = raw.get_ref();
        self.check_class(&raw.class)?;
        if raw.min.is_none() && raw.max.is_none() {
            let help = "write `min = \"P2Y\"`, `max = \"P6M\"` or both";
            return Err(self.source.error(span, "a term without length", help));
        }
        Ok(Retention {
            class: raw.class.get_ref().as_str().into(),
            anchor: raw.anchor,
            min: raw.min,
            max: raw.max,
            citations: self.cite(&raw.citations)?,
        })
    }

    pub(super) fn notice(&self, raw: &RawNotice) -> Read<Notice> {
        self.check_id(&raw.id)?;
        Ok(Notice {
            id: raw.id.get_ref().as_str().into(),
            locale: self.text(&raw.locale)?,
            title: self.text(&raw.title)?,
            text: self.text(&raw.text)?,
            citations: self.cite(&raw.citations)?,
        })
    }
}
