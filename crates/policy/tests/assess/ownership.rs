//! Beneficial owners.

use bonafide_model::{PartyId, PartyKind::Organisation, PartyKind::Person};
use bonafide_policy::{Basis, PackSet};

use crate::case::{Case, one, requirement};

fn rule(threshold: &str, comparison: &str, control: bool, strategy: &str) -> PackSet {
    one(&format!(
        "[beneficial_owner]\nthreshold = \"{threshold}\"\ncomparison = \"{comparison}\"\ncontrol = {control}\nstrategy = \"{strategy}\"\n"
    ))
}

fn found(case: &Case, packs: &PackSet) -> Vec<(PartyId, u32, Basis)> {
    let assessment = case.assess(packs);
    let owners = assessment.beneficial_owners["test"].iter();
    owners.map(|o| (o.party, o.share_ppm, o.basis)).collect()
}

#[test]
fn r_022_half_of_a_holder_of_sixty_percent_is_thirty_percent() {
    let mut case = Case::organisation();
    let middle = case.party(Organisation);
    let owner = case.party(Person);
    case.owner(middle, case.holder, "60");
    case.owner(owner, middle, "50");
    let packs = rule("25", ">=", false, "all");
    assert_eq!(
        found(&case, &packs),
        [
            (middle, 600_000, Basis::Share),
            (owner, 300_000, Basis::Share)
        ]
    );
}

#[test]
fn r_022_exactly_a_quarter_counts_at_least_and_not_at_more() {
    let mut case = Case::organisation();
    let owner = case.party(Person);
    case.owner(owner, case.holder, "25.0");
    assert_eq!(
        found(&case, &rule("25", ">=", false, "all")),
        [(owner, 250_000, Basis::Share)]
    );
    assert_eq!(found(&case, &rule("25", ">", false, "all")), []);
    assert_eq!(found(&case, &rule("25.0001", ">=", false, "all")), []);
}

#[test]
fn r_022_paths_are_summed_to_the_digit() {
    // Two paths of 12.5 % each: 50 % of 25 % and 25 % of 50 %.
    let mut case = Case::organisation();
    let (one, two) = (case.party(Organisation), case.party(Organisation));
    let owner = case.party(Person);
    case.owner(one, case.holder, "25");
    case.owner(two, case.holder, "50");
    case.owner(owner, one, "50");
    case.owner(owner, two, "25");
    let packs = rule("25", ">=", false, "all");
    assert!(found(&case, &packs).contains(&(owner, 250_000, Basis::Share)));
    assert!(
        !found(&case, &rule("25", ">", false, "all"))
            .iter()
            .any(|(p, ..)| *p == owner)
    );
}

#[test]
fn r_022_circular_holdings_terminate() {
    let mut case = Case::organisation();
    let (one, two) = (case.party(Organisation), case.party(Organisation));
    let owner = case.party(Person);
    // `one` and `two` own each other in part; of the holder `one` has 20 %, the person 40 % of `one` and of `two`.
    case.owner(one, case.holder, "20");
    case.owner(two, case.holder, "30");
    case.owner(one, two, "50");
    case.owner(two, one, "50");
    case.owner(owner, one, "40");
    case.owner(owner, two, "40");
    let owners = found(&case, &rule("25", ">=", false, "all"));
    // e(one) = .2 + .5 e(two), e(two) = .3 + .5 e(one): e(one) = .4667, e(two) = .5333; the person has 40 % of both.
    assert_eq!(
        owners,
        [
            (one, 466_666, Basis::Share),
            (two, 533_333, Basis::Share),
            (owner, 399_999, Basis::Share)
        ]
    );
}

#[test]
fn r_022_a_circle_that_comes_to_exactly_a_quarter_counts_at_least_and_not_at_more() {
    // e(one) = .125 + .5 e(one), which is a quarter.
    let mut case = Case::organisation();
    let one = case.party(Organisation);
    let two = case.party(Organisation);
    case.owner(one, case.holder, "12.5");
    case.owner(one, two, "50");
    case.owner(two, one, "100");
    assert!(
        found(&case, &rule("25", ">=", false, "all"))
            .iter()
            .any(|(p, ..)| *p == one)
    );
    assert!(
        !found(&case, &rule("25", ">", false, "all"))
            .iter()
            .any(|(p, ..)| *p == one)
    );
}

#[test]
fn r_022_a_whole_circle_terminates_and_never_exceeds_the_whole() {
    let mut case = Case::organisation();
    let (one, two) = (case.party(Organisation), case.party(Organisation));
    case.owner(one, case.holder, "100");
    case.owner(one, two, "100");
    case.owner(two, one, "100");
    case.owner(case.holder, case.holder, "100");
    let owners = found(&case, &rule("25", ">=", false, "all"));
    assert!(owners.iter().all(|(_, share, _)| *share <= 1_000_000));
    assert_eq!(owners.len(), 2);
}

#[test]
fn r_022_a_chain_of_controllers_is_followed() {
    let mut case = Case::organisation();
    let middle = case.party(Organisation);
    let top = case.party(Person);
    case.controller(middle, case.holder);
    case.controller(top, middle);
    // And a circle in it.
    case.controller(middle, top);
    let packs = rule("25", ">=", true, "all");
    assert_eq!(
        found(&case, &packs),
        [(middle, 0, Basis::Control), (top, 0, Basis::Control)]
    );
    assert_eq!(found(&case, &rule("25", ">=", false, "all")), []);
}

