//! From the cells of a row to a customer, by a mapping.

use bonafide_app::submission::{
    AccountIn, CheckIn, ClaimIn, EvidenceIn, FieldError, PartyIn, RoleIn, SignUp,
};
use bonafide_app::{ImportDates, ImportRow};
use bonafide_model::{
    CheckOutcome, Date, OpeningMethod, PartyKind, Registry, RoleKind, Timestamp, ValueType,
};
use serde_json::{Value, json};

use super::columns::Cells;
use super::mapping::{About, Claim, Field, From, Mapping, Says, Test, Verdict, Whose};
use super::transform::Transform;

/// References of the parties of a row.
const HOLDER: &str = "holder";
const CONTACT: &str = "contact";
/// Who says what a row says.
const SOURCE: &str = "import";

/// A row read.
pub(crate) struct Mapped {
    pub(crate) row: ImportRow,
    /// Which column each field came from, by the path of the field.
    pub(crate) places: Vec<(String, String)>,
    /// Cells that could not be read and were left out: column and reason.
    pub(crate) left_out: Vec<(String, String)>,
}

/// Reads rows.
pub(crate) struct Reader<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) registry: &'a Registry,
    /// The product of every account, whatever the mapping says.
    pub(crate) product: Option<&'a str>,
}

/// What is being read of one row.
struct Reading<'a> {
    reader: &'a Reader<'a>,
    cells: Cells<'a>,
    errors: Vec<FieldError>,
    places: Vec<(String, String)>,
    left_out: Vec<(String, String)>,
    parties: [Party; 2],
}

#[derive(Default)]
struct Party {
    claims: Vec<ClaimIn>,
    evidence: Vec<EvidenceIn>,
    checks: Vec<CheckIn>,
}

impl Reader<'_> {
    /// A row as a customer, or everything wrong with it, by column.
    pub(crate) fn read(&self, line: u64, cells: Cells<'_>) -> Result<Mapped, Vec<FieldError>> {
        let mut reading = Reading {
            reader: self,
            cells,
            errors: Vec::new(),
            places: Vec::new(),
            left_out: Vec::new(),
            parties: Default::default(),
        };
        let organisation = holds(&self.mapping.organisation_when, cells);
        let kind = match organisation {
            true => PartyKind::Organisation,
            false => PartyKind::Person,
        };
        for claim in &self.mapping.claims {
            if claim.whose.fits(kind) {
                reading.claim(claim, kind);
            }
        }
        let mut contracts = Vec::new();
        for verdict in &self.mapping.verdicts {
            if verdict.whose.fits(kind) && holds(&verdict.when, cells) && reading.verdict(verdict) {
                contracts.push(verdict.contract.clone());
            }
        }
        let dates = reading.dates();
        let external_id = reading.text("external_id", &self.mapping.account.external_id);
        let product = match self.product {
            Some(product) => Some(product.to_owned()),
            None => reading.text("account.product", &self.mapping.account.product),
        };
        let region = self.mapping.account.region.as_ref();
        let region = region.and_then(|f| reading.text("account.region", f));
        if external_id.is_none() && reading.errors.is_empty() {
            let column = first_column(&self.mapping.account.external_id);
            let message = "the customer has no id in the earlier system: without one it would be taken over again each time";
            reading.errors.push(FieldError::new(column, message));
        }
        if !reading.errors.is_empty() {
            return Err(reading.errors);
        }
        let (parties, roles) = people(kind, reading.parties);
        let sign_up = SignUp {
            external_id,
            account: AccountIn {
                product: product.unwrap_or_default(),
                region,
                trial: false,
                opening_method: OpeningMethod::Imported,
            },
            parties,
            roles,
        };
        Ok(Mapped {
            row: ImportRow {
                line,
                sign_up,
                dates,
                contracts,
            },
            places: reading.places,
            left_out: reading.left_out,
        })
    }
}

/// The customer, and who acts for it where something is said of somebody who does.
fn people(kind: PartyKind, parties: [Party; 2]) -> (Vec<PartyIn>, Vec<RoleIn>) {
    let named = [
        (HOLDER, kind, RoleKind::Holder),
        (CONTACT, PartyKind::Person, RoleKind::Representative),
    ];
    let mut found = (Vec::new(), Vec::new());
    for ((reference, kind, role), party) in named.into_iter().zip(parties) {
        if reference == CONTACT && party.claims.is_empty() {
            continue;
        }
        found.0.push(PartyIn {
            reference: reference.to_owned(),
            id: None,
            kind,
            claims: party.claims,
            evidence: party.evidence,
            checks: party.checks,
        });
        found.1.push(RoleIn {
            party: reference.to_owned(),
            kind: role,
            of: None,
            share: None,
        });
    }
    found
}

