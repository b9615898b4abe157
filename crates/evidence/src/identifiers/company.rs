//! Numbers of company registers, and of the securities and other things that companies are known by.
//!
//! A scheme has a name of its own (`au_abn`) and, where <https://org-id.guide> has one, that (`AU-ABN`), which beneficial
//! ownership statements use. A country stands for all its schemes.

mod americas;
mod asia;
mod codes;
mod east;
mod west;

use super::{Checked, plain};
use crate::verdict::{Code, Reason};

type Rule = fn(&str) -> Checked;

/// Stands in place of the characters between groups where blanks mean something.
const AS_WRITTEN: &str = " ";

/// Name, name in org-id.guide, country, characters between groups, rule.
const SCHEMES: &[(&str, &str, &str, &str, Rule)] = &[
    ("au_abn", "AU-ABN", "AU", "", asia::au_abn),
    ("au_acn", "AU-ACN", "AU", "", asia::au_acn),
    ("be_kbo", "BE-BCE_KBO", "BE", ".", west::be_kbo),
    ("br_cnpj", "BR-CNPJ", "BR", ".-/", americas::br_cnpj),
    ("by_unp", "BY-NPA", "BY", "-", east::by_unp),
    ("ca_bn", "CA-CRA_ACR", "CA", "-", americas::ca_bn),
    ("ch_uid", "CH-UID", "CH", "-.", west::ch_uid),
    ("cn_uscc", "CN-SAIC", "CN", "-", asia::cn_uscc),
    ("de_wkn", "", "", "", codes::wkn),
    ("dk_cvr", "DK-CVR", "DK", "", west::dk_cvr),
    (
        "ee_registrikood",
        "EE-KMKR",
        "EE",
        "",
        west::ee_registrikood,
    ),
    ("eu_eic", "", "", "", codes::eic),
    ("fi_ytunnus", "FI-PRO", "FI", "-", west::fi_ytunnus),
    ("figi", "", "", "", codes::figi),
    ("fr_siren", "FR-INSEE", "FR", ".", west::fr_siren),
    ("fr_siret", "", "FR", ".", west::fr_siret),
    ("gb_crn", "GB-COH", "GB", "", west::gb_crn),
    ("il_hp", "IL-ROC", "IL", "-", asia::il_hp),
    ("isin", "", "", "", codes::isin),
    ("iso11649", "", "", "", codes::creditor_reference),
    ("jp_cn", "JP-JCN", "JP", "-", asia::jp_cn),
    ("kr_brn", "KR-BRN", "KR", "-", asia::kr_brn),
    ("lei", "XI-LEI", "", "-", super::lei::check),
    ("ma_ice", "", "MA", "", east::ma_ice),
    ("md_idno", "MD-IDNO", "MD", "", east::md_idno),
    (
        "no_orgnr",
        "NO-BRC",
        "NO",
        "",
        super::vat::norwegian_organisation,
    ),
    ("pl_regon", "PL-REGON", "PL", "-", east::pl_regon),
    ("ro_onrc", "RO-CUI", "RO", AS_WRITTEN, east::ro_onrc),
    ("rs_pib", "RS-APR", "RS", "", east::rs_pib),
    ("ru_ogrn", "RU-OGRN", "RU", "", east::ru_ogrn),
    ("se_orgnr", "SE-BLV", "SE", "-", west::se_orgnr),
    ("sg_uen", "SG-ACRA", "SG", "", asia::sg_uen),
    ("si_maticna", "SI-PRS", "SI", "", east::si_maticna),
    ("tw_ubn", "TW-TUBN", "TW", "-", asia::tw_ubn),
    ("tw_ubn_2023", "TW-TUBN", "TW", "-", asia::tw_ubn_2023),
    ("ua_edrpou", "UA-EDR", "UA", "", east::ua_edrpou),
    ("us_ein", "US-EIN", "US", "-", americas::us_ein),
];

/// Checks a number, and answers the scheme it is of and its plain form.
pub(super) fn check(
    text: &str,
    scheme: Option<&str>,
    country: Option<&str>,
    this_year: &str,
) -> Result<(&'static str, String), Reason> {
    let country = country.map(str::to_ascii_uppercase);
    let wanted: Vec<_> = SCHEMES
        .iter()
        .filter(|(name, guide, of, ..)| {
            scheme.is_none_or(|s| *name == s || (!guide.is_empty() && *guide == s))
                && country.as_ref().is_none_or(|country| of == country)
        })
        .collect();
    if (scheme.is_none() && country.is_none()) || wanted.is_empty() {
        let text = format!(
            "no register of {} is known here: name it in the context by `scheme` (such as `gb_crn`) or `country`",
            crate::quoted(scheme.or(country.as_deref()))
        );
        return Err(Reason::new(Code::Scheme, text));
    }
    let mut refusal = None;
    for (name, _, _, between, rule) in wanted {
        let tried = if *between == AS_WRITTEN {
            rule(&text.trim().to_ascii_uppercase())
        } else {
            plain(text, between).and_then(|plain| rule(&plain))
        };
        match tried {
            // Written in full, a Romanian number holds the year of its registration.
            Ok(number)
                if *name == "ro_onrc"
                    && number.get(1..5).is_some_and(|y| y > this_year)
                    && !number.contains('/') =>
            {
                refusal = Some(super::form("the year of registration is yet to come"));
            }
            Ok(number) => return Ok((name, number)),
            Err(reason) => refusal = Some(reason),
        }
    }
    Err(refusal.unwrap_or_else(|| super::form("the number is of no known form")))
}
