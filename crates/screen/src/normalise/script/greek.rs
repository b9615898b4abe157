//! Greek by sound, after ELOT 743 (ISO 843 type 2) with the digraphs that names are written by in passports.

use unicode_normalization::UnicodeNormalization as _;

/// Pairs of letters that make one sound, before single letters.
const PAIRS: &[(&str, &str)] = &[
    ("ου", "ou"),
    ("αυ", "av"),
    ("ευ", "ev"),
    ("ηυ", "iv"),
    ("γγ", "ng"),
    ("γκ", "gk"),
    ("γχ", "nch"),
    ("γξ", "nx"),
    ("τσ", "ts"),
    ("τζ", "tz"),
];

/// Latin spelling of a Greek word.
pub(super) fn latin(word: &str) -> String {
    let letters: Vec<char> = word
        .chars()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36F}'))
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .collect();
    let mut out = String::with_capacity(word.len());
    let mut at = 0;
    while let Some(c) = letters.get(at) {
        let pair: String = letters.iter().skip(at).take(2).collect();
        if pair == "μπ" {
            out.push_str(if at == 0 { "b" } else { "mp" });
            at += 2;
        } else if pair == "ντ" {
            out.push_str(if at == 0 { "d" } else { "nt" });
            at += 2;
        } else if let Some((_, text)) = PAIRS.iter().find(|(from, _)| *from == pair) {
            out.push_str(text);
            at += 2;
        } else {
            match letter(*c) {
                Some(text) => out.push_str(text),
                None => out.push_str(&super::ascii(c.encode_utf8(&mut [0; 4]))),
            }
            at += 1;
        }
    }
    out
}

fn letter(c: char) -> Option<&'static str> {
    Some(match c {
        'α' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' => "e",
        'ζ' => "z",
        'η' | 'ι' => "i",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ω' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' => "s",
        'τ' => "t",
        'υ' => "y",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        _ => return None,
    })
}
