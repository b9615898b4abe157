//! Any way of writing a listed name is an alert; names that share nothing with it never hit.

use std::sync::LazyLock;

use bonafide_screen::{Entry, Index, Kind};
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::{ids, index, query, samples};

static INDEX: LazyLock<Index> = LazyLock::new(index);
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| samples().0.entries);

/// A listed entry and one of its names.
fn listed() -> impl Strategy<Value = (&'static Entry, &'static str)> {
    any::<(Pick, Pick)>().prop_map(|(entry, name)| {
        let entry = entry.get(&ENTRIES[..]);
        (entry, name.get(&entry.names).text.as_str())
    })
}

/// One letter in another dress: case, a diacritic composed or not, a full-width form, invisible company.
fn dress(c: char, how: u8) -> String {
    match how {
        0 => c.to_uppercase().collect(),
        1 => c.to_lowercase().collect(),
        2 if c.is_alphabetic() => format!("{c}\u{301}"),
        3 if c.is_alphabetic() => format!("{c}\u{308}"),
        4 if c.is_ascii_alphanumeric() => char::from_u32(u32::from(c) - 0x21 + 0xFF01)
            .unwrap()
            .to_string(),
        5 => format!("{c}\u{200B}"),
        6 => format!("\u{202E}{c}\u{FE0F}"),
        _ => c.to_string(),
    }
}

proptest! {
    #[test]
    fn any_order_case_and_dress_of_a_listed_name_hits(
        (entry, name) in listed(),
        order in any::<[u16; 16]>(),
        dresses in any::<[u8; 64]>(),
    ) {
        let mut words: Vec<(u16, &str)> = order.into_iter().zip(name.split_whitespace()).collect();
        words.sort_unstable();
        let dressed: Vec<String> = words
            .iter()
            .map(|(_, word)| {
                word.chars().zip(dresses.iter().cycle()).map(|(c, how)| dress(c, how % 9)).collect()
            })
            .collect();
        let outcome = INDEX.screen(&query(entry.kind, &dressed.join(" "))).unwrap();
        prop_assert!(ids(&outcome).contains(&entry.id.as_str()), "{dressed:?} missed {name}");
        prop_assert!(outcome.alerts().count() > 0);
    }

    #[test]
    fn a_foreign_part_in_the_place_of_one_of_two_is_never_an_alert(
        pick in any::<Pick>(),
        foreign in "[bcdfg][aeiou]xq[aeiou][klmnp]",
        at in any::<Pick>(),
    ) {
        let two = ENTRIES.iter().filter(|e| e.kind == Kind::Person).flat_map(|e| &e.names).map(|n| {
            n.text.split_whitespace().collect::<Vec<_>>()
        });
        let two: Vec<Vec<&str>> = two.filter(|w| w.len() == 2 && w.iter().all(|w| !w.contains('-'))).collect();
        let mut words = pick.get(&two).clone();
        *at.get_mut(&mut words) = &foreign;
        let outcome = INDEX.screen(&query(Kind::Person, &words.join(" "))).unwrap();
        prop_assert_eq!(outcome.alerts().count(), 0, "{:?} hit {:?}", words, outcome.hits);
    }

    #[test]
    fn unrelated_names_never_hit(name in "[a-z]{3,8}xq[a-z]{3,8}( [a-z]{3,6}xq[a-z]{2,6}){0,3}") {
        for kind in Kind::ALL {
            let outcome = INDEX.screen(&query(kind, &name)).unwrap();
            prop_assert_eq!(outcome.alerts().count(), 0, "{:?}", outcome.hits);
        }
    }

    #[test]
    fn no_text_makes_screening_or_reading_panic(text in "\\PC{0,60}", bytes in any::<Vec<u8>>()) {
        let _ = INDEX.screen(&query(Kind::Organisation, &text));
        let _ = crate::read_sdn(&bytes);
        let row = format!("1,\"{text}\",-0- ,\"{text}\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB {text}; {text}\"");
        let _ = crate::read_sdn(row.as_bytes());
    }
}
