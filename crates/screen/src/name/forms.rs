//! Words of legal forms that are misspelt or stand without the rest of their form: they tell nothing either.

use std::sync::LazyLock;

use super::Piece;
use crate::likeness::{self, View};
use crate::normalise::Part;
use crate::spelling::Spelling;

/// Words of forms that are found misspelt, beside the forms of one word in `data/legal_forms.txt`.
const WORDS: &str = "limited liability company corporation incorporated partnership proprietary private public joint stock \
    gesellschaft aktiengesellschaft beschrankter haftung sociedad anonima societe anonyme responsabilidad responsabilite limitada \
    limitee spolka ograniczona odpowiedzialnoscia obshchestvo ogranichennoy ogranichennoi otvetstvennostyu aktsionernoe \
    aktsionernoye publichnoe publichnoye zakrytoe zakrytoye otkrytoe otkrytoye tovarystvo obmezhenoyu vidpovidalnistyu tavarystva \
    abmezhavanay adkaznastsyu";

/// Shortest word of a form that is also found grown together with another word.
const GROWN_FROM: usize = 7;

/// What the last word of a name may differ by besides.
const LAST_MORE: u16 = 4;

/// What a word may differ by, by its letters.
fn most(letters: usize) -> u16 {
    match letters {
        0..=2 => 0,
        3 => 4,
        4 => 11,
        5 | 6 => 14,
        _ => 20,
    }
}

static FORMS: LazyLock<Vec<Spelling>> = LazyLock::new(|| {
    let forms = include_str!("../../data/legal_forms.txt").lines();
    let forms =
        forms.filter(|line| !line.starts_with('#') && !line.contains(' ') && line.len() > 1);
    let words = WORDS.split_ascii_whitespace().chain(forms);
    words
        .map(|word| Spelling::new(word.as_bytes(), false))
        .collect()
});

/// Parts a word of a form from one that it has grown together with: `companyzala`.
pub(super) fn part(part: Part) -> Vec<Part> {
    let text = part.text.as_str();
    let cut = WORDS
        .split_ascii_whitespace()
        .filter(|word| word.len() >= GROWN_FROM)
        .find_map(|word| {
            let rest = text
                .strip_prefix(word)
                .or_else(|| text.strip_suffix(word))?;
            (rest.len() >= 3).then(|| rest.to_owned())
        });
    match cut {
        Some(rest) => vec![Part { text: rest, ..part }],
        None => vec![part],
    }
}

/// Marks the words of legal forms, whole or in two halves, as what may be left out. The last word of a name is most often
/// one, so that more may be wrong with it.
pub(super) fn mark(pieces: &mut [Piece]) {
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.iter_mut().enumerate() {
        piece.particle |= is_form(
            &piece.spelling,
            if at == last && at > 0 { LAST_MORE } else { 0 },
        );
    }
    for at in 1..pieces.len() {
        let Some([first, second]) = pieces.get_mut(at - 1..=at) else {
            continue;
        };
        if first.particle || second.particle {
            continue;
        }
        let text = [
            first.spelling.text.as_slice(),
            second.spelling.text.as_slice(),
        ]
        .concat();
        let joined = Spelling::new(&text, false);
        if FORMS
            .iter()
            .any(|form| form.text.len() >= GROWN_FROM && form.text == joined.text)
        {
            (first.particle, second.particle) = (true, true);
        }
    }
}

/// Whether a part is a word of a legal form or near one.
fn is_form(spelling: &Spelling, more: u16) -> bool {
    let letters = spelling.text.len();
    FORMS.iter().any(|form| {
        form.text == spelling.text
            || (form.text.len().abs_diff(letters) <= 2
                && form.text.len() > 2
                && (form.text.first() == spelling.text.first()
                    || form.text.last() == spelling.text.last())
                && likeness::apart(View::of(form), View::of(spelling))
                    .is_some_and(|cost| cost <= most(form.text.len().min(letters)) + more))
    })
}
