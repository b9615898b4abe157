//! What a query is answered with.

use bonafide_model::Timestamp;
use bonafide_screen::{
    ALERT_THRESHOLD_BP, FULL_BP, Hit, Identifier, IdentifierKind, Index, Kind, Matched, Quality,
    Query, QueryError,
};

use crate::{ids, index, query, samples};

fn only_hit(query: &Query) -> Hit {
    let outcome = index().screen(query).unwrap();
    assert_eq!(outcome.hits.len(), 1, "{outcome:?}");
    outcome.hits[0].clone()
}

fn volkov(birth: &str) -> Hit {
    only_hit(&Query {
        birth_date_is_evidenced: true,
        birth_date: Some(birth.parse().unwrap()),
        ..query(Kind::Person, "Arkady Semyonovich Volkov")
    })
}

#[test]
fn every_answer_names_its_lists_even_with_no_hit() {
    let outcome = index()
        .screen(&query(Kind::Person, "Nobody Listed"))
        .unwrap();
    assert!(outcome.hits.is_empty());
    let list = &outcome.lists[0];
    assert_eq!((list.name.as_str(), list.version.len()), ("sample-sdn", 64));
    let now: Timestamp = "2026-11-27T00:00:00Z".parse().unwrap();
    assert_eq!(list.age_days(now), 7);
}

#[test]
fn a_name_scores_by_its_quality_and_says_how_it_matched() {
    for (name, listed, quality, matched, score_bp) in [
        (
            "VOLKOV, Arkady Semyonovich",
            "VOLKOV, Arkady Semyonovich",
            Quality::Primary,
            Matched::Exact,
            9_500,
        ),
        (
            "arkady semyonovich volkov",
            "VOLKOV, Arkady Semyonovich",
            Quality::Primary,
            Matched::Exact,
            9_500,
        ),
        (
            "Semyonovich Volkov Árkady",
            "VOLKOV, Arkady Semyonovich",
            Quality::Primary,
            Matched::Normalised,
            9_500,
        ),
        (
            "Mr. Arkadij Wolkow",
            "WOLKOW, Arkadij",
            Quality::Strong,
            Matched::Normalised,
            9_300,
        ),
        ("Arkasha", "ARKASHA", Quality::Weak, Matched::Exact, 7_500),
    ] {
        let hit = only_hit(&query(Kind::Person, name));
        assert_eq!(hit.entry_id, "900001");
        assert_eq!(
            (
                hit.listed_name.as_str(),
                hit.quality,
                hit.matched,
                hit.score_bp
            ),
            (listed, quality, matched, score_bp),
            "{name}"
        );
        assert!(hit.is_alert());
    }
}

#[test]
fn the_date_of_birth_raises_lowers_or_is_neutral() {
    assert_eq!(volkov("1961-03-12").score_bp, FULL_BP);
    assert_eq!(volkov("1961").score_bp, 9_800);
    assert_eq!(volkov("1961-12-03").score_bp, 8_500);
    let other = volkov("1962-03-12");
    assert!(other.score_bp < ALERT_THRESHOLD_BP && !other.is_alert());
    let neutral = only_hit(&Query {
        birth_date: Some("1950".parse().unwrap()),
        ..query(Kind::Organisation, "Obsidian Heron Group")
    });
    assert_eq!(neutral.score_bp, 9_500);
}

#[test]
fn a_date_of_birth_that_is_merely_asserted_raises_and_never_lowers() {
    let asserted = |birth: &str| {
        only_hit(&Query {
            birth_date: Some(birth.parse().unwrap()),
            ..query(Kind::Person, "Arkady Semyonovich Volkov")
        })
    };
    assert_eq!(asserted("1961-03-12").score_bp, FULL_BP);
    for birth in ["1962-03-12", "1961-12-03"] {
        let hit = asserted(birth);
        assert_eq!(hit.score_bp, 9_500, "{birth}");
        assert!(hit.is_alert());
        let read = hit.explanation[1].to_string();
        assert!(read.contains("merely asserted: does not lower"), "{read}");
    }
}

