//! The planner held against brute force: every set of methods and every set of fields, counted independently.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use bonafide_model::{Assurance, PartyId, PartyKind, Registry};
use bonafide_policy::method::{ASK, MethodSet};
use bonafide_policy::plan::{Gap, Plan, PlanRequest, SubjectGaps, UnmetReason, plan};
use proptest::prelude::*;

/// Attributes that persons and organisations have alike; the last cannot be asked for.
const POOL: [&str; 8] = [
    "legal_name",
    "trade_name",
    "email",
    "phone",
    "website",
    "payment_means",
    "intended_use",
    "payment_token",
];
const UNASKABLE: u8 = 1 << 7;
const LEVELS: [Assurance; 3] = [
    Assurance::Asserted,
    Assurance::Validated,
    Assurance::Verified,
];

#[derive(Debug, Clone)]
struct M {
    shows: Vec<(usize, usize)>,
    collects: u8,
    needs: u8,
    minutes: u32,
    selective: bool,
    fits: bool,
}

#[derive(Debug, Clone)]
struct Case {
    methods: Vec<M>,
    gaps: Vec<Vec<(usize, usize)>>,
    held: u8,
    prohibited: u8,
}

fn method() -> impl Strategy<Value = M> {
    let shows = proptest::collection::vec((0..8_usize, 0..3_usize), 1..4);
    let few = || (any::<u8>(), any::<u8>()).prop_map(|(a, b)| a & b);
    (
        shows,
        few(),
        few(),
        0..8_u32,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.9),
    )
        .prop_map(|(mut shows, collects, needs, minutes, selective, fits)| {
            shows.sort();
            shows.dedup_by_key(|(a, _)| *a);
            M {
                shows,
                collects,
                needs: needs & !collects & !UNASKABLE,
                minutes,
                selective,
                fits,
            }
        })
}

fn case(methods: usize) -> impl Strategy<Value = Case> {
    let gap = proptest::collection::vec((0..8_usize, 0..3_usize), 1..4);
    let rare = || (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(a, b, c)| a & b & c);
    (
        proptest::collection::vec(method(), 0..=methods),
        proptest::collection::vec(gap, 0..=6),
        rare(),
        rare(),
    )
        .prop_map(|(methods, gaps, held, prohibited)| Case {
            methods,
            gaps,
            held,
            prohibited,
        })
}

/// The number in an id such as `m07`.
fn number(id: &str) -> usize {
    id.trim_start_matches('m').parse().unwrap()
}

fn names(set: u8) -> String {
    let named = (0..8).filter(|i| set & (1 << i) != 0);
    let named: Vec<String> = named.map(|i| format!("{:?}", POOL[i])).collect();
    named.join(", ")
}

/// The methods file, its methods in the order given. Points are small so that ties are common.
fn methods_file(case: &Case, order: &[usize]) -> MethodSet {
    let mut text = String::from(
        "[weights]\nsensitivity = { public = 1, ordinary = 1, contact = 2, sensitive = 3, special = 9 }\n\
         per_money_minor = 1\nper_minute = 1\nper_dropoff_nat = 5\n[ask]\nseconds = 60\nexcept = [\"payment_token\"]\n",
    );
    for &i in order {
        let m = &case.methods[i];
        let shows = m.shows.iter().map(|(a, l)| {
            format!(
                "{{ attribute = {:?}, assurance = {:?} }}",
                POOL[*a],
                LEVELS[*l].as_str()
            )
        });
        let shows: Vec<String> = shows.collect();
        text += &format!(
            "[[method]]\nid = \"m{i:02}\"\ntitle = \"M\"\nshows = [{}]\ncollects = [{}]\nneeds = [{}]\nminutes = {}\nselective = {}\n",
            shows.join(", "),
            names(m.collects),
            names(m.needs),
            m.minutes,
            m.selective
        );
    }
    MethodSet::parse("case.toml", &text, &Registry::builtin()).unwrap()
}

fn straight(case: &Case) -> MethodSet {
    methods_file(case, &(0..case.methods.len()).collect::<Vec<_>>())
}

