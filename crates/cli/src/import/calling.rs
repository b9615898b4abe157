//! Telephone numbers as people wrote them, in international form. Source of the codes: ITU-T E.164, list of assigned
//! country codes; of the trunk prefixes: ITU-T, national numbering plans.
//!
//! Nothing here says that a number exists. A number that names no country needs one; without, it is refused.

/// Country and calling code, by country.
const CODES: &str = "AC247 AD376 AE971 AF93 AG1 AI1 AL355 AM374 AO244 AR54 AS1 AT43 AU61 AW297 AX358 AZ994 BA387 BB1 \
BD880 BE32 BF226 BG359 BH973 BI257 BJ229 BL590 BM1 BN673 BO591 BQ599 BR55 BS1 BT975 BW267 BY375 BZ501 CA1 CC61 CD243 \
CF236 CG242 CH41 CI225 CK682 CL56 CM237 CN86 CO57 CR506 CU53 CV238 CW599 CX61 CY357 CZ420 DE49 DJ253 DK45 DM1 DO1 DZ213 \
EC593 EE372 EG20 EH212 ER291 ES34 ET251 FI358 FJ679 FK500 FM691 FO298 FR33 GA241 GB44 GD1 GE995 GF594 GG44 GH233 GI350 \
GL299 GM220 GN224 GP590 GQ240 GR30 GT502 GU1 GW245 GY592 HK852 HN504 HR385 HT509 HU36 ID62 IE353 IL972 IM44 IN91 IO246 \
IQ964 IR98 IS354 IT39 JE44 JM1 JO962 JP81 KE254 KG996 KH855 KI686 KM269 KN1 KP850 KR82 KW965 KY1 KZ7 LA856 LB961 LC1 \
LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 MD373 ME382 MF590 MG261 MH692 MK389 ML223 MM95 MN976 MO853 \
MP1 MQ596 MR222 MS1 MT356 MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NC687 NE227 NF672 NG234 NI505 NL31 NO47 NP977 NR674 \
NU683 NZ64 OM968 PA507 PE51 PF689 PG675 PH63 PK92 PL48 PM508 PR1 PS970 PT351 PW680 PY595 QA974 RE262 RO40 RS381 RU7 \
RW250 SA966 SB677 SC248 SD249 SE46 SG65 SH290 SI386 SJ47 SK421 SL232 SM378 SN221 SO252 SR597 SS211 ST239 SV503 SX1 \
SY963 SZ268 TC1 TD235 TG228 TH66 TJ992 TK690 TL670 TM993 TN216 TO676 TR90 TT1 TV688 TW886 TZ255 UA380 UG256 US1 UY598 \
UZ998 VA39 VC1 VE58 VG1 VI1 VN84 VU678 WF681 WS685 XK383 YE967 YT262 ZA27 ZM260 ZW263";

/// Where the leading zero is part of the number.
const ZERO_STAYS: [&str; 3] = ["IT", "SM", "VA"];

/// The number in international form, `+` and digits; `country` counts where it has no country code.
pub(crate) fn international(text: &str, country: Option<&str>) -> Result<String, String> {
    let bare: String = text.replace("(0)", "");
    let bare: String = bare
        .chars()
        .filter(|c| !c.is_whitespace() && !"-./()\u{a0}\u{2010}\u{2011}\u{2013}".contains(*c))
        .collect();
    let (digits, is_international) =
        match bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")) {
            Some(rest) => (rest, true),
            None => (bare.as_str(), false),
        };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(
            "a telephone number has digits, and `+` with a country code in front".to_owned(),
        );
    }
    if is_international {
        return Ok(format!("+{digits}"));
    }
    let Some(country) = country else {
        return Err("the number has no country code, and the row names no country".to_owned());
    };
    let code = code_of(country);
    let code = code.ok_or_else(|| format!("no calling code of `{country}` is known"))?;
    Ok(format!("+{code}{}", without_trunk(digits, country, code)))
}

fn code_of(country: &str) -> Option<&'static str> {
    CODES
        .split_ascii_whitespace()
        .filter_map(|entry| entry.split_at_checked(2))
        .find(|(of, _)| *of == country)
        .map(|(_, code)| code)
}

/// The number without what is dialled only within the country.
fn without_trunk<'a>(digits: &'a str, country: &str, code: &str) -> &'a str {
    let trunk = match (country, code) {
        ("HU", _) => "06",
        ("RU" | "KZ", _) if digits.len() == 11 => "8",
        ("BY", _) if digits.len() == 11 => "80",
        (_, "1") if digits.len() == 11 => "1",
        _ if ZERO_STAYS.contains(&country) => "",
        _ => "0",
    };
    digits.strip_prefix(trunk).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, country, expected) in [
            ("+49 (0)30 123456", None, "+4930123456"),
            ("0049 30/123456", None, "+4930123456"),
            ("030 123456", Some("DE"), "+4930123456"),
            ("(555) 010-1234", Some("US"), "+15550101234"),
            ("1 555 010 1234", Some("US"), "+15550101234"),
            ("06 1234 5678", Some("IT"), "+390612345678"),
            ("+1.5550101234", Some("DE"), "+15550101234"),
            ("06 1 234 5678", Some("HU"), "+3612345678"),
            ("8 495 123-45-67", Some("RU"), "+74951234567"),
        ] {
            assert_eq!(international(text, country).unwrap(), expected, "{text}");
        }
        for (text, country) in [
            ("030 123456", None),
            ("call me", Some("DE")),
            ("", Some("DE")),
            ("12", Some("AQ")),
        ] {
            assert!(international(text, country).is_err(), "{text}");
        }
    }

    #[test]
    fn every_code_is_of_a_country_and_short() {
        for entry in CODES.split_ascii_whitespace() {
            let (country, code) = entry.split_at(2);
            assert!(
                country == "AC" || bonafide_model::country::is_known(country),
                "{entry}"
            );
            assert!(
                (1..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()),
                "{entry}"
            );
        }
        // Those without a calling code of their own: nobody lives there, or another's is used.
        let known = CODES.split_ascii_whitespace().count();
        assert_eq!(known, 244);
    }
}
