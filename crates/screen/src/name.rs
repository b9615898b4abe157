//! A name as the comparison reads it: parts in their order, each with what it is.

mod forms;
mod servants;

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
    /// One syllable of a script that does not part words: there are few, and each is another word.
    pub(crate) syllable: bool,
}

/// A name in pieces. `SURNAME, Given Names` is turned round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) pieces: Vec<Piece>,
    /// How many pieces, at the end, are the family name; 0 if that is not known.
    pub(crate) family: usize,
}

/// Reads a name. Nothing if there is nothing to compare or too much. What stands in brackets says which one is meant, or
/// says it again: it may be left out.
pub(crate) fn read(kind: Kind, text: &str) -> Option<Name> {
    if let Some((outside, inside)) = bracketed(text)
        && let Some(mut name) = read(kind, &outside)
    {
        if let Some(mut more) = pieces(kind, &inside) {
            more.iter_mut().for_each(|piece| piece.particle = true);
            name.family = 0;
            name.pieces.append(&mut more);
            name.pieces.truncate(MAX_PARTS);
        }
        return Some(name);
    }
    if kind == Kind::Person
        && let Some((family, given)) = text.split_once(',')
        && let (Some(mut family), Some(mut given)) = (pieces(kind, family), pieces(kind, given))
    {
        let count = family.len();
        given.append(&mut family);
        given.truncate(MAX_PARTS);
        return Some(Name {
            pieces: given,
            family: count.min(MAX_PARTS),
        });
    }
    pieces(kind, text).map(|pieces| Name { pieces, family: 0 })
}

/// A text without what stands in brackets, and that.
fn bracketed(text: &str) -> Option<(String, String)> {
    let (before, rest) = text.split_once('(')?;
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    Some((format!("{before} {after}"), inside.to_owned()))
}

fn pieces(kind: Kind, text: &str) -> Option<Vec<Piece>> {
    let mut parts = normalise::parts(kind, text)?;
    join_spaced(&mut parts);
    let person = kind == Kind::Person;
    if person {
        parts = parts.into_iter().flat_map(part_servant).collect();
    }
    if kind == Kind::Aircraft {
        join_all(&mut parts);
    }
    if kind == Kind::Organisation {
        parts = parts.into_iter().flat_map(forms::part).collect();
    }
    let class = Class::of(kind);
    let mut pieces: Vec<Piece> = parts
        .iter()
        .take(MAX_PARTS)
        .map(|part| Piece {
            spelling: Spelling::of(part),
            particle: weight::is_particle(part.text.as_bytes(), class),
            syllable: part.syllable,
            initial: person && !part.vowelless && part.text.len() == 1,
        })
        .collect();
    if kind == Kind::Organisation {
        forms::mark(&mut pieces);
    }
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
    let rest = match text
        .strip_prefix("abd")
        .or_else(|| text.strip_prefix("abed"))
    {
        Some("") | None => return vec![part],
        Some(
            "allah" | "ullah" | "ulla" | "alla" | "ellah" | "oullah" | "oulla" | "ella" | "olla"
            | "ollah",
        ) => {
            return vec![make("abdullah")];
        }
        Some(rest) => rest,
    };
    let after = rest.trim_start_matches(['a', 'e', 'i', 'o', 'u']);
    if after.len() == rest.len() {
        return vec![part];
    }
    // `Abdel`, `Abdul`, `Abdur` before another word.
    if after.len() <= 2 && after.chars().all(|c| "lrsnzdt".contains(c)) && !after.is_empty() {
        return vec![make("abd")];
    }
    let (first, others) = after.split_at_checked(1).unwrap_or((after, ""));
    let bare = [others.strip_prefix(first).unwrap_or(after), others, after];
    let served = bare.iter().find(|name| servants::is_name(name));
    served.map_or_else(|| vec![part.clone()], |name| vec![make("abd"), make(name)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(kind: Kind, name: &str) -> Vec<String> {
        let name = read(kind, name).unwrap();
        name.pieces
            .into_iter()
            .map(|p| String::from_utf8(p.spelling.text).unwrap())
            .collect()
    }

    #[test]
    fn servants_are_parted() {
        for name in [
            "Abdulrahman",
            "Abd al-Rahman",
            "Abdel Rahman",
            "Abdurrahman",
            "Abdourahman",
        ] {
            let texts = texts(Kind::Person, name);
            assert_eq!(
                (texts[0].as_str(), texts.last().unwrap().as_str()),
                ("abd", "rahman"),
                "{name}"
            );
        }
        assert_eq!(texts(Kind::Person, "Abdallah Abdi"), ["abdullah", "abdi"]);
    }

    #[test]
    fn letters_written_apart_are_a_word() {
        assert_eq!(
            texts(Kind::Person, "V o l k o v Arkady"),
            ["volkov", "arkady"]
        );
        assert_eq!(
            texts(Kind::Person, "J R R Tolkien"),
            ["j", "r", "r", "tolkien"]
        );
        assert_eq!(texts(Kind::Aircraft, "EP-ZQA"), ["epzqa"]);
    }

    #[test]
    fn the_family_name_stands_before_the_comma() {
        let family = |kind, name| read(kind, name).unwrap().family;
        assert_eq!(family(Kind::Person, "VAN DER BERG, Jan"), 3);
        assert_eq!(family(Kind::Person, "Jan Berg"), 0);
        assert_eq!(family(Kind::Organisation, "ALPHA, LTD"), 0);
        assert_eq!(
            texts(Kind::Person, "VOLKOV, Arkady (KOLYA)"),
            ["arkady", "volkov", "kolya"]
        );
    }
}
