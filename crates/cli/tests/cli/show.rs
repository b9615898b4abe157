//! The demo.

use super::*;

#[test]
fn the_demo_shows_every_sample_and_verifies_the_ledger() {
    let place = Place::new();
    let ran = place.run(&["demo", "--exit"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let samples = sample("sign-ups.jsonl");
    for line in samples.lines() {
        let sign_up: Value = serde_json::from_str(line).unwrap();
        let id = sign_up["external_id"].as_str().unwrap();
        assert!(
            ran.out.lines().any(|l| l.starts_with(&format!("{id} "))),
            "{id} is not in the table"
        );
    }
    for word in [
        "decision",
        "because",
        "asked",
        "ms",
        "approve",
        "provisional",
        "refer",
        "refuse",
    ] {
        assert!(ran.out.contains(word), "{word}");
    }
    for pack in ["foreign-only", "business-only", "all-customers"] {
        assert!(ran.out.contains(pack), "{pack}");
    }
    assert!(ran.out.contains("the ledger is good"));
    assert!(!ran.out.contains("serving on"));
    assert!(
        !place.data().exists(),
        "the demo wrote to the operator's data"
    );
    let left: Vec<_> = fs::read_dir(place.0.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?} stayed behind");
}

#[test]
fn the_demo_in_json_counts_what_it_shows() {
    let place = Place::new();
    let ran = place.run(&["demo", "--exit", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let values = ran.values();
    let rows: Vec<&Value> = values
        .iter()
        .filter(|v| v["external_id"].is_string())
        .collect();
    assert_eq!(rows.len(), sample("sign-ups.jsonl").lines().count());
    let find = |name: &str| values.iter().find_map(|v| v.get(name)).unwrap();
    let decisions = find("summary")["decisions"].as_object().unwrap();
    for word in ["approve", "provisional", "refer", "refuse"] {
        let counted = rows.iter().filter(|r| r["decision"] == word).count() as u64;
        assert!(counted > 0, "no sample is decided `{word}`");
        assert_eq!(decisions[word].as_u64(), Some(counted));
    }
    assert_eq!(find("ledger")["valid"], true);
    let costs = |pack: &str| {
        let found = find("demands")
            .as_array()
            .unwrap()
            .iter()
            .find(|d| d["pack"] == pack);
        found.unwrap()["cost"]["total"].as_u64().unwrap()
    };
    // A domestic person: covered wholly, only to be shown domestic, or not at all.
    assert!(costs("all-customers") > costs("foreign-only"));
    assert!(costs("foreign-only") > costs("business-only"));
}

#[test]
fn the_demo_leaves_data_alone() {
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    fs::write(place.data().join("mine"), "x").unwrap();
    let ran = place.run(&["demo", "--exit", "--data", place.data().to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.error().contains("is not empty"));
    let ran = place.run(&["demo", "--exit", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.code, 2);
}
