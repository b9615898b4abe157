//! How long a plan takes: the shipped methods on the gaps of real packs, and the largest problem the planner admits.
#![allow(missing_docs, reason = "criterion's macros")]

use std::hint::black_box;

use bonafide_model::{Assurance, PartyId, PartyKind, Registry};
use bonafide_policy::method::MethodSet;
use bonafide_policy::plan::{Gap, PlanRequest, SubjectGaps, plan};
use criterion::{Criterion, criterion_group, criterion_main};

use Assurance::{Asserted, Validated, Verified};

fn subject(methods: &MethodSet, kind: PartyKind, wanted: &[(&str, Assurance)]) -> SubjectGaps {
    let registry = Registry::builtin();
    let gap = |(name, assurance): &(&str, Assurance)| Gap {
        alternatives: registry
            .position(name)
            .map(|p| (p, *assurance))
            .into_iter()
            .collect(),
    };
    let other = match kind {
        PartyKind::Person => "\"organisation\"",
        PartyKind::Organisation => "\"person\"",
    };
    let fits = methods.methods().iter().map(|m| {
        let applies = m.applies.as_ref();
        applies.is_none_or(|a| !a.source.contains(other) && !a.source.contains("has("))
    });
    SubjectGaps {
        party: PartyId::from_bits(1),
        kind,
        gaps: wanted.iter().map(gap).collect(),
        held: 0,
        prohibited: registry
            .position("national_id_number")
            .map_or(0, |p| 1 << p),
        fits: fits.collect(),
    }
}

fn shipped(c: &mut Criterion) {
    let methods = MethodSet::builtin();
    let person = subject(
        &methods,
        PartyKind::Person,
        &[
            ("legal_name", Verified),
            ("residential_address", Validated),
            ("payment_means", Asserted),
            ("payment_token", Asserted),
            ("email", Verified),
            ("phone", Verified),
            ("signup_ip", Asserted),
            ("place_of_use", Asserted),
        ],
    );
    let owner = subject(
        &methods,
        PartyKind::Person,
        &[
            ("legal_name", Verified),
            ("residential_address", Asserted),
            ("email", Asserted),
            ("phone", Asserted),
        ],
    );
    let organisation = subject(
        &methods,
        PartyKind::Organisation,
        &[
            ("legal_name", Verified),
            ("business_address", Validated),
            ("place_of_organisation", Validated),
            ("payment_means", Asserted),
            ("payment_token", Asserted),
            ("email", Verified),
            ("phone", Verified),
            ("signup_ip", Asserted),
            ("place_of_use", Asserted),
            ("ownership_statement", Asserted),
        ],
    );
    let owners = [organisation, owner.clone(), owner.clone(), owner];
    let one = PlanRequest {
        subjects: vec![person],
    };
    let four = PlanRequest {
        subjects: owners.to_vec(),
    };
    c.bench_function("person, 8 gaps", |b| {
        b.iter(|| plan(black_box(&one), &methods))
    });
    c.bench_function("organisation and 3 owners", |b| {
        b.iter(|| plan(black_box(&four), &methods))
    });
}

/// Sixty-four methods and twenty-four gaps, each method showing and collecting at random.
fn largest(c: &mut Criterion) {
    let registry = Registry::builtin();
    let names: Vec<&str> = registry
        .attributes()
        .iter()
        .map(|a| a.name.as_str())
        .take(24)
        .collect();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_000_003).unwrap_or(0) % below
    };
    let mut text = String::from(
        "[weights]\nsensitivity = { public = 2, ordinary = 5, contact = 20, sensitive = 60, special = 400 }\n\
         per_money_minor = 1\nper_minute = 30\nper_dropoff_nat = 2000\n[ask]\nseconds = 15\n",
    );
    for i in 0..64 {
        let mut pick = |count: usize| {
            let mut picked: Vec<&str> = (0..count)
                .filter_map(|_| names.get(next(24)).copied())
                .collect();
            picked.sort_unstable();
            picked.dedup();
            picked
        };
        let (shows, collects) = (pick(4), pick(4));
        let shows: Vec<String> = shows
            .iter()
            .map(|name| format!("{{ attribute = \"{name}\", assurance = \"verified\" }}"))
            .collect();
        let (money, minutes) = (next(400), next(12));
        text += &format!(
            "[[method]]\nid = \"m{i}\"\ntitle = \"M\"\nshows = [{}]\ncollects = {collects:?}\nmoney_minor = {money}\nminutes = {minutes}\n",
            shows.join(", ")
        );
    }
    let methods = match MethodSet::parse("bench", &text, &registry) {
        Ok(methods) => methods,
        Err(error) => return eprintln!("{error}"),
    };
    let wanted: Vec<(&str, Assurance)> = names.iter().map(|name| (*name, Verified)).collect();
    let mut all = subject(&methods, PartyKind::Person, &wanted);
    all.prohibited = 0;
    let request = PlanRequest {
        subjects: vec![all],
    };
    let found = plan(&request, &methods);
    eprintln!(
        "{} steps, proven optimal: {}",
        found.steps.len(),
        found.proven_optimal
    );
    c.bench_function("64 methods, 24 gaps", |b| {
        b.iter(|| plan(black_box(&request), &methods))
    });
}

criterion_group!(benches, shipped, largest);
criterion_main!(benches);