fn positions() -> [usize; 8] {
    let registry = Registry::builtin();
    POOL.map(|name| registry.position(name).unwrap())
}

fn widen(set: u8) -> u128 {
    let positions = positions();
    (0..8)
        .filter(|i| set & (1 << i) != 0)
        .fold(0, |all, i| all | 1 << positions[i])
}

fn run(case: &Case, methods: &MethodSet) -> Plan {
    let positions = positions();
    let fits = methods
        .methods()
        .iter()
        .map(|m| case.methods[number(&m.id)].fits);
    let gaps = case.gaps.iter().map(|gap| Gap {
        alternatives: gap
            .iter()
            .map(|(a, l)| (positions[*a], LEVELS[*l]))
            .collect(),
    });
    plan(
        &PlanRequest {
            subjects: vec![SubjectGaps {
                party: PartyId::from_bits(7),
                kind: PartyKind::Person,
                gaps: gaps.collect(),
                held: widen(case.held),
                prohibited: widen(case.prohibited),
                fits: fits.collect(),
            }],
        },
        methods,
    )
}

/// The definition, as plainly as it can be said.
struct Judge<'a> {
    case: &'a Case,
    held: u8,
    field_costs: [u64; 8],
    method_costs: Vec<u64>,
}

impl<'a> Judge<'a> {
    fn new(case: &'a Case, methods: &MethodSet) -> Self {
        let anew = case.gaps.iter().flatten().filter(|(_, l)| *l == 0);
        let anew = anew.fold(0, |set, (a, _)| set | 1 << a);
        Self {
            case,
            held: case.held & !anew,
            field_costs: positions().map(|p| methods.field_cost(p)),
            method_costs: methods.methods().iter().map(|m| m.cost).collect(),
        }
    }

    fn usable(&self, m: &M) -> bool {
        let shown = m.shows.iter().fold(0, |set, (a, _)| set | 1 << a);
        let touched = m.collects | m.needs | if m.selective { 0 } else { shown };
        m.fits && touched & self.case.prohibited == 0
    }

    fn chosen(&self, set: u16) -> impl Iterator<Item = &M> {
        self.case
            .methods
            .iter()
            .enumerate()
            .filter(move |(i, _)| set & (1 << i) != 0)
            .map(|(_, m)| m)
    }

    /// Gaps closed by these methods when these fields and what the methods require are handed over.
    fn closed(&self, methods: u16, fields: u8) -> u8 {
        let handed = self.handed(methods, fields);
        let mut closed = 0;
        for (i, gap) in self.case.gaps.iter().enumerate() {
            let met = gap.iter().any(|(a, level)| {
                let shown = self.chosen(methods).any(|m| {
                    let shows = m.shows.iter().any(|(b, l)| a == b && l >= level);
                    shows && (!m.selective || (handed | self.held) & (1 << a) != 0)
                });
                let bearer = self.chosen(methods).any(|m| {
                    m.collects & (1 << a) != 0
                        || (m.selective && m.shows.iter().any(|(b, _)| a == b))
                });
                let asserted =
                    *level == 0 && handed & (1 << a) != 0 && (UNASKABLE & (1 << a) == 0 || bearer);
                (shown && self.case.prohibited & (1 << a) == 0) || asserted
            });
            closed |= u8::from(met) << i;
        }
        closed
    }

    fn handed(&self, methods: u16, fields: u8) -> u8 {
        let required = self
            .chosen(methods)
            .fold(0, |set, m| set | m.collects | m.needs);
        (fields | required) & !self.held
    }

    fn cost(&self, methods: u16, handed: u8) -> u64 {
        let fields = (0..8)
            .filter(|i| handed & (1 << i) != 0)
            .map(|i| self.field_costs[i]);
        let chosen = self
            .method_costs
            .iter()
            .enumerate()
            .filter(|(i, _)| methods & (1 << i) != 0);
        fields.sum::<u64>() + chosen.map(|(_, c)| c).sum::<u64>()
    }

    fn allowed(&self) -> impl Iterator<Item = u16> {
        let usable = self
            .case
            .methods
            .iter()
            .enumerate()
            .filter(|(_, m)| self.usable(m));
        let usable = usable.fold(0_u16, |set, (i, _)| set | 1 << i);
        (0..1_u16 << self.case.methods.len()).filter(move |set| set & !usable == 0)
    }

