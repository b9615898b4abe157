//! Kind `emrtd`: the chip of a passport or identity card, as an app read it; passive authentication (ICAO Doc 9303 part
//! 11, section 5.1).
//!
//! It holds if the security object (SOD) is signed by a document signer whom a country signing authority among the trust
//! anchors certified, and every data group that was sent has the hash that was signed. Passive authentication shows that
//! the data are the state's; that the chip is not a copy, and that its holder is the applicant, it does not show.
//!
//! The input is the upload of the app (JSON, `docs/verify.md`), or the SOD with `data_groups` in the context. The portrait
//! (data group 2) is hashed and not kept.

mod data_group;
mod security_object;

use bonafide_model::{Date, Strength};
use serde_json::{Map, Value, json};

use crate::context::{Anchor, Reader};
use crate::mrz::{self, is_listed, iso_alpha2};
use crate::pki::certificate::Certificate;
use crate::pki::cms::SignedData;
use crate::pki::store::Store;
use crate::pki::tlv;
use crate::verdict::{Code, Reason, Verdict};
use data_group::{DataGroups, zone_text};
use security_object::SecurityObject;

/// Bytes of an input: portraits reach 100 KiB, fingerprints and signatures less; in hexadecimal twice that.
pub(crate) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The tag of EF.SOD.
const SOD: u32 = 0x77;

/// What a chip-reading app sent.
struct Upload {
    sod: Vec<u8>,
    groups: DataGroups,
}

pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let upload = match input.first() {
        Some(b'{') => Upload::json(input)?,
        _ => Upload {
            sod: input.to_vec(),
            groups: DataGroups::read(context.value("data_groups")?, Code::Context)?,
        },
    };
    let apart = context.optional_anchors("certificates")?;
    let crls = context.optional_anchors("crls")?;
    let mut store = Store::read(context.trust())?;
    store.crls.extend(Store::read(&crls)?.crls);
    let apart = certificates(&apart)?;
    let facts = Facts::establish(&upload, &apart, &store, context)?;
    facts.verdict(context.now().date(), context.is_instant_given())
}

impl Upload {
    fn json(input: &[u8]) -> Result<Self, Reason> {
        let Value::Object(mut map) = crate::kinds::json(input)? else {
            return Err(Reason::new(
                Code::Malformed,
                "the upload is not a JSON object",
            ));
        };
        let sod = map
            .remove("sod")
            .as_ref()
            .and_then(Value::as_str)
            .and_then(crate::context::from_text);
        let sod = sod.ok_or_else(|| {
            Reason::new(
                Code::Malformed,
                "`sod` must be the security object in hexadecimal or base64",
            )
        })?;
        let groups = map.remove("data_groups").unwrap_or_default();
        let groups = DataGroups::read(&groups, Code::Malformed)?;
        match map.keys().next() {
            None => Ok(Self { sod, groups }),
            Some(key) => {
                let text = format!("`{}` is not a key of an upload", key.escape_debug());
                Err(Reason::new(Code::Malformed, text))
            }
        }
    }
}

fn certificates(anchors: &[Anchor]) -> Result<Vec<Certificate<'_>>, Reason> {
    let read = |anchor| Certificate::read(anchor);
    let all: Result<Vec<_>, _> = anchors.iter().map(|anchor| read(&anchor.der)).collect();
    all.map_err(|_| {
        Reason::new(
            Code::Context,
            "`certificates` holds what is not a certificate",
        )
    })
}

/// What passive authentication established.
struct Facts {
    country: String,
    hash: &'static str,
    groups: Vec<u8>,
    zone: String,
}

