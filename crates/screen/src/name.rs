//! A name as the comparison reads it: parts in their order, each with what it is.

use crate::Kind;
use crate::normalise::{self, Part};
use crate::spelling::Spelling;
use crate::weight::{self, Class};

/// Parts of one name that are compared. The longest listed names, of organisations, have about thirty; what is beyond is
/// not told apart.
pub(crate) const MAX_PARTS: usize = 16;

/// Single letters in a row that are one word written apart.
const SPACED_FROM: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) spelling: Spelling,
    /// A word between the parts that is written or left out at will.
    pub(crate) particle: bool,
    /// A single letter that stands for a name.
    pub(crate) initial: bool,
}

/// The pieces of a name. Nothing if there is nothing to compare or too much.
pub(crate) fn read(kind: Kind, text: &str) -> Option<Vec<Piece>> {
    let mut parts = normalise::parts(kind, text)?;
    join_spaced(&mut parts);
    let person = kind == Kind::Person;
    if person {
        parts = parts.into_iter().flat_map(part_servant).collect();
    }
    if kind == Kind::Aircraft {
        join_all(&mut parts);
    }
    let class = Class::of(kind);
    let mut pieces: Vec<Piece> = parts
        .iter()
        .take(MAX_PARTS)
        .map(|part| Piece {
            spelling: Spelling::of(part),
            particle: weight::is_particle(part.text.as_bytes(), class),
            initial: person && !part.vowelless && part.text.len() == 1,
        })
        .collect();
    // A name of particles alone, or of one other part, is what it is: `Ben Dor`, `The The`.
    let solid = pieces.iter().filter(|p| !p.particle && !p.initial).count();
    if solid == 0 {
        for piece in &mut pieces {
            piece.particle = false;
            piece.initial = false;
        }
    }
    Some(pieces)
}

/// `a b d u l` is one word; so is `I B M`, for whatever is no person `J R R` is not.
fn join_spaced(parts: &mut Vec<Part>) {
    let mut out: Vec<Part> = Vec::with_capacity(parts.len());
    let mut run: Vec<Part> = Vec::new();
    let close = |run: &mut Vec<Part>, out: &mut Vec<Part>| {
        if run.len() >= SPACED_FROM {
            let text = run.iter().map(|p| p.text.as_str()).collect();
            run.clear();
            out.push(Part {
                text,
                vowelless: false,
                syllable: false,
            });
        } else {
            out.append(run);
        }
    };
    for part in parts.drain(..) {
        if part.text.len() == 1 && !part.vowelless {
            run.push(part);
        } else {
            close(&mut run, &mut out);
            out.push(part);
        }
    }
    close(&mut run, &mut out);
    *parts = out;
}

fn join_all(parts: &mut Vec<Part>) {
    let text: String = parts.iter().map(|p| p.text.as_str()).collect();
    parts.truncate(1);
    if let Some(first) = parts.first_mut() {
        first.text = text;
    }
}

/// `Abdulrahman`, `Abdel Rahman` and `Abd al-Rahman` are two parts, whose article is written in many ways; `Abdullah` is
/// one.
fn part_servant(part: Part) -> Vec<Part> {
    if part.vowelless {
        return vec![part];
    }
    let text = part.text.as_str();
    let make = |text: &str| Part {
        text: text.to_owned(),
        vowelless: false,
        syllable: false,
    };
    let rest = match text.strip_prefix("abd").or_else(|| text.strip_prefix("abed")) {
        Some("") | None => return vec![part],
        // `Abdel`, `Abdul` before another word.
        Some("el" | "ul" | "al" | "ol" | "il" | "oul" | "ur" | "ar" | "er" | "us" | "as" | "es" | "un" | "an") => {
            return vec![make("abd")];
        }
        Some("allah" | "ullah" | "ulla" | "alla" | "ellah" | "oullah" | "oulla" | "ella" | "olla" | "ollah") => {
            return vec![make("abdullah")];
        }
        Some(rest) => rest,
    };
    let after = rest.trim_start_matches(['a', 'e', 'i', 'o', 'u']);
    if after.len() == rest.len() {
        return vec![part];
    }
    let mut letters = after.chars();
    let (first, second) = (letters.next(), letters.next());
    let bare = match (first, second) {
        (Some(a), Some(b)) if a == b => after.get(1..),
        (Some('l'), Some(b)) if !"aeiouy".contains(b) => after.get(1..),
        _ => Some(after),
    };
    match bare {
        Some(bare) if bare.len() >= 4 => vec![make("abd"), make(bare)],
        _ => vec![part],
    }
}

/// How many pieces, from the start, are the family name: what stands before the comma of `SURNAME, Given Names`.
pub(crate) fn family_pieces(kind: Kind, text: &str) -> usize {
    if kind != Kind::Person {
        return 0;
    }
    let family = text.split_once(',').and_then(|(family, given)| {
        let given = normalise::parts(kind, given)?;
        (!given.is_empty()).then_some(family)
    });
    family.and_then(|f| read(kind, f)).map_or(0, |p| p.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(kind: Kind, name: &str) -> Vec<String> {
        let pieces = read(kind, name).unwrap();
        pieces
            .into_iter()
            .map(|p| String::from_utf8(p.spelling.text).unwrap())
            .collect()
    }

    #[test]
    fn servants_are_parted() {
        for name in ["Abdulrahman", "Abd al-Rahman", "Abdel Rahman", "Abdurrahman", "Abdourahman"] {
            let texts = texts(Kind::Person, name);
            assert_eq!((texts[0].as_str(), texts.last().unwrap().as_str()), ("abd", "rahman"), "{name}");
        }
        assert_eq!(texts(Kind::Person, "Abdallah Abdi"), ["abdullah", "abdi"]);
    }

    #[test]
    fn letters_written_apart_are_a_word() {
        assert_eq!(texts(Kind::Person, "V o l k o v Arkady"), ["volkov", "arkady"]);
        assert_eq!(texts(Kind::Person, "J R R Tolkien"), ["j", "r", "r", "tolkien"]);
        assert_eq!(texts(Kind::Aircraft, "EP-ZQA"), ["epzqa"]);
    }

    #[test]
    fn the_family_name_stands_before_the_comma() {
        assert_eq!(family_pieces(Kind::Person, "VAN DER BERG, Jan"), 3);
        assert_eq!(family_pieces(Kind::Person, "Jan Berg"), 0);
        assert_eq!(family_pieces(Kind::Organisation, "ALPHA, LTD"), 0);
    }
}
