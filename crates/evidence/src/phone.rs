//! Kind `phone`: whether a text is a telephone number that can be dialled, and how it is written (ITU-T E.164).
//!
//! By the numbering plans of libphonenumber, as the library that carries them knew them when it was released: plans
//! change, so that a number that is refused here may be new, and `docs/evidence.md` says how old the plans are.

use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Type, country};
use regex::RegexBuilder;
use serde_json::json;

use crate::context::Reader;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};

/// Bytes of an input: the longest number with its spaces and extension is far below.
pub(crate) const MOST_BYTES: usize = 250;

pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let region = context.optional_text("region")?.map(region).transpose()?;
    let text = utf8(input)?.trim();
    let refused = |text: &str| Reason::new(Code::Malformed, text);
    let number = phonenumber::parse(region, text).map_err(|_| {
        refused("this is not a telephone number; write it with `+` and its country, or say the `region`")
    })?;
    let national = number.national().to_string();
    let found = plan(number.country().code(), &national).map(|plan| (national, plan));
    let (national, plan) = found
        .or_else(|| whole(region?, text))
        .ok_or_else(|| refused("no numbering plan has such a number"))?;
    Ok(Verdict::valid(
        None,
        json!({
            "e164": format!("+{}{national}", plan.code),
            "country_code": plan.code,
            "region": plan.region,
            "type": plan.sort,
        }),
    ))
}

fn region(text: &str) -> Result<country::Id, Reason> {
    text.parse().map_err(|_| {
        let text = "`region` in the context must be two letters of a region, such as `US`";
        Reason::new(Code::Context, text)
    })
}

/// A national number taken as it is, or without the prefix of its region: the library takes digits off that look like a
/// prefix or a country's code even where no plan has the rest.
fn whole(region: country::Id, text: &str) -> Option<(String, Plan)> {
    let metadata = DATABASE.by_id(region.as_ref())?;
    if text.contains('+') {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let prefix = metadata.national_prefix().unwrap_or("");
    let short = digits.strip_prefix(prefix).unwrap_or(&digits);
    [digits.as_str(), short].into_iter().find_map(|national| {
        let plan = plan(metadata.country_code(), national)?;
        Some((national.to_owned(), plan))
    })
}

/// Where and of what sort a number is.
struct Plan {
    code: u16,
    region: String,
    sort: &'static str,
}

/// The sorts of numbers that a plan tells apart, in the order in which they are tried; a number of the two last together
/// is of either.
const SORTS: [(Type, &str); 10] = [
    (Type::PremiumRate, "premium_rate"),
    (Type::TollFree, "toll_free"),
    (Type::SharedCost, "shared_cost"),
    (Type::Voip, "voip"),
    (Type::PersonalNumber, "personal_number"),
    (Type::Pager, "pager"),
    (Type::Uan, "uan"),
    (Type::Voicemail, "voicemail"),
    (Type::FixedLine, "fixed_line"),
    (Type::Mobile, "mobile"),
];

/// The region and the sort of a number that some plan of its country code has. The whole number is compared: the library's
/// own answer is content with its beginning.
fn plan(code: u16, national: &str) -> Option<Plan> {
    let plans = DATABASE.by_code(&code)?;
    plans.into_iter().find_map(|plan| {
        if !fits(plan.descriptors().general(), national) {
            return None;
        }
        let of = |kind| {
            plan.descriptors()
                .get(kind)
                .is_some_and(|d| fits(d, national))
        };
        let (_, sort) = SORTS.iter().find(|(kind, _)| of(*kind))?;
        let both = *sort == "fixed_line" && of(Type::Mobile);
        Some(Plan {
            code,
            region: plan.id().to_owned(),
            sort: if both { "fixed_line_or_mobile" } else { sort },
        })
    })
}

fn fits(descriptor: &Descriptor, national: &str) -> bool {
    let lengths = descriptor.possible_length();
    if !lengths.is_empty()
        && !lengths
            .iter()
            .any(|length| usize::from(*length) == national.len())
    {
        return false;
    }
    let whole = format!("^(?:{})$", descriptor.national_number().as_str());
    let pattern = RegexBuilder::new(&whole).ignore_whitespace(true).build();
    pattern.is_ok_and(|pattern| pattern.is_match(national))
}