    /// The best choice by cost, methods, fields, ids, registry; with the gaps that can be closed at all.
    fn best(&self) -> (u8, u64, u16, u8) {
        let closable = self
            .allowed()
            .fold(0, |all, m| all | self.closed(m, !self.case.prohibited));
        let mut best: Option<(u64, u32, u32, u16, u8)> = None;
        for methods in self.allowed() {
            for fields in (0..=u8::MAX).filter(|f| f & (self.case.prohibited | self.held) == 0) {
                let handed = self.handed(methods, fields);
                let cost = self.cost(methods, handed);
                let rank = (cost, methods.count_ones(), handed.count_ones());
                let better = best.is_none_or(|(c, m, f, bm, bf)| {
                    let first = |x: u128, y: u128| {
                        (x ^ y) != 0 && x & ((x ^ y) & (x ^ y).wrapping_neg()) != 0
                    };
                    rank < (c, m, f)
                        || (rank == (c, m, f)
                            && (first(methods.into(), bm.into())
                                || (methods == bm && first(widen(handed), widen(bf)))))
                });
                if better && self.closed(methods, fields) & closable == closable {
                    best = Some((rank.0, rank.1, rank.2, methods, handed));
                }
            }
        }
        let (cost, _, _, methods, handed) = best.unwrap();
        (closable, cost, methods, handed)
    }
}

fn chosen_methods(plan: &Plan) -> u16 {
    let ids = plan.steps.iter().filter(|s| &*s.method != ASK);
    ids.fold(0, |set, s| set | 1 << number(&s.method))
}

fn pool_bit(name: &str) -> u8 {
    1 << POOL.iter().position(|p| *p == name).unwrap()
}

fn handed(plan: &Plan) -> u8 {
    plan.cost
        .fields
        .iter()
        .fold(0, |set, f| set | pool_bit(&f.attribute))
}