#[test]
fn r_022_control_by_majority_follows_more_than_half() {
    let mut case = Case::organisation();
    let middle = case.party(Organisation);
    let (most, half) = (case.party(Person), case.party(Person));
    case.controller(middle, case.holder);
    case.owner(most, middle, "50.0001");
    case.owner(half, middle, "49.9999");
    let majority = one(
        "[beneficial_owner]\nthreshold = \"25\"\ncomparison = \">=\"\ncontrol = true\ncontrol_by_majority = true\nstrategy = \"all\"\n",
    );
    assert_eq!(
        found(&case, &majority),
        [(middle, 0, Basis::Control), (most, 0, Basis::Control)]
    );
}

#[test]
fn r_023_one_control_person_and_every_owner() {
    let mut case = Case::organisation();
    let controllers = [case.party(Person), case.party(Person)];
    let owners = [case.party(Person), case.party(Person), case.party(Person)];
    for owner in owners {
        case.owner(owner, case.holder, "30");
    }
    for controller in controllers {
        case.controller(controller, case.holder);
    }
    assert_eq!(found(&case, &rule("25", ">=", true, "all")).len(), 5);
    let one_of = found(&case, &rule("25", ">=", true, "one_control_person"));
    assert_eq!(one_of.len(), 4);
    assert_eq!(
        one_of
            .iter()
            .filter(|(_, _, basis)| *basis == Basis::Control)
            .count(),
        1
    );
}

#[test]
fn an_owner_without_a_share_counts_with_what_is_left_over() {
    let mut case = Case::organisation();
    let (known, unknown) = (case.party(Person), case.party(Person));
    case.owner(known, case.holder, "70");
    case.role(
        unknown,
        bonafide_model::RoleKind::Owner,
        bonafide_model::RoleTarget::Party(case.holder),
        None,
    );
    let owners = found(&case, &rule("25", ">=", false, "all"));
    assert!(owners.contains(&(unknown, 300_000, Basis::Share)));
}

#[test]
fn a_person_has_no_owners() {
    let mut case = Case::person();
    let other = case.party(Person);
    case.owner(other, case.holder, "100");
    assert_eq!(found(&case, &rule("25", ">=", true, "all")), []);
}

#[test]
fn r_022_what_a_circle_holds_of_itself_goes_to_who_stands_outside() {
    let mut case = Case::organisation();
    let (one, two) = (case.party(Organisation), case.party(Organisation));
    let owner = case.party(Person);
    case.owner(one, case.holder, "100");
    case.owner(two, one, "90");
    case.owner(one, two, "100");
    case.owner(owner, one, "10");
    let owners = found(&case, &rule("25", ">=", false, "all"));
    let share = owners.iter().find(|(p, ..)| *p == owner).unwrap().1;
    assert!(share >= 999_999, "{share}");
}

#[test]
fn r_022_a_cross_holding_of_the_holder_raises_the_others() {
    // e(holder) = 1 + .6 · .6 · e(holder) = 1.5625; a fifth of it is 31.25 %.
    let mut case = Case::organisation();
    let other = case.party(Organisation);
    let owner = case.party(Person);
    case.owner(other, case.holder, "60");
    case.owner(case.holder, other, "60");
    case.owner(owner, case.holder, "20");
    let owners = found(&case, &rule("25", ">=", false, "all"));
    let share = owners.iter().find(|(p, ..)| *p == owner).unwrap().1;
    assert!((312_499..=312_500).contains(&share), "{share}");
}

#[test]
fn r_022_a_circle_that_never_rests_hides_nobody() {
    let mut case = Case::organisation();
    let (one, two) = (case.party(Organisation), case.party(Organisation));
    let owner = case.party(Person);
    case.owner(one, case.holder, "100");
    case.owner(two, one, "99.9999");
    case.owner(one, two, "100");
    case.owner(owner, one, "0.0001");
    let owners = found(&case, &rule("25", ">=", false, "all"));
    assert!(owners.iter().any(|(p, ..)| *p == owner));
}

#[test]
fn r_022_who_controls_a_parent_controls_the_holder() {
    for share in ["100", "30"] {
        let mut case = Case::organisation();
        let parent = case.party(Organisation);
        let controller = case.party(Person);
        case.owner(parent, case.holder, share);
        case.controller(controller, parent);
        let owners = found(&case, &rule("25", ">=", true, "all"));
        assert!(owners.contains(&(controller, 0, Basis::Control)), "{share}");
    }
    let mut case = Case::organisation();
    let small = case.party(Organisation);
    let controller = case.party(Person);
    case.owner(small, case.holder, "24");
    case.controller(controller, small);
    assert_eq!(found(&case, &rule("25", ">=", true, "all")), []);
}

#[test]
fn r_022_what_is_asked_of_controllers_is_asked_of_a_parents() {
    let mut case = Case::organisation();
    let parent = case.party(Organisation);
    let controller = case.party(Person);
    case.owner(parent, case.holder, "100");
    case.controller(controller, parent);
    let asked = requirement("c", "controller", "list_screening", "validated", "");
    let assessment = case.assess(&one(&asked));
    assert_eq!(assessment.missing[0].subject, controller);
}
