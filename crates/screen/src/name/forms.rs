//! Words of legal forms that are misspelt or stand without the rest of their form: they tell nothing either.

use std::sync::LazyLock;

use crate::likeness::{self, View};
use crate::spelling::Spelling;

/// Long words, which a whole slip does not make another word, and short ones, where a scanner's mistake is all that may be.
const WORDS: &str = "limited liability company corporation incorporated partnership proprietary private public joint stock \
    gesellschaft aktiengesellschaft beschrankter haftung sociedad anonima societe anonyme responsabilidad responsabilite limitada \
    limitee spolka ograniczona odpowiedzialnoscia obshchestvo ogranichennoy ogranichennoi otvetstvennostyu aktsionernoe \
    aktsionernoye publichnoe publichnoye zakrytoe zakrytoye otkrytoe otkrytoye tovarystvo obmezhenoyu vidpovidalnistyu tavarystva \
    abmezhavanay adkaznastsyu ltd llc gmbh inc jsc pjsc ojsc cjsc ooo oao zao pao corp pvt pte pty srl sarl ltda co sa ag bv nv spa fze";

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
    let words = WORDS.split_ascii_whitespace();
    words.map(|word| Spelling::new(word.as_bytes(), false)).collect()
});

/// Whether a part is a word of a legal form or near one.
pub(super) fn is_form(spelling: &Spelling) -> bool {
    let letters = spelling.text.len();
    FORMS.iter().any(|form| {
        form.text == spelling.text
            || (form.text.len().abs_diff(letters) <= 2
                && (form.text.first() == spelling.text.first() || form.text.last() == spelling.text.last())
                && likeness::apart(View::of(form), View::of(spelling))
                    .is_some_and(|cost| cost <= most(form.text.len().min(letters))))
    })
}
