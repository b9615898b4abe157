//! Lists as published, and screening against them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod answers;
mod awkward_files;
mod formats;
mod ftm;
mod fuzz;
mod properties;
mod published;
mod published_formats;
mod samples;

use bonafide_model::Date;
use bonafide_screen::ofac::{self, Files};
use bonafide_screen::{Index, Kind, List, ListError, LoadReport, Outcome, Query, Source};

const SDN: &[u8] = include_bytes!("../../samples/ofac/sdn.csv");
const ALT: &[u8] = include_bytes!("../../samples/ofac/alt.csv");
const ADD: &[u8] = include_bytes!("../../samples/ofac/add.csv");

fn source() -> Source {
    Source {
        name: "sample-sdn".into(),
        digest: [7; 32],
        published_on: Date::new(2026, 11, 20),
        loaded_at: "2026-11-24T09:30:00Z".parse().unwrap(),
    }
}

/// Reads the samples.
fn samples() -> (List, LoadReport) {
    let files = Files {
        sdn: SDN,
        alt: Some(ALT),
        add: Some(ADD),
        comments: None,
    };
    ofac::read(files, source()).unwrap()
}

/// Reads an entry file alone.
fn read_sdn(sdn: &[u8]) -> Result<(List, LoadReport), ListError> {
    let files = Files {
        sdn,
        alt: None,
        add: None,
        comments: None,
    };
    ofac::read(files, source())
}

fn index() -> Index {
    Index::build(vec![samples().0])
}

fn query(kind: Kind, name: &str) -> Query {
    Query {
        kind: Some(kind),
        names: vec![name.to_owned()],
        ..Query::default()
    }
}

fn ids(outcome: &Outcome) -> Vec<&str> {
    outcome.hits.iter().map(|h| h.entry_id.as_str()).collect()
}