impl<'a> Reading<'a> {
    fn claim(&mut self, claim: &Claim, customer: PartyKind) {
        let (value, columns, leave_out) = match &claim.says {
            Says::Value(field) => {
                let Some(text) = self.value(field) else {
                    return;
                };
                (
                    typed(self.reader.registry, &claim.attribute, &text),
                    columns_of(field),
                    field.leave_out,
                )
            }
            Says::Address(parts) => {
                let Some(address) = self.address(parts) else {
                    return;
                };
                let columns: Vec<&str> = parts.iter().map(|(_, f)| first_column(f)).collect();
                (
                    address,
                    columns.join(", "),
                    parts.iter().any(|(_, f)| f.leave_out),
                )
            }
        };
        let kind = match claim.whose.about {
            About::Holder => customer,
            About::Contact => PartyKind::Person,
        };
        let known = self.reader.registry;
        if let Err(error) = known.parse_value(&claim.attribute, kind, &value) {
            match leave_out {
                true => self.left_out.push((columns, error.message)),
                false => self.errors.push(FieldError::new(columns, error.message)),
            }
            return;
        }
        let place = place_of(claim.whose);
        let Some(party) = self.parties.get_mut(place) else {
            return;
        };
        self.places.push((
            format!("parties[{place}].claims[{}]", party.claims.len()),
            columns,
        ));
        party.claims.push(ClaimIn {
            attribute: claim.attribute.clone(),
            value,
            valid_from: None,
            valid_to: None,
            source: Some(SOURCE.to_owned()),
        });
    }