impl Facts {
    fn establish(
        upload: &Upload,
        apart: &[Certificate<'_>],
        store: &Store<'_>,
        context: &Reader<'_>,
    ) -> Result<Self, Reason> {
        // Chips send the signed message in a wrapper of its own; some apps take that off.
        let message = match tlv::Reader::new(&upload.sod).peek() {
            SOD => tlv::single(&upload.sod, SOD, "the security object")?.value,
            _ => upload.sod.as_slice(),
        };
        let data = SignedData::read(message)?;
        let object = SecurityObject::read(&data)?;
        let signer = data.signer(apart)?;
        data.verify(&signer)?;
        signer.may_sign()?;
        let country = issuer(&signer, store, context)?;
        object.check(&upload.groups)?;
        let zone = upload.groups.get(1).ok_or_else(|| {
            let text = "data group 1, the machine-readable zone, was not sent";
            Reason::new(Code::Malformed, text)
        })?;
        Ok(Self {
            country,
            hash: object.hash.as_str(),
            groups: upload.groups.numbers(),
            zone: zone_text(zone)?,
        })
    }

    fn verdict(self, today: Date, asked: bool) -> Result<Verdict, Reason> {
        let mut claims = Map::new();
        let mut strength = Some(if self.groups.contains(&2) {
            Strength::Superior
        } else {
            Strength::Strong
        });
        match mrz::Zone::read(&self.zone) {
            Ok(zone) => {
                let state = zone.issuing_state();
                let agrees = agrees(state, &self.country);
                if !agrees && is_listed(state) {
                    let text = format!(
                        "the zone names `{state}` as issuing state, and the document signer is of `{}`",
                        self.country
                    );
                    return Err(Reason::new(Code::Country, text));
                }
                // No state is called so, as on specimens: nothing to compare, and nothing to rely on.
                if !agrees {
                    strength = Some(Strength::Fair);
                }
                let verdict = mrz::judge(&zone, today, asked)?;
                if verdict.claims.get("expired") == Some(&Value::Bool(true)) {
                    strength = None;
                }
                claims = verdict.claims;
            }
            // The state signed a zone that does not fit itself: the data are genuine, and somebody has to look at them.
            Err(reasons) => {
                strength = Some(Strength::Fair);
                let codes: Vec<Value> = reasons
                    .iter()
                    .map(|r| json!({"code": r.code.as_str(), "text": r.text}))
                    .collect();
                claims.insert("zone_reasons".to_owned(), Value::Array(codes));
            }
        }
        claims.insert("signer_country".to_owned(), json!(self.country));
        claims.insert("data_groups".to_owned(), json!(self.groups));
        claims.insert("hash".to_owned(), json!(self.hash));
        Ok(Verdict::valid(strength, Value::Object(claims)))
    }
}

/// Refuses a document signer whom no anchor certified, and gives its country.
fn issuer(
    signer: &Certificate<'_>,
    store: &Store<'_>,
    context: &Reader<'_>,
) -> Result<String, Reason> {
    let at = context.now();
    let country = signer
        .subject
        .country()?
        .or(signer.issuer.country()?)
        .ok_or_else(|| {
            Reason::new(
                Code::Country,
                "the document signer's certificate names no country",
            )
        })?;
    if store.anchors.iter().any(|anchor| anchor.raw == signer.raw) {
        signer.valid_at(at, "the document signer")?;
        return Ok(country);
    }
    let Some(authority) = store.issuer_of(signer) else {
        let text =
            "no country signing authority among the trust anchors certified the document signer";
        return Err(Reason::new(Code::Untrusted, text));
    };
    authority.may_certify()?;
    for (which, name) in [
        ("the document signer's issuer", signer.issuer),
        ("the country signing authority", authority.subject),
    ] {
        if name.country()?.as_ref() != Some(&country) {
            let text =
                format!("{which} is of another country than the document signer, `{country}`");
            return Err(Reason::new(Code::Country, text));
        }
    }
    signer.valid_at(at, "the document signer")?;
    authority.valid_at(at, "the country signing authority")?;
    store.not_revoked(signer, authority)?;
    Ok(country)
}

/// Whether a certificate's country is that of an issuing state: its two-letter code, or for those that have none (EUE,
/// UNO, XOM, the states of test documents) the first two letters of its three (Doc 9303 part 3, section 5).
fn agrees(state: &str, country: &str) -> bool {
    let kosovo = state == "RKS" && country == "KS";
    kosovo || iso_alpha2(state).or(state.get(..2)) == Some(country)
}
