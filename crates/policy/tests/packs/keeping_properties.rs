//! Properties of the calculus of keeping, over packs, accounts and holds of every kind.

use bonafide_model::{AccountId, DAY_MS, HoldId, Timestamp};
use bonafide_policy::keeping::{End, Hold, HoldScope, Item, Keeping, Use, keeping};
use bonafide_policy::pack::ActivePack;
use proptest::prelude::*;

use crate::common::{HEAD, active, parse};

const ANCHORS: [&str; 8] = [
    "account_closed",
    "last_access",
    "account_closed_or_last_access",
    "recorded",
    "decided",
    "transaction",
    "cancelled",
    "relationship_ended",
];

fn day(n: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + n * DAY_MS).unwrap()
}

/// A pack with one term, and a name of its own.
fn pack(name: &str, kind: &str, anchor: usize, days: u32) -> ActivePack {
    let text = HEAD.replace("\"small\"", &format!("\"{name}\""));
    let term = format!(
        "[[retention]]\nclass = \"identity\"\nanchor = \"{}\"\n{kind} = \"P{days}D\"\ncitations = [\"c\"]\n",
        ANCHORS[anchor]
    );
    active(parse(name, &format!("{text}{term}")))
}

fn packs() -> impl Strategy<Value = Vec<ActivePack>> {
    let one = (any::<bool>(), 0..ANCHORS.len(), 0_u32..2_000);
    prop::collection::vec(one, 0..4).prop_map(|terms| {
        let packs = terms.into_iter().enumerate();
        let made = packs.map(|(n, (min, anchor, days))| {
            pack(
                &format!("pack-{n}"),
                if min { "min" } else { "max" },
                anchor,
                days,
            )
        });
        made.collect()
    })
}

fn one_use(account: u128) -> impl Strategy<Value = Use> {
    let instant = || prop::option::of((0_i64..3_000).prop_map(day));
    (
        packs(),
        instant(),
        instant(),
        prop::collection::vec(0_i64..3_000, 0..3),
    )
        .prop_map(move |(packs, closed_at, last_access_at, decided)| Use {
            account: Some(AccountId::from_bits(account)),
            closed_at,
            last_access_at,
            decided_at: decided.into_iter().map(day).collect(),
            packs,
        })
}

fn uses() -> impl Strategy<Value = Vec<Use>> {
    (one_use(1), prop::option::of(one_use(2)))
        .prop_map(|(a, b)| [Some(a), b].into_iter().flatten().collect())
}

fn hold(bits: u128, ends: Option<i64>) -> Hold {
    Hold {
        id: HoldId::from_bits(bits),
        scope: HoldScope::default(),
        expires_at: ends.map(day),
        released_at: None,
    }
}

fn holds() -> impl Strategy<Value = Vec<Hold>> {
    prop::collection::vec(prop::option::of(0_i64..4_000), 0..3).prop_map(|ends| {
        ends.into_iter()
            .zip(1..)
            .map(|(end, n)| hold(n, end))
            .collect()
    })
}

fn of(uses: &[Use], holds: &[Hold]) -> Keeping {
    let item = Item {
        class: "identity",
        field: "legal_name",
        account: None,
        recorded_at: day(10),
        happened_at: Some(day(5)),
    };
    keeping(&item, uses, holds)
}

/// Ends of a must, the later the greater.
fn late(end: End) -> (u8, Option<Timestamp>) {
    match end {
        End::None => (0, None),
        End::At(at) => (1, Some(at)),
        End::Unknown => (2, None),
    }
}

/// Ends of a may or of an erasing, the later the greater: where there is none it is never.
fn far(end: End) -> (u8, Option<Timestamp>) {
    match end {
        End::At(at) => (0, Some(at)),
        End::Unknown => (1, None),
        End::None => (2, None),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_order_of_packs_accounts_and_holds_is_of_no_matter(uses in uses(), holds in holds()) {
        let forwards = of(&uses, &holds);
        let (mut uses, mut holds) = (uses, holds);
        uses.reverse();
        holds.reverse();
        for one in &mut uses {
            one.packs.reverse();
            one.decided_at.reverse();
        }
        prop_assert_eq!(forwards, of(&uses, &holds));
    }

    #[test]
    fn a_minimum_more_never_shortens(uses in uses(), holds in holds(), anchor in 0..ANCHORS.len(), days in 0_u32..3_000) {
        let before = of(&uses, &holds);
        let mut more = uses;
        more[0].packs.push(pack("more", "min", anchor, days));
        let after = of(&more, &holds);
        prop_assert!(late(after.must_until.end) >= late(before.must_until.end));
        prop_assert!(far(after.erase_from.end) >= far(before.erase_from.end));
        prop_assert_eq!(after.may_until, before.may_until);
    }

    #[test]
    fn a_maximum_more_never_lengthens(uses in uses(), holds in holds(), anchor in 0..ANCHORS.len(), days in 0_u32..3_000) {
        let before = of(&uses, &holds);
        let mut more = uses;
        more[0].packs.push(pack("more", "max", anchor, days));
        let after = of(&more, &holds);
        prop_assert!(far(after.may_until.end) <= far(before.may_until.end));
        prop_assert!(far(after.erase_from.end) <= far(before.erase_from.end));
        prop_assert_eq!(after.must_until, before.must_until);
    }

    #[test]
    fn a_hold_never_shortens_and_its_release_restores(uses in uses(), holds in holds(), ends in prop::option::of(0_i64..4_000)) {
        let before = of(&uses, &holds);
        let mut more = holds;
        more.push(hold(99, ends));
        let held = of(&uses, &more);
        prop_assert!(late(held.must_until.end) >= late(before.must_until.end));
        prop_assert!(far(held.erase_from.end) >= far(before.erase_from.end));
        more.pop();
        prop_assert_eq!(of(&uses, &more), before.clone());
        // A released hold is over from its release on: what it kept until then is all that differs.
        let mut released = hold(99, ends);
        released.released_at = Some(day(0));
        more.push(released);
        let after = of(&uses, &more);
        for now in [day(0), day(2_000), day(9_000)] {
            prop_assert_eq!(after.kept_at(now), before.kept_at(now));
        }
    }

    #[test]
    fn nothing_is_due_that_something_keeps(uses in uses(), holds in holds(), now in 0_i64..6_000) {
        let kept = of(&uses, &holds);
        if kept.is_due(day(now)) {
            prop_assert_eq!(kept.kept_at(day(now)), vec![]);
        }
        for conflict in &kept.conflicts {
            prop_assert!(kept.must_until.causes.contains(&conflict.minimum));
            prop_assert!(kept.may_until.causes.contains(&conflict.maximum));
        }
    }
}
