//! Words in a name that do not identify: titles of persons, legal forms of organisations, prefixes of ships.
//!
//! Dropping looks only at which words are there, never at their order, so that a name folds alike in any order of parts.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Part;

/// Titles with their place in the file: the earlier, the sooner dropped.
static TITLES: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    lines(include_str!("../../data/titles.txt"))
        .enumerate()
        .map(|(rank, word)| (word, rank))
        .collect()
});

static LEGAL_FORMS: LazyLock<Forms> =
    LazyLock::new(|| Forms::read(include_str!("../../data/legal_forms.txt")));

static VESSEL_PREFIXES: LazyLock<Forms> =
    LazyLock::new(|| Forms::read(include_str!("../../data/vessel_prefixes.txt")));

/// Parts that a person's name keeps whatever they are: one part identifies too many people.
const MIN_PERSON_PARTS: usize = 2;

/// Longest form, in letters, that is also written letter by letter (`S. A. S.`); longer ones are words.
const MAX_SPELT_LETTERS: usize = 4;

/// Drops titles, the surest first, while more than [`MIN_PERSON_PARTS`] parts are left.
pub(super) fn drop_titles(parts: &mut Vec<Part>) {
    while parts.len() > MIN_PERSON_PARTS {
        let title = parts
            .iter()
            .enumerate()
            .filter_map(|(at, part)| Some((*TITLES.get(part.text.as_str())?, at)))
            .min();
        let Some((_, at)) = title else { return };
        parts.remove(at);
    }
}

/// Drops legal forms, the longest first, unless nothing would be left.
pub(super) fn drop_legal_forms(parts: &mut Vec<Part>) {
    LEGAL_FORMS.drop_from(parts);
}

/// Drops ships' prefixes, unless nothing would be left.
pub(super) fn drop_vessel_prefixes(parts: &mut Vec<Part>) {
    VESSEL_PREFIXES.drop_from(parts);
}

/// Multi-word forms, found by their first word.
struct Forms(HashMap<&'static str, Vec<Vec<&'static str>>>);

impl Forms {
    fn read(text: &'static str) -> Self {
        let mut forms: HashMap<_, Vec<Vec<_>>> = HashMap::new();
        for line in lines(text) {
            let words: Vec<_> = line.split(' ').collect();
            let letters: Vec<_> = line.split("").filter(|l| !l.is_empty()).collect();
            let spelt = words.len() == 1 && (2..=MAX_SPELT_LETTERS).contains(&letters.len());
            for form in spelt.then_some(letters).into_iter().chain([words]) {
                if let Some(first) = form.first() {
                    forms.entry(*first).or_default().push(form);
                }
            }
        }
        Self(forms)
    }

    fn drop_from(&self, parts: &mut Vec<Part>) {
        loop {
            let found = parts
                .iter()
                .filter_map(|part| self.0.get(part.text.as_str()))
                .flatten()
                .filter(|form| form.len() < parts.len() && contains(parts, form))
                .max_by_key(|form| {
                    (
                        form.len(),
                        form.iter().map(|w| w.len()).sum::<usize>(),
                        *form,
                    )
                });
            let Some(form) = found else { return };
            for word in form {
                if let Some(at) = parts.iter().position(|part| part.text == *word) {
                    parts.remove(at);
                }
            }
        }
    }
}

/// Whether all words of `form` are among `parts`, each as often.
fn contains(parts: &[Part], form: &[&str]) -> bool {
    form.iter().all(|word| {
        let wanted = form.iter().filter(|w| *w == word).count();
        parts.iter().filter(|part| part.text == **word).count() >= wanted
    })
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<Part> {
        text.split(' ').map(Part::plain).collect()
    }

    fn texts(parts: &[Part]) -> Vec<&str> {
        parts.iter().map(|p| p.text.as_str()).collect()
    }

    #[test]
    fn the_data_files_are_folded_already() {
        for text in [
            include_str!("../../data/titles.txt"),
            include_str!("../../data/legal_forms.txt"),
            include_str!("../../data/vessel_prefixes.txt"),
        ] {
            for line in lines(text) {
                assert_eq!(crate::normalise::words(line), line);
            }
        }
    }

    #[test]
    fn the_surest_title_goes_first_and_two_parts_stay() {
        let mut name = parts("sheikh hasina mrs");
        drop_titles(&mut name);
        assert_eq!(texts(&name), ["sheikh", "hasina"]);
    }

    #[test]
    fn the_longest_form_goes_first_and_something_stays() {
        let mut name = parts("company liability alpha limited");
        drop_legal_forms(&mut name);
        assert_eq!(texts(&name), ["alpha"]);
        let mut name = parts("limited");
        drop_legal_forms(&mut name);
        assert_eq!(texts(&name), ["limited"]);
        let mut name = parts("alpha s a de c v");
        drop_legal_forms(&mut name);
        assert_eq!(texts(&name), ["alpha", "de"]);
    }
}