    /// An address, where the row has more of it than its country.
    fn address(&mut self, parts: &[(&'static str, Field)]) -> Option<Value> {
        let mut address = serde_json::Map::new();
        for (part, field) in parts {
            let value = match (&field.from, *part) {
                (From::Joined(names, _), "lines") => {
                    let lines = names.iter().filter_map(|n| self.cells.get(n));
                    let lines: Vec<&str> = lines.collect();
                    (!lines.is_empty()).then(|| json!(lines))
                }
                (_, "lines") => self.value(field).map(|line| json!([line])),
                _ => self.value(field).map(Value::String),
            };
            if let Some(value) = value {
                address.insert((*part).to_owned(), value);
            }
        }
        let says_where = address
            .keys()
            .any(|part| part != "country" && part != "region");
        (says_where && address.contains_key("country")).then_some(Value::Object(address))
    }

    /// Takes a verdict as evidence; says whether there was one to take.
    fn verdict(&mut self, verdict: &Verdict) -> bool {
        let place = place_of(verdict.whose);
        let Some(at) = self.time("", &verdict.at) else {
            let why = "a verdict without the time it was given is not taken".to_owned();
            self.left_out.push((columns_of(&verdict.at), why));
            return false;
        };
        let by = self.value(&verdict.by);
        let reference = verdict.reference.as_ref().and_then(|f| self.value(f));
        let expires_on = verdict.expires_on.as_ref().and_then(|f| self.time("", f));
        let Some(party) = self.parties.get_mut(place) else {
            return false;
        };
        let claimed = |a: &&String| party.claims.iter().any(|c| c.attribute == **a);
        let attributes: Vec<String> = verdict.attributes.iter().filter(claimed).cloned().collect();
        if attributes.is_empty() {
            let why = "a verdict about nothing that the row says is not taken".to_owned();
            self.left_out.push((columns_of(&verdict.at), why));
            return false;
        }
        let name = format!("verdict-{}", party.evidence.len());
        let number: Vec<String> = by.into_iter().chain(reference).collect();
        self.places.push((
            format!("parties[{place}].evidence[{}]", party.evidence.len()),
            columns_of(&verdict.by),
        ));
        self.places.push((
            format!("parties[{place}].checks[{}]", party.checks.len()),
            columns_of(&verdict.at),
        ));
        party.evidence.push(EvidenceIn {
            reference: Some(name.clone()),
            kind: "vendor_report".to_owned(),
            strength: verdict.strength,
            issuing_country: None,
            number: (!number.is_empty()).then(|| number.join(" / ")),
            issued_on: Some(at.date()),
            expires_on: expires_on.map(Timestamp::date).map(|d: Date| d),
        });
        party.checks.push(CheckIn {
            method: verdict.method.clone(),
            attributes,
            evidence: vec![name],
            outcome: CheckOutcome::Pass,
            reasons: vec!["earlier-verdict".to_owned()],
            at: Some(at),
            retry_at: None,
        });
        true
    }

    fn dates(&mut self) -> ImportDates {
        let account = &self.reader.mapping.account;
        let mut date = |name: &str, field: &Option<Field>| {
            let field = field.as_ref()?;
            self.time(&format!("account.{name}"), field)
        };
        let opened_at = date("opened_at", &account.opened_at);
        let closed_at = date("closed_at", &account.closed_at);
        let last_access_at = date("last_access_at", &account.last_access_at);
        let asserted_at = date("asserted_at", &account.asserted_at);
        let closed = holds(&account.closed, self.cells);
        let always = matches!(account.closed, Test::Always(_));
        ImportDates {
            opened_at,
            closed: closed || (always && closed_at.is_some()),
            closed_at: closed_at.filter(|_| closed || always),
            last_access_at,
            asserted_at,
        }
    }

    /// A value for the field of that path.
    fn text(&mut self, path: &str, field: &Field) -> Option<String> {
        self.places.push((path.to_owned(), columns_of(field)));
        self.value(field)
    }

    fn time(&mut self, path: &str, field: &Field) -> Option<Timestamp> {
        if !path.is_empty() {
            self.places.push((path.to_owned(), columns_of(field)));
        }
        let cell = self.cell(field)?;
        match field.transform.time(&cell) {
            Ok(time) => time,
            Err(why) => {
                self.wrong(field, why);
                None
            }
        }
    }

    fn value(&mut self, field: &Field) -> Option<String> {
        let cell = self.cell(field)?;
        let country = match &field.transform {
            Transform::Phone(Some(column)) => self.cells.get(column),
            _ => None,
        };
        match field.transform.apply(&cell, country) {
            Ok(value) => value,
            Err(why) => {
                self.wrong(field, why);
                None
            }
        }
    }

    fn wrong(&mut self, field: &Field, why: String) {
        let column = columns_of(field);
        match field.leave_out {
            true => self.left_out.push((column, why)),
            false => self.errors.push(FieldError::new(column, why)),
        }
    }

    fn cell(&self, field: &Field) -> Option<String> {
        let found = match &field.from {
            From::Column(names) => names
                .iter()
                .find(|n| self.cells.header.has(n))
                .and_then(|n| self.cells.get(n))
                .map(str::to_owned),
            From::Joined(names, between) => {
                let cells: Vec<&str> = names.iter().filter_map(|n| self.cells.get(n)).collect();
                (!cells.is_empty()).then(|| cells.join(between))
            }
            From::Constant(constant) => Some(constant.clone()),
        };
        found.or_else(|| field.default.clone())
    }
}

fn place_of(whose: Whose) -> usize {
    match whose.about {
        About::Holder => 0,
        About::Contact => 1,
    }
}

/// The text of a cell as the JSON of its attribute's type; what does not fit is refused with its column afterwards.
fn typed(registry: &Registry, attribute: &str, text: &str) -> Value {
    match registry.get(attribute).map(|a| a.value_type) {
        Some(ValueType::Boolean) if text == "true" => Value::Bool(true),
        Some(ValueType::Boolean) if text == "false" => Value::Bool(false),
        Some(ValueType::Integer) => text
            .parse::<i64>()
            .map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

fn holds(test: &Test, cells: Cells<'_>) -> bool {
    let cell = |names: &[String]| {
        let mut names = names.iter();
        let name = names.find(|n| cells.header.has(n))?;
        cells.get(name)
    };
    match test {
        Test::Always(always) => *always,
        Test::Filled(names) => cell(names).is_some(),
        Test::Is(names, words) => cell(names).is_some_and(|c| words.contains(&c.to_lowercase())),
    }
}

fn first_column(field: &Field) -> &str {
    match &field.from {
        From::Column(names) | From::Joined(names, _) => names.first().map_or("", String::as_str),
        From::Constant(_) => "",
    }
}

fn columns_of(field: &Field) -> String {
    match &field.from {
        From::Column(_) => first_column(field).to_owned(),
        From::Joined(names, _) => names.join(", "),
        From::Constant(_) => String::new(),
    }
}
