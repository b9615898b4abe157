//! A provider's settings for cases: which calendar and zone terms are counted in, how long each kind may take, where two
//! people are wanted, and who stands in when there is only one (the setting `cases`, TOML).

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::{Calendar, Calendars, CaseClock, CaseKind, Counting, Period, Timestamp, Zone};
use serde::Deserialize;

use crate::App;
use crate::error::AppError;
use crate::tenant::Tenant;

/// The name of the setting.
pub(crate) const SETTING: &str = "cases";
/// What holds where a provider has set nothing.
const DEFAULT: &str = r#"
[terms]
review = "5 working days"
appeal = "20 working days"
match_review = "2 working days"
dispute = "1 month"
remedy = "10 working days"
break_glass_review = "10 working days"
reseller = "20 working days"
"#;
/// Characters of a handle.
const HANDLE_MAX_CHARS: usize = 80;

/// The settings, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaseRules {
    calendar: Calendar,
    zone: Zone,
    counting: Counting,
    terms: BTreeMap<CaseKind, Period>,
    two_people: BTreeSet<CaseKind>,
    sole_operator: Option<SoleOperator>,
}

/// A firm of one person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SoleOperator {
    /// The handle of the person outside the firm who can confirm.
    pub(super) outside: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    calendar: Option<String>,
    zone: Option<Zone>,
    #[serde(default)]
    counting: Counting,
    #[serde(default)]
    terms: BTreeMap<CaseKind, Period>,
    #[serde(default)]
    two_people: BTreeSet<CaseKind>,
    sole_operator: Option<SoleOperator>,
    #[serde(default)]
    own_calendars: Calendars,
}

impl CaseRules {
    /// What holds where nothing is set.
    pub(crate) fn standard() -> Result<Self, AppError> {
        Self::parse("")
    }

    /// Reads the setting over what holds without it.
    pub(crate) fn parse(text: &str) -> Result<Self, AppError> {
        let read = |text: &str| {
            let file: Result<File, _> = toml::from_str(text);
            file.map_err(|e| AppError::Refused(format!("the setting `{SETTING}`: {e}")))
        };
        let (standard, own) = (read(DEFAULT)?, read(text)?);
        let calendars = Calendars::builtin().with(own.own_calendars);
        let id = own.calendar.as_deref().unwrap_or("weekdays");
        let calendar = calendars.get(id).cloned().ok_or_else(|| {
            let known: Vec<&str> = calendars.ids().collect();
            AppError::Refused(format!(
                "the setting `{SETTING}`: there is no calendar `{id}`: use {}, or add it as `[[own_calendars]]`",
                known.join(", ")
            ))
        })?;
        if let Some(outside) = own.sole_operator.as_ref().and_then(|s| s.outside.as_ref()) {
            handle("outside", outside)?;
        }
        let mut terms = standard.terms;
        terms.extend(own.terms);
        Ok(Self {
            calendar,
            zone: own.zone.unwrap_or_else(Zone::utc),
            counting: own.counting,
            terms,
            two_people: own.two_people,
            sole_operator: own.sole_operator,
        })
    }

    /// The clock of a case of a kind opened at an instant; no end where no term is set.
    pub(crate) fn clock(&self, kind: CaseKind, opened_at: Timestamp) -> CaseClock {
        let latest = self
            .terms
            .get(&kind)
            .map(|term| self.latest(*term, opened_at));
        CaseClock {
            earliest: None,
            latest,
        }
    }

    /// The first instant at which a term that runs from an event is over.
    pub(crate) fn latest(&self, term: Period, event: Timestamp) -> Timestamp {
        term.latest(event, self.counting, &self.calendar, &self.zone)
    }

    /// Whether two people decide cases of a kind.
    pub(super) fn needs_two(&self, kind: CaseKind) -> bool {
        kind.needs_two() || self.two_people.contains(&kind)
    }

    /// Who stands in for the second person, in a firm of one.
    pub(super) fn sole_operator(&self) -> Option<&SoleOperator> {
        self.sole_operator.as_ref()
    }
}

/// A handle as it is written: what a person is known by in records, and not their name.
pub(super) fn handle<'a>(field: &str, text: &'a str) -> Result<&'a str, AppError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    if text.is_empty() || text.len() > HANDLE_MAX_CHARS || !text.bytes().all(plain) {
        return Err(AppError::invalid(
            field,
            format!(
                "a handle has 1 to {HANDLE_MAX_CHARS} letters, digits and `.`, `_`, `:`, `-`, and is not a name with spaces"
            ),
        ));
    }
    Ok(text)
}

impl App {
    /// Reads the settings again.
    pub(crate) async fn refresh_case_rules(&self, tenant: &Tenant) -> Result<(), AppError> {
        let text = self.store().setting(&tenant.name, SETTING).await?;
        tenant.set_case_rules(CaseRules::parse(text.as_deref().unwrap_or_default())?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_set_stands_over_what_holds_without_it() {
        let rules = CaseRules::parse(
            "calendar = \"eu-target\"\nzone = \"Europe/Berlin\"\ncounting = \"eu1182\"\n\
             two_people = [\"review\"]\n[terms]\nreview = \"2 days\"\n",
        )
        .unwrap();
        // Two days from Maundy Thursday have two working days in them.
        let clock = rules.clock(CaseKind::Review, at("2026-04-02T10:00:00Z"));
        assert_eq!(clock.latest, Some(at("2026-04-08T22:00:00Z")));
        let dispute = rules.clock(CaseKind::Dispute, at("2026-04-02T10:00:00Z"));
        assert_eq!(dispute.latest, Some(at("2026-05-04T22:00:00Z")));
        assert_eq!(
            rules
                .clock(CaseKind::Operations, at("2026-04-02T10:00:00Z"))
                .latest,
            None
        );
        assert!(rules.needs_two(CaseKind::Review) && rules.needs_two(CaseKind::Process));
        assert!(rules.sole_operator().is_none());
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_can() {
        for (text, part) in [
            ("calendar = \"mars\"", "there is no calendar `mars`"),
            ("zone = \"Mars/Olympus\"", "time zone"),
            ("[terms]\nreview = \"soon\"", "`soon` is not a term"),
            ("[terms]\ninspection = \"1 day\"", "inspection"),
            ("[sole_operator]\noutside = \"Ana Ferreira\"", "handle"),
            ("four_eyes = true", "four_eyes"),
        ] {
            let error = CaseRules::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_provider_can_bring_its_own_calendar() {
        let text = "calendar = \"shop\"\n[[own_calendars]]\nid = \"shop\"\ntitle = \"Ours\"\nweekend = [\"sunday\"]\n\
                    holiday = [{ name = \"Inventory\", date = \"2026-11-25\" }]\n[terms]\nreview = \"1 working day\"\n";
        let rules = CaseRules::parse(text).unwrap();
        let clock = rules.clock(CaseKind::Review, at("2026-11-24T10:00:00Z"));
        assert_eq!(clock.latest, Some(at("2026-11-27T00:00:00Z")));
    }
}
