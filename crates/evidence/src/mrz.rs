//! Kind `mrz`: machine-readable zones of travel documents and visas (ICAO Doc 9303 parts 3 to 7).
//!
//! A zone holds if it has the form of TD1, TD2, TD3, MRV-A or MRV-B, if every check digit fits and every date is one.
//! What no check digit protects (codes of states, names, the document code, the sex) is looked at too; where it is not
//! what the standard allows, the zone still holds, `doubts` names the field, and the zone has no strength.
//!
//! Check digits find mistakes, not forgers: anybody can compute them, so a zone is FAIR evidence at most.

mod date;
mod digit;
mod state;
mod transliteration;
mod zone;

use bonafide_model::{Date, Strength};
use serde_json::{Value, json};

use crate::context::Reader;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};

pub use date::{Partial, birth_date, expiry_date};
pub use digit::check_digit;
pub use state::{is_listed, iso_alpha2};
pub use transliteration::transliterate;
pub use zone::{Doubts, Form, Zone};

/// Bytes of an input: three lines of 30 with line ends are below 100; the rest is room for blanks around them.
pub(crate) const MOST_BYTES: usize = 1024;

pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let wanted = context.optional_text("format")?.map(form).transpose()?;
    let zone = match Zone::read(utf8(input)?) {
        Ok(zone) => zone,
        Err(reasons) => return Ok(Verdict::refused(reasons)),
    };
    if wanted.is_some_and(|form| form != zone.form) {
        let text = format!("the zone is a {}", zone.form.as_str());
        return Err(Reason::new(Code::Binding, text));
    }
    judge(&zone, context.now().date(), context.is_instant_given())
}

fn form(name: &str) -> Result<Form, Reason> {
    let found = Form::ALL.into_iter().find(|form| form.as_str() == name);
    found.ok_or_else(|| {
        let text = "`format` in the context must be `TD1`, `TD2`, `TD3`, `MRV-A` or `MRV-B`";
        Reason::new(Code::Context, text)
    })
}

/// Whether a zone is in force on `today`, and what it states. A zone out of force is refused where somebody asked about
/// a day, and holds without strength where nobody did.
pub(crate) fn judge(zone: &Zone<'_>, today: Date, asked: bool) -> Result<Verdict, Reason> {
    let birth = birth_date(zone.birth, today)?;
    let expiry = expiry_date(zone.expiry, today)?;
    let expired = expiry.last_day().is_some_and(|last| last < today);
    if expired && asked {
        let text = format!("the document expired on {expiry}");
        return Err(Reason::new(Code::Expired, text));
    }
    let mut doubts = zone.doubts();
    // Centuries are inferred, so that this may be a mistake of ours and is no reason to refuse.
    doubts.expiry_date = match (birth.first_day(), expiry.last_day()) {
        (Some(birth), Some(last)) => last < birth,
        _ => false,
    };
    let strength = (!expired && doubts.is_empty()).then_some(Strength::Fair);
    Ok(Verdict::valid(
        strength,
        claims(zone, birth, expiry, expired, doubts),
    ))
}

fn claims(
    zone: &Zone<'_>,
    birth: Partial,
    expiry: Partial,
    expired: bool,
    doubts: Doubts,
) -> Value {
    let (surname, given_names) = zone.names();
    let sex = match zone.sex {
        b'M' => Some("male"),
        b'F' => Some("female"),
        _ => None,
    };
    json!({
        "format": zone.form.as_str(),
        "document_code": zone.document_code(),
        "issuing_state": zone.issuing_state(),
        "document_number": zone.document_number(),
        "nationality": zone.nationality(),
        "birth_date": birth.to_string(),
        "sex": sex,
        "expiry_date": expiry.to_string(),
        "surname": surname,
        "given_names": given_names,
        "optional_1": zone.optional_1(),
        "optional_2": zone.optional_2(),
        "expired": expired,
        "doubts": doubts.names(),
    })
}