#[test]
fn every_name_and_identifier_is_compared_however_many_there_are() {
    let mut names: Vec<String> = (0..40).map(|n| format!("Trading Style {n}")).collect();
    names.push("Arkady Semyonovich Volkov".into());
    let mut identifiers: Vec<Identifier> = (0..40)
        .map(|n| Identifier {
            kind: IdentifierKind::Passport,
            value: format!("X00000{n:03}"),
            country: None,
        })
        .collect();
    let plain = Query {
        kind: Some(Kind::Person),
        names,
        ..Query::default()
    };
    assert!(matches!(
        index().screen(&plain),
        Err(QueryError::TooMany { .. })
    ));
    let outcome = index().screen_all(&plain).unwrap();
    assert_eq!(ids(&outcome), ["900001"]);
    identifiers.push(Identifier {
        kind: IdentifierKind::Passport,
        value: "719923407".into(),
        country: None,
    });
    let both = Query {
        identifiers,
        ..plain
    };
    let outcome = index().screen_all(&both).unwrap();
    assert_eq!(ids(&outcome), ["900001"]);
    assert_eq!(outcome.hits[0].matched, Matched::Identifier);
    assert_eq!(
        index().screen_all(&Query::default()),
        Err(QueryError::Nothing)
    );
}

#[test]
fn the_best_of_several_listed_births_counts() {
    for birth in ["1968-01-03", "1969-01-03"] {
        let hit = only_hit(&Query {
            birth_date: Some(birth.parse().unwrap()),
            ..query(Kind::Person, "Haytham Yusuf al-Masrufi")
        });
        assert_eq!(hit.score_bp, FULL_BP);
    }
}

#[test]
fn countries_move_the_score_a_little_and_the_steps_add_up() {
    let with = |country: &str| {
        only_hit(&Query {
            countries: vec![country.parse().unwrap()],
            ..query(Kind::Person, "Farid Abd al-Latif Qasimi")
        })
    };
    assert_eq!(with("AE").score_bp, 9_700);
    let none = with("NO");
    assert_eq!(none.score_bp, 9_200);
    assert_eq!(
        none.explanation.iter().map(|s| s.effect_bp).sum::<i32>(),
        9_200
    );
    let read: Vec<_> = none.explanation.iter().map(ToString::to_string).collect();
    assert_eq!(
        read,
        ["+9500 primary name is equal", "-300 no country in common"]
    );
}

#[test]
fn an_equal_identifier_is_full_whatever_the_names_say() {
    let by = |kind, value: &str, country: Option<&str>| Query {
        kind: Some(Kind::Person),
        names: vec!["Somebody Else".into()],
        birth_date: Some("1999".parse().unwrap()),
        identifiers: vec![Identifier {
            kind,
            value: value.into(),
            country: country.map(|c| c.parse().unwrap()),
        }],
        ..Query::default()
    };
    let hit = only_hit(&by(IdentifierKind::Passport, "71 9923407", Some("RU")));
    assert_eq!((hit.entry_id.as_str(), hit.score_bp), ("900001", FULL_BP));
    assert_eq!(hit.matched, Matched::Identifier);
    assert_eq!(hit.listed_name, "VOLKOV, Arkady Semyonovich");
    // A person paying from a listed company's wallet or writing from its mailbox.
    let wallet = by(
        IdentifierKind::WalletAddress,
        "1InventedSampLeAddressQ7xK2m9Tz",
        None,
    );
    assert_eq!(only_hit(&wallet).entry_id, "900004");
    let mail = by(
        IdentifierKind::Email,
        "Contact@Trident-Shadow.example",
        None,
    );
    assert_eq!(only_hit(&mail).entry_id, "900004");
    for no in [
        by(IdentifierKind::Passport, "719923407", Some("FR")),
        by(IdentifierKind::TaxId, "719923407", None),
        by(
            IdentifierKind::WalletAddress,
            "1INVENTEDSAMPLEADDRESSQ7XK2M9TZ",
            None,
        ),
    ] {
        assert!(index().screen(&no).unwrap().hits.is_empty(), "{no:?}");
    }
}

