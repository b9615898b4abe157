//! The forms of one name part that the comparison works on.
//!
//! - the **text**: Latin letters and digits;
//! - the **sound**: the same with pairs of letters that stand for one sound made one symbol, doubled letters made one;
//! - the **fold**: what is left when letters that transliterations exchange are one. Equal folds are candidates;
//! - the **skeletons**: consonants alone in broad classes, for scripts without vowels.
//!
//! Sounds beyond the alphabet have capital letters: `S` sh, `C` ch, `Z` zh, `X` kh, `T` ts, `D` dh, `P` th.

use crate::normalise::Part;

/// Letters of a part that are compared; the longest listed part that is one word has fewer.
pub(crate) const MAX_LETTERS: usize = 24;

/// Skeletons of one part: letters that stand for two sounds give two.
const MAX_SKELETONS: usize = 4;

/// One name part, ready to compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spelling {
    pub(crate) text: Vec<u8>,
    pub(crate) sound: Vec<u8>,
    pub(crate) fold: Vec<u8>,
    pub(crate) vowelless: bool,
}

impl Spelling {
    pub(crate) fn of(part: &Part) -> Self {
        Self::new(part.text.as_bytes(), part.vowelless)
    }

    pub(crate) fn new(text: &[u8], vowelless: bool) -> Self {
        let text: Vec<u8> = text.iter().copied().take(MAX_LETTERS).collect();
        let sound = sound(&text);
        let fold = fold(&sound);
        Self {
            text,
            sound,
            fold,
            vowelless,
        }
    }
}

/// Groups of letters that are one sound, the longer first.
const SOUNDS: &[(&[u8], &[u8])] = &[
    (b"shch", b"S"),
    (b"tsch", b"C"),
    (b"dzh", b"j"),
    (b"sch", b"S"),
    (b"tch", b"C"),
    (b"cch", b"k"),
    (b"sh", b"S"),
    (b"sz", b"S"),
    (b"ch", b"C"),
    (b"cz", b"C"),
    (b"zh", b"Z"),
    (b"kh", b"X"),
    (b"ts", b"T"),
    (b"tz", b"T"),
    (b"ph", b"f"),
    (b"ck", b"k"),
    (b"gh", b"g"),
    (b"dh", b"D"),
    (b"th", b"P"),
    (b"dj", b"j"),
    (b"tj", b"C"),
    (b"sj", b"S"),
    (b"cs", b"C"),
    (b"zs", b"Z"),
    (b"rz", b"Z"),
    (b"eo", b"o"),
    (b"dz", b"z"),
    (b"ou", b"u"),
    (b"oo", b"u"),
    (b"ee", b"i"),
    (b"iy", b"i"),
    (b"yi", b"i"),
    (b"ij", b"i"),
    (b"x", b"ks"),
];

fn sound(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len() + 2);
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let group = after
            .first()
            .filter(|_| first.is_ascii_lowercase())
            .and_then(|_| {
                let mut groups = SOUNDS
                    .iter()
                    .filter(|(from, _)| from.first() == Some(first));
                groups.find(|(from, _)| rest.starts_with(from))
            });
        let single = [*first];
        let (symbols, next) = match group {
            Some((from, to)) => (*to, rest.get(from.len()..).unwrap_or(&[])),
            None => (single.as_slice(), after),
        };
        for symbol in symbols {
            if out.last() != Some(symbol) || symbol.is_ascii_digit() {
                out.push(*symbol);
            }
        }
        rest = next;
    }
    out.truncate(MAX_LETTERS);
    out
}

/// What a scanner sees: letters of one shape are one, and letters that fall into two are two. Spellings that differ by any
/// number of a scanner's mistakes have equal shapes.
pub(crate) fn shape(text: &[u8]) -> impl Iterator<Item = u8> {
    let shapes = text.iter().map(|letter| -> &'static [u8] {
        match letter {
            b'a' | b'c' | b'e' | b'o' | b'0' => b"o",
            b'i' | b'l' | b'1' | b'j' | b't' | b'f' | b'7' | b'r' => b"l",
            b'n' | b'u' | b'v' => b"ll",
            b'm' => b"lll",
            b'w' => b"llll",
            b'd' => b"ol",
            b'h' | b'b' | b'8' | b'6' => b"b",
            b's' | b'5' => b"s",
            b'z' | b'2' => b"z",
            b'g' | b'9' | b'q' => b"g",
            b'k' => b"k",
            b'p' => b"p",
            b'x' => b"x",
            b'y' => b"y",
            b'3' => b"3",
            b'4' => b"4",
            _ => b"",
        }
    });
    shapes.flatten().copied()
}