/// As hard as it gets: every method costs the same and shows three of 24 attributes, so that ties abound.
#[test]
fn at_the_search_limit_the_plan_closes_everything_and_says_that_it_is_unproven() {
    let registry = Registry::builtin();
    let attributes = registry.attributes().iter();
    let of_person = attributes.filter(|a| a.parties.contains(&PartyKind::Person));
    let names: Vec<&str> = of_person.map(|a| a.name.as_str()).take(24).collect();
    let mut text = String::from(
        "[weights]\nsensitivity = { public = 1, ordinary = 1, contact = 1, sensitive = 1, special = 1 }\n\
         per_money_minor = 1\nper_minute = 1\nper_dropoff_nat = 1\n[ask]\nseconds = 0\n",
    );
    let mut state = 1_u32;
    for i in 0..64 {
        let mut shows: Vec<String> = Vec::new();
        while shows.len() < 3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let name = names[(state >> 16) as usize % 24];
            let show = format!("{{ attribute = {name:?}, assurance = \"verified\" }}");
            if !shows.contains(&show) {
                shows.push(show);
            }
        }
        let shows = shows.join(", ");
        text += &format!(
            "[[method]]\nid = \"m{i:02}\"\ntitle = \"M\"\nshows = [{shows}]\nminutes = 9\n"
        );
    }
    let methods = MethodSet::parse("hard.toml", &text, &registry).unwrap();
    let gaps = names.iter().map(|name| Gap {
        alternatives: vec![(registry.position(name).unwrap(), Assurance::Verified)],
    });
    let subject = SubjectGaps {
        party: PartyId::from_bits(7),
        kind: PartyKind::Person,
        gaps: gaps.collect(),
        held: 0,
        prohibited: 0,
        fits: vec![true; 64],
    };
    let request = PlanRequest {
        subjects: vec![subject],
    };
    let plan = plan(&request, &methods);
    let mut closed: Vec<_> = plan.steps.iter().flat_map(|s| s.closes.clone()).collect();
    closed.sort();
    closed.dedup();
    assert_eq!(closed.len(), 24);
    assert!(plan.unmet.is_empty() && !plan.proven_optimal);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn r_044_the_plan_is_what_brute_force_finds(case in case(10)) {
        let methods = straight(&case);
        let (judge, plan) = (Judge::new(&case, &methods), run(&case, &methods));
        let (closable, cost, best_methods, best_handed) = judge.best();
        prop_assert!(plan.proven_optimal);
        prop_assert_eq!(plan.cost.total, cost);
        prop_assert_eq!(chosen_methods(&plan), best_methods);
        prop_assert_eq!(handed(&plan), best_handed);
        prop_assert_eq!(plan.unmet.len(), case.gaps.len() - closable.count_ones() as usize);
    }

    #[test]
    fn every_plan_closes_what_it_claims_and_collects_nothing_prohibited(case in case(16)) {
        let methods = straight(&case);
        let (judge, plan) = (Judge::new(&case, &methods), run(&case, &methods));
        prop_assert!(plan.proven_optimal);
        prop_assert_eq!(handed(&plan) & case.prohibited, 0);
        let closed = judge.closed(chosen_methods(&plan), handed(&plan));
        prop_assert_eq!(closed.count_ones() as usize + plan.unmet.len(), case.gaps.len());
        prop_assert_eq!(judge.cost(chosen_methods(&plan), handed(&plan)), plan.cost.total);
        let by_steps = plan.steps.iter().flat_map(|s| &s.collects);
        let by_steps: Vec<u8> = by_steps.map(|name| pool_bit(name)).collect();
        prop_assert_eq!(by_steps.len(), plan.cost.fields.len(), "each field is collected by one step");
        prop_assert_eq!(by_steps.iter().fold(0, |a, b| a | b), handed(&plan));
        for unmet in &plan.unmet {
            prop_assert_eq!(unmet.reason == UnmetReason::Prohibited, !unmet.prohibited.is_empty());
        }
    }

    #[test]
    fn alternatives_close_the_same_for_what_they_say(case in case(10)) {
        let methods = straight(&case);
        let (judge, plan) = (Judge::new(&case, &methods), run(&case, &methods));
        let closed = judge.closed(chosen_methods(&plan), handed(&plan));
        for step in &plan.steps {
            prop_assert!(step.alternatives.is_sorted_by_key(|a| a.extra_cost));
            for alternative in &step.alternatives {
                prop_assert!(alternative.extra_cost >= 0 && alternative.methods.len() <= 3);
                let id = |name: &str| name.strip_prefix('m').map_or(0, |n| 1 << n.parse::<u16>().unwrap());
                let added = alternative.methods.iter().fold(0, |set, m| set | id(m));
                let swapped = chosen_methods(&plan) & !id(&step.method) | added;
                let told = plan.cost.total + alternative.extra_cost.unsigned_abs();
                let found = (0..=u8::MAX).filter(|f| f & case.prohibited == 0).any(|fields| {
                    judge.cost(swapped, judge.handed(swapped, fields)) == told
                        && judge.closed(swapped, fields) & closed == closed
                });
                prop_assert!(found, "{step:?}");
            }
        }
    }

    #[test]
    fn the_order_of_methods_and_gaps_changes_nothing(
        (case, order) in case(16).prop_flat_map(|case| {
            let order: Vec<usize> = (0..case.methods.len()).collect();
            (Just(case), Just(order).prop_shuffle())
        })
    ) {
        let here = run(&case, &straight(&case));
        prop_assert_eq!(&here, &run(&case, &methods_file(&case, &order)));
        let mut turned = case.clone();
        turned.gaps.reverse();
        let mut there = run(&turned, &straight(&turned));
        there.unmet.reverse();
        prop_assert_eq!(here, there);
    }

    #[test]
    fn another_method_never_makes_it_dearer(case in case(16)) {
        prop_assume!(!case.methods.is_empty());
        let with = run(&case, &straight(&case));
        let mut fewer = case.clone();
        fewer.methods.pop();
        let without = run(&fewer, &straight(&fewer));
        prop_assert!(with.unmet.len() <= without.unmet.len());
        prop_assert!(with.unmet.len() < without.unmet.len() || with.cost.total <= without.cost.total);
    }
}