#[test]
fn a_short_identifier_needs_the_same_country() {
    let by = |country: Option<&str>| Query {
        identifiers: vec![Identifier {
            kind: IdentifierKind::RegistrationNumber,
            value: "26998".into(),
            country: country.map(|c| c.parse().unwrap()),
        }],
        ..Query::default()
    };
    assert!(index().screen(&by(None)).unwrap().hits.is_empty());
    assert_eq!(only_hit(&by(Some("IR"))).entry_id, "900033");
}

#[test]
fn kinds_do_not_match_each_other() {
    let index = index();
    for (name, kind) in [
        ("GREY PETREL", Kind::Vessel),
        ("HAN, Zhengyu", Kind::Person),
        ("Obsidian Heron Group", Kind::Organisation),
        ("EP-ZQA", Kind::Aircraft),
    ] {
        for asked in Kind::ALL {
            let hits = index.screen(&query(asked, name)).unwrap().hits;
            assert_eq!(!hits.is_empty(), asked == kind, "{name} as {asked:?}");
        }
        let any = Query {
            kind: None,
            ..query(kind, name)
        };
        assert_eq!(index.screen(&any).unwrap().hits[0].kind, kind);
    }
}

#[test]
fn hits_come_best_first_over_several_lists_and_one_for_an_entry() {
    let mut second = samples().0;
    second.name = "second".into();
    second.entries.retain(|e| e.id == "900003");
    let index = Index::build(vec![samples().0, second]);
    let outcome = index
        .screen(&Query {
            names: vec![
                "Arkasha".into(),
                "North Sea Marine Logistics".into(),
                "NORTHSEA MARINE LOGISTICS".into(),
            ],
            ..Query::default()
        })
        .unwrap();
    assert_eq!(ids(&outcome), ["900003", "900003", "900001"]);
    assert_eq!(outcome.hits[1].list, "second");
    assert_eq!(outcome.lists.len(), 2);
    assert_eq!(index.entry_count(), 61);
    assert_eq!(index.entry("second", "900003").unwrap().id, "900003");
}

#[test]
fn too_many_hits_are_counted() {
    let mut list = samples().0;
    let template = list.entries[0].clone();
    list.entries = (0..150)
        .map(|n| bonafide_screen::Entry {
            id: n.to_string(),
            ..template.clone()
        })
        .collect();
    let outcome = Index::build(vec![list])
        .screen(&query(Kind::Person, "Arkady Volkov"))
        .unwrap();
    assert_eq!((outcome.hits.len(), outcome.hits_left_out), (100, 50));
}

#[test]
fn a_query_that_compares_nothing_is_an_error_and_not_a_clearance() {
    let index = index();
    assert_eq!(index.screen(&Query::default()), Err(QueryError::Nothing));
    for name in ["", "...", "\u{200B}"] {
        let error = index.screen(&query(Kind::Person, name)).unwrap_err();
        assert!(matches!(error, QueryError::Unreadable(_)), "{error}");
    }
    let long = index
        .screen(&query(Kind::Person, &"x".repeat(10_000)))
        .unwrap_err();
    assert!(matches!(long, QueryError::TooLong { .. }));
    let many = Query {
        names: vec!["A B".into(); 17],
        ..Query::default()
    };
    assert!(matches!(
        index.screen(&many),
        Err(QueryError::TooMany { .. })
    ));
}

#[test]
fn an_outcome_survives_being_recorded() {
    let outcome = index().screen(&query(Kind::Person, "Arkasha")).unwrap();
    let text = serde_json::to_string(&outcome).unwrap();
    assert_eq!(
        serde_json::from_str::<bonafide_screen::Outcome>(&text).unwrap(),
        outcome
    );
}