pub(crate) fn is_vowel(symbol: u8) -> bool {
    matches!(symbol, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

fn fold(sound: &[u8]) -> Vec<u8> {
    let digits = sound.iter().filter(|b| b.is_ascii_digit()).count();
    if digits * 2 > sound.len() {
        return sound.to_vec();
    }
    let mut out: Vec<u8> = Vec::with_capacity(sound.len());
    for (at, symbol) in sound.iter().copied().enumerate() {
        let next = sound.get(at + 1).copied().unwrap_or(0);
        let folded = match symbol {
            b'a' | b'e' | b'4' | b'3' => b'a',
            b'i' | b'y' => b'i',
            b'o' | b'u' | b'0' => b'o',
            b'w' | b'f' | b'v' => b'v',
            b'q' | b'k' => b'k',
            b'c' if matches!(next, b'e' | b'i' | b'y') => b's',
            b'c' => b'k',
            b's' | b'z' | b'S' | b'Z' | b'T' | b'5' | b'2' => b's',
            b'h' | b'X' if out.is_empty() => b'h',
            b'h' | b'X' => continue,
            b'D' => b'd',
            b'P' | b'7' => b't',
            b'C' => b'c',
            b'1' => b'l',
            b'8' => b'b',
            b'6' | b'9' => b'g',
            b'n' if out.last() == Some(&b'r') => {
                out.pop();
                b'm'
            }
            other => other,
        };
        let runs_on = out
            .last()
            .is_some_and(|last| *last == folded || (is_vowel(*last) && is_vowel(folded)));
        if !runs_on {
            out.push(folded);
        }
    }
    out
}

/// The consonants in broad classes; several where a letter may stand for two. `w` and `y` are taken for vowels.
pub(crate) fn skeletons(sound: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = vec![Vec::with_capacity(sound.len())];
    for symbol in sound {
        let classes: &[u8] = match symbol {
            b'k' | b'q' | b'X' | b'g' | b'c' => b"k",
            b'Z' | b'C' => b"j",
            b'j' => b"jk",
            b's' | b'z' | b'S' | b'T' => b"s",
            b't' | b'd' => b"t",
            b'D' | b'P' => b"ts",
            b'b' | b'p' => b"b",
            b'f' => b"f",
            b'v' => b"fv",
            b'l' => b"l",
            b'r' => b"r",
            b'm' => b"m",
            b'n' => b"n",
            _ => continue,
        };
        let mut grown: Vec<Vec<u8>> = Vec::with_capacity(all.len() * classes.len());
        for class in classes {
            for skeleton in all.iter().take(MAX_SKELETONS / classes.len()) {
                let mut next = skeleton.clone();
                // `v` in the second class is a `w`, which is no consonant here.
                if *class != b'v' && next.last() != Some(class) {
                    next.push(*class);
                }
                grown.push(next);
            }
        }
        all = grown;
    }
    all.retain(|skeleton| !skeleton.is_empty());
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folds(texts: &[&str]) {
        let first = Spelling::new(texts[0].as_bytes(), false).fold;
        for text in texts {
            let fold = Spelling::new(text.as_bytes(), false).fold;
            assert_eq!(
                String::from_utf8_lossy(&fold),
                String::from_utf8_lossy(&first),
                "{text}"
            );
        }
    }

    #[test]
    fn what_transliterations_exchange_folds_alike() {
        folds(&["mohammed", "muhammad", "mohamed", "muhamed", "mohammad"]);
        folds(&["hussein", "husayn", "hossein", "hussain"]);
        folds(&["kuznetsov", "kusnetzow"]);
        folds(&["qasim", "kasim", "kassym"]);
        folds(&["romanov", "romanoff", "romanow"]);
        folds(&["bernard", "bemard"]);
        folds(&["volkov", "v0lkov", "v01kov"]);
    }

    #[test]
    fn skeletons_are_consonants() {
        let of = |text: &str| skeletons(&Spelling::new(text.as_bytes(), false).sound);
        assert_eq!(of("muhammad"), [b"mt".to_vec()]);
        assert!(of("mohamed").iter().any(|s| of("mhmd").contains(s)));
        assert!(of("gamal").iter().any(|s| of("jml").contains(s)));
        assert!(of("ramezan").iter().any(|s| of("rmdhan").contains(s)));
    }
}
