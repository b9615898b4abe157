//! Columns by name. `First Name`, `first_name` and `firstname` are one: exports of one program differ in that.

use std::collections::BTreeMap;

use anyhow::bail;
use csv::StringRecord;

/// Columns of a file. Real exports have some dozens.
const COLUMNS_MAX: usize = 1000;

/// Columns that a file of rejected rows has beside the row's own.
pub(crate) const REJECT_COLUMNS: [&str; 3] =
    ["rejected_line", "rejected_column", "rejected_because"];

/// What counts of a column's name.
pub(crate) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The columns of a file, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    pub(crate) names: Vec<String>,
    places: BTreeMap<String, usize>,
    /// Whether it is a file of rejected rows that comes back.
    pub(crate) of_rejects: bool,
}

impl Header {
    /// Reads the names; two of one name are refused, since one of them would be dropped.
    pub(crate) fn new(names: Vec<String>) -> anyhow::Result<Self> {
        if names.len() > COLUMNS_MAX {
            bail!(
                "the header has {} columns: at most {COLUMNS_MAX}",
                names.len()
            );
        }
        let mut places = BTreeMap::new();
        for (place, name) in names.iter().enumerate() {
            let key = plain(name);
            if key.is_empty() {
                continue;
            }
            if let Some(first) = places.insert(key, place) {
                bail!(
                    "columns {} and {} of the header are both called `{}`: rename or remove one",
                    first + 1,
                    place + 1,
                    shown(name)
                );
            }
        }
        let of_rejects = REJECT_COLUMNS
            .iter()
            .all(|c| places.contains_key(&plain(c)));
        Ok(Self {
            names,
            places,
            of_rejects,
        })
    }

    /// Whether there is such a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.places.contains_key(&plain(name))
    }

    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(&plain(name)).copied()
    }
}

/// One row with its header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) header: &'a Header,
    pub(crate) record: &'a StringRecord,
}

impl<'a> Cells<'a> {
    /// What a cell holds, trimmed; nothing where it is empty or not there.
    pub(crate) fn get(&self, column: &str) -> Option<&'a str> {
        let cell = self.record.get(self.header.place(column)?)?;
        let cell = if self.header.of_rejects {
            unguarded(cell)
        } else {
            cell
        };
        Some(cell.trim()).filter(|c| !c.is_empty())
    }
}

/// A cell as a spreadsheet may open it: one that it would take for a formula gets an apostrophe in front, which is taken
/// off again when the file comes back.
pub(crate) fn guarded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

/// Input fit for a message: shortened, on one line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_letters_and_digits() {
        let header = Header::new(vec!["First Name".to_owned(), "e-mail".to_owned()]).unwrap();
        assert!(header.has("firstname") && header.has("email") && !header.has("name"));
        let twice = Header::new(vec!["First Name".to_owned(), "first_name".to_owned()]);
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("both called `first_name`")
        );
    }

    #[test]
    fn a_guarded_cell_comes_back_as_it_was() {
        for cell in ["=1+1", "+49 30 1", "-", "@x", "'quoted", "plain", ""] {
            let guarded = guarded(cell);
            assert!(!guarded.starts_with(['=', '+', '-', '@']), "{guarded}");
            assert_eq!(unguarded(&guarded), cell);
        }
    }
}
