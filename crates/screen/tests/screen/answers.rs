//! What a query is answered with.

use bonafide_model::Timestamp;
use bonafide_screen::{
    ALERT_THRESHOLD_BP, Agreement, FULL_BP, Hit, Identifier, IdentifierKind, Index, Kind, Matched,
    Quality, Query, QueryError, Reason, Wanted,
};

use crate::{ids, index, query, samples};

/// The best hit, which is the only alert if there is one.
fn first_hit(query: &Query) -> Hit {
    let outcome = index().screen(query).unwrap();
    assert!(outcome.alerts().count() <= 1, "{outcome:?}");
    outcome.hits[0].clone()
}

fn volkov(birth: &str) -> Hit {
    first_hit(&Query {
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
    for (name, listed, quality, matched) in [
        (
            "VOLKOV, Arkady Semyonovich",
            "VOLKOV, Arkady Semyonovich",
            Quality::Primary,
            Matched::Exact,
        ),
        (
            "arkady semyonovich volkov",
            "VOLKOV, Arkady Semyonovich",
            Quality::Primary,
            Matched::Exact,
        ),
        (
            "Semyonovich Volkov Árkady",
            "VOLKOV, Arkady Semyonovich",
            Quality::Primary,
            Matched::Normalised,
        ),
        (
            "Mr. Arkadij Wolkow",
            "WOLKOW, Arkadij",
            Quality::Strong,
            Matched::Normalised,
        ),
        (
            "Аркадий Семёнович Волков",
            "VOLKOV, Arkadiy Semenovich",
            Quality::Strong,
            Matched::Normalised,
        ),
        (
            "Arkady Semyonovlch V0lkov",
            "VOLKOV, Arkady Semyonovich",
            Quality::Primary,
            Matched::Similar,
        ),
        ("Arkasha", "ARKASHA", Quality::Weak, Matched::Exact),
    ] {
        let hit = first_hit(&query(Kind::Person, name));
        assert_eq!(hit.entry_id, "900001");
        assert_eq!(
            (hit.listed_name.as_str(), hit.quality, hit.matched),
            (listed, quality, matched),
            "{name}"
        );
        assert!(hit.is_alert(), "{hit:?}");
        assert!(hit.score_bp < FULL_BP, "names alone are never certain");
    }
    let weak = first_hit(&query(Kind::Person, "Arkasha")).score_bp;
    let strong = first_hit(&query(Kind::Person, "Arkady Semyonovich Volkov")).score_bp;
    assert!(weak < strong);
}

#[test]
fn every_step_of_a_score_is_shown_and_they_add_up() {
    for name in [
        "Arkady Petrovich Volkof",
        "A. Volkov",
        "Arkady Sem Volkov",
        "Farid Kasimi",
        "Arkasha",
    ] {
        for hit in index().screen(&query(Kind::Person, name)).unwrap().hits {
            let sum: i32 = hit.explanation.iter().map(|s| s.effect_bp).sum();
            assert_eq!(sum, hit.score_bp, "{hit:?}");
            assert!(hit.features.name.is_some());
        }
    }
    let hit = first_hit(&query(Kind::Person, "Arkady Semyonovich Sidorov"));
    let reasons: Vec<_> = hit.explanation.iter().map(|s| s.reason).collect();
    assert!(
        reasons.contains(&Reason::QueryLeft) && reasons.contains(&Reason::ListedLeft),
        "{reasons:?}"
    );
}

#[test]
fn the_date_of_birth_raises_lowers_or_is_neutral() {
    let unknown = first_hit(&query(Kind::Person, "Arkady Semyonovich Volkov")).score_bp;
    let (day, year, slip) = (volkov("1961-03-12"), volkov("1961"), volkov("1961-12-03"));
    assert!(day.score_bp >= year.score_bp && year.score_bp >= unknown && unknown > slip.score_bp);
    assert!(slip.is_alert());
    let other = volkov("1962-03-12");
    assert!(other.score_bp < ALERT_THRESHOLD_BP && !other.is_alert());
    assert_eq!(
        other.explanation.iter().map(|s| s.effect_bp).sum::<i32>(),
        other.score_bp
    );
    let heron = query(Kind::Organisation, "Obsidian Heron Group");
    let neutral = first_hit(&Query {
        birth_date: Some("1950".parse().unwrap()),
        ..heron.clone()
    });
    assert_eq!(neutral.score_bp, first_hit(&heron).score_bp);
}

#[test]
fn a_date_of_birth_that_is_merely_asserted_raises_and_never_lowers() {
    let asserted = |birth: &str| {
        first_hit(&Query {
            birth_date: Some(birth.parse().unwrap()),
            ..query(Kind::Person, "Arkady Volkov")
        })
    };
    let unknown = first_hit(&query(Kind::Person, "Arkady Volkov")).score_bp;
    assert!(asserted("1961-03-12").score_bp > unknown);
    for birth in ["1962-03-12", "1961-12-03"] {
        let hit = asserted(birth);
        assert_eq!(hit.score_bp, unknown, "{birth}");
        let read = hit.explanation.last().unwrap().to_string();
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
    assert_eq!(
        outcome
            .alerts()
            .map(|h| h.entry_id.as_str())
            .collect::<Vec<_>>(),
        ["900001"]
    );
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
    assert_eq!(ids(&outcome)[0], "900001");
    assert_eq!(outcome.hits[0].matched, Matched::Identifier);
    assert_eq!(
        index().screen_all(&Query::default()),
        Err(QueryError::Nothing)
    );
}

#[test]
fn the_best_of_several_listed_births_counts() {
    for birth in ["1968-01-03", "1969-01-03"] {
        let hit = first_hit(&Query {
            birth_date: Some(birth.parse().unwrap()),
            ..query(Kind::Person, "Haytham Yusuf al-Masrufi")
        });
        assert_eq!(hit.features.birth, Some(Agreement::SameDay));
    }
}

#[test]
fn countries_move_the_score_a_little_and_the_steps_add_up() {
    let with = |countries: &[&str]| {
        first_hit(&Query {
            countries: countries.iter().map(|c| c.parse().unwrap()).collect(),
            ..query(Kind::Person, "Farid Qasimi")
        })
    };
    let (common, unknown, none) = (with(&["AE"]), with(&[]), with(&["NO"]));
    assert!(common.score_bp > unknown.score_bp && unknown.score_bp > none.score_bp);
    assert_eq!(
        none.explanation.iter().map(|s| s.effect_bp).sum::<i32>(),
        none.score_bp
    );
    assert!(
        none.explanation
            .last()
            .unwrap()
            .to_string()
            .ends_with("no country in common")
    );
}

#[test]
fn an_identifier_that_both_sides_have_and_that_differs_lowers_the_score() {
    let imo = |value: &str| Query {
        identifiers: vec![Identifier {
            kind: IdentifierKind::Imo,
            value: value.into(),
            country: None,
        }],
        ..query(Kind::Vessel, "GREY PETREL")
    };
    let index = index();
    let plain = first_hit(&query(Kind::Vessel, "GREY PETREL"));
    let entry = index.entry("sample-sdn", &plain.entry_id).unwrap();
    let listed = entry
        .identifiers
        .iter()
        .find(|i| i.kind == IdentifierKind::Imo)
        .unwrap();
    let other = first_hit(&imo("9999999"));
    assert_eq!(other.features.identifier_equal, Some(false));
    assert!(
        other.explanation.iter().any(|s| s.effect_bp < 0),
        "{other:?}"
    );
    assert_eq!(first_hit(&imo(&listed.value)).score_bp, FULL_BP);
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
    let hit = first_hit(&by(IdentifierKind::Passport, "71 9923407", Some("RU")));
    assert_eq!((hit.entry_id.as_str(), hit.score_bp), ("900001", FULL_BP));
    assert_eq!(hit.matched, Matched::Identifier);
    assert_eq!(hit.listed_name, "VOLKOV, Arkady Semyonovich");
    // A person paying from a listed company's wallet or writing from its mailbox.
    let wallet = by(
        IdentifierKind::WalletAddress,
        "1InventedSampLeAddressQ7xK2m9Tz",
        None,
    );
    assert_eq!(first_hit(&wallet).entry_id, "900004");
    let mail = by(
        IdentifierKind::Email,
        "Contact@Trident-Shadow.example",
        None,
    );
    assert_eq!(first_hit(&mail).entry_id, "900004");
    for no in [
        by(IdentifierKind::Passport, "719923407", Some("FR")),
        by(IdentifierKind::TaxId, "719923407", None),
        by(
            IdentifierKind::WalletAddress,
            "1INVENTEDSAMPLEADDRESSQ7XK2M9TZ",
            None,
        ),
    ] {
        assert_eq!(index().screen(&no).unwrap().alerts().count(), 0, "{no:?}");
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
    assert_eq!(first_hit(&by(Some("IR"))).entry_id, "900033");
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
            let outcome = index.screen(&query(asked, name)).unwrap();
            assert!(
                outcome.hits.iter().all(|h| h.kind == asked),
                "{name} as {asked:?}"
            );
            if asked == kind {
                assert!(outcome.hits[0].is_alert(), "{name}");
            }
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
    assert_eq!(ids(&outcome)[..3], ["900003", "900003", "900001"]);
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
fn what_is_wanted_is_what_is_given() {
    let index = index();
    let asked = query(Kind::Person, "Arkady Volkov");
    let all = index
        .screen_wanted(
            &asked,
            Wanted {
                from_bp: 0,
                most: 10,
            },
        )
        .unwrap();
    assert!(
        all.hits
            .windows(2)
            .all(|two| two[0].score_bp >= two[1].score_bp)
    );
    let one = index
        .screen_wanted(
            &asked,
            Wanted {
                from_bp: 0,
                most: 1,
            },
        )
        .unwrap();
    assert_eq!((one.hits.len(), one.hits_left_out), (1, all.hits.len() - 1));
    let sure = index
        .screen_wanted(
            &asked,
            Wanted {
                from_bp: FULL_BP,
                most: 10,
            },
        )
        .unwrap();
    assert!(sure.hits.is_empty());
}

#[test]
fn the_quick_way_finds_what_the_whole_way_finds() {
    let index = index();
    for entry in &samples().0.entries {
        for name in &entry.names {
            let query = query(entry.kind, &name.text);
            let wanted = Wanted {
                from_bp: ALERT_THRESHOLD_BP,
                most: 10,
            };
            assert_eq!(
                index.screen_wanted(&query, wanted),
                index.scan(&query, wanted),
                "{name:?}"
            );
        }
    }
}

#[test]
fn one_entry_is_explained_however_little_it_is_like() {
    let index = index();
    let asked = query(Kind::Person, "Arkady Sidorov");
    let hit = index
        .explain(&asked, "sample-sdn", "900001")
        .unwrap()
        .unwrap();
    assert!(hit.score_bp < ALERT_THRESHOLD_BP && !hit.explanation.is_empty());
    assert_eq!(
        index.explain(&asked, "sample-sdn", "no such").unwrap(),
        None
    );
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
