//! Evaluating a lowered condition in a scene.

use std::cmp::Ordering;

use bonafide_model::{Date, OpeningMethod, Span, Value};

use super::NESTING_MAX;
use super::node::{Field, Given, List, Moment, Node, Op, Term, Who};
use crate::assess::Status;
use crate::facts::World;

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

/// Deciding attributes that are not recorded: party and position.
pub(crate) type Unknowns = Vec<(usize, usize)>;

/// What a pack derives about the parties before its conditions are asked.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Status of each party; empty where the pack has no rule for it.
    pub(crate) status: Vec<Status>,
    /// Whether each party claims a fact that would make it domestic, or is domestic.
    pub(crate) claims_domestic: Vec<bool>,
    /// Status of the holder and its beneficial owners together.
    pub(crate) customer: Status,
    /// Whether holder and beneficial owners all claim to be domestic, or are.
    pub(crate) customer_claims: bool,
    /// The beneficial owners.
    pub(crate) owners: Vec<usize>,
}

impl View {
    /// Nothing derived.
    pub(crate) const EMPTY: Self = Self {
        status: Vec::new(),
        claims_domestic: Vec::new(),
        customer: Status::Undetermined,
        customer_claims: false,
        owners: Vec::new(),
    };
}

/// Where a condition is asked: what is known, what the pack derives, and about whom.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'w, 'a> {
    pub(crate) world: &'w World<'a>,
    pub(crate) view: &'w View,
    pub(crate) subject: usize,
}

/// What a quantifier has bound.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound<'v> {
    Text(&'v str),
    Party(usize),
}

pub(super) type Slots<'v> = [Option<Bound<'v>>; NESTING_MAX];

/// A value at hand, or why there is none.
pub(super) enum Found<'v> {
    Text(&'v str),
    Integer(i64),
    Boolean(bool),
    Date(Date),
    /// A party of that kind cannot have it: it equals nothing.
    None,
    Unknown(usize, usize),
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Self::True } else { Self::False }
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl Node {
    pub(super) fn eval<'v>(
        &'v self,
        scene: &'v Scene<'_, '_>,
        slots: &mut Slots<'v>,
        unknowns: &mut Unknowns,
    ) -> Truth {
        match self {
            Self::Const(yes) => (*yes).into(),
            Self::Not(inner) => inner.eval(scene, slots, unknowns).not(),
            Self::And(parts) => {
                let each = parts.iter();
                fold(false, each, unknowns, |n, u| n.eval(scene, slots, u))
            }
            Self::Or(parts) => {
                let each = parts.iter();
                fold(true, each, unknowns, |n, u| n.eval(scene, slots, u))
            }
            Self::Holds(term) => match term.find(scene, slots) {
                Found::Boolean(yes) => yes.into(),
                Found::Unknown(party, position) => unknown(unknowns, party, position),
                _ => Truth::False,
            },
            Self::Compare(op, left, right) => {
                let (left, right) = (left.find(scene, slots), right.find(scene, slots));
                compare(*op, &left, &right, unknowns)
            }
            Self::In(term, list) => within(term, list, scene, slots, unknowns),
            Self::HasAttribute(who, position) => {
                let party = who.party(scene, slots);
                scene.world.has(party, *position).into()
            }
            Self::HasRegion => scene.world.dossier.account.region.is_some().into(),
            Self::Quantified {
                all,
                list,
                slot,
                body,
            } => quantified(*all, list, *slot, body, scene, slots, unknowns),
            Self::Age(moment, op, span) => age(*moment, *op, *span, scene, slots, unknowns),
            Self::Expired(who) => {
                let party = scene.world.party(who.party(scene, slots));
                if let Some(at) = party
                    .evidence_expires_at
                    .filter(|_| !party.evidence_expired)
                {
                    scene.world.flips_at(at);
                }
                party.evidence_expired.into()
            }
        }
    }
}

/// Kleene's "or" where `stop` is true, "and" where it is false: what stops wins over what is unknown.
fn fold<T>(
    stop: bool,
    parts: impl Iterator<Item = T>,
    unknowns: &mut Unknowns,
    mut eval: impl FnMut(T, &mut Unknowns) -> Truth,
) -> Truth {
    let before = unknowns.len();
    let mut outcome = Truth::from(!stop);
    for part in parts {
        match eval(part, unknowns) {
            Truth::Unknown => outcome = Truth::Unknown,
            decided if decided == stop.into() => {
                unknowns.truncate(before);
                return decided;
            }
            _ => {}
        }
    }
    outcome
}

fn unknown(unknowns: &mut Unknowns, party: usize, position: usize) -> Truth {
    if !unknowns.contains(&(party, position)) {
        unknowns.push((party, position));
    }
    Truth::Unknown
}

fn compare(op: Op, left: &Found<'_>, right: &Found<'_>, unknowns: &mut Unknowns) -> Truth {
    let order = match (left, right) {
        (Found::None, _) | (_, Found::None) => return (op == Op::NotEqual).into(),
        (Found::Unknown(p, a), Found::Unknown(q, b)) => {
            unknown(unknowns, *p, *a);
            return unknown(unknowns, *q, *b);
        }
        (Found::Unknown(p, a), _) | (_, Found::Unknown(p, a)) => return unknown(unknowns, *p, *a),
        (Found::Text(a), Found::Text(b)) => a.cmp(b),
        (Found::Integer(a), Found::Integer(b)) => a.cmp(b),
        (Found::Boolean(a), Found::Boolean(b)) => a.cmp(b),
        (Found::Date(a), Found::Date(b)) => a.cmp(b),
        // Types were checked at load; a recorded value of another type than its attribute's equals nothing.
        _ => return (op == Op::NotEqual).into(),
    };
    op.holds(order).into()
}

impl Op {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

fn within<'v>(
    term: &'v Term,
    list: &'v List,
    scene: &'v Scene<'_, '_>,
    slots: &Slots<'v>,
    unknowns: &mut Unknowns,
) -> Truth {
    let text = match term.find(scene, slots) {
        Found::Text(text) => text,
        Found::Unknown(party, position) => return unknown(unknowns, party, position),
        _ => return Truth::False,
    };
    match list {
        List::Texts(texts) => texts.iter().any(|t| **t == *text).into(),
        List::Roles(who) => {
            let party = scene.world.party(who.party(scene, slots));
            party.roles.iter().any(|r| r.as_str() == text).into()
        }
        List::Attribute(who, position) => {
            let party = who.party(scene, slots);
            if let Some(missing) = missing(scene, party, *position) {
                return missing.truth(unknowns);
            }
            let mut values = scene.world.values(party, *position);
            values.any(|v| as_text(v) == Some(text)).into()
        }
        List::Owners => Truth::False,
    }
}

/// An attribute that has no value: unknown, or not to be had.
enum NoValue {
    Unknown(usize, usize),
    None,
}

impl NoValue {
    fn truth(&self, unknowns: &mut Unknowns) -> Truth {
        match self {
            Self::Unknown(party, position) => unknown(unknowns, *party, *position),
            Self::None => Truth::False,
        }
    }
}

fn missing(scene: &Scene<'_, '_>, party: usize, position: usize) -> Option<NoValue> {
    let world = scene.world;
    if world.has(party, position) {
        None
    } else if world.can_have(party, position) {
        Some(NoValue::Unknown(party, position))
    } else {
        Some(NoValue::None)
    }
}

fn quantified<'v>(
    all: bool,
    list: &'v List,
    slot: usize,
    body: &'v Node,
    scene: &'v Scene<'_, '_>,
    slots: &mut Slots<'v>,
    unknowns: &mut Unknowns,
) -> Truth {
    let world = scene.world;
    let ask = |bound: Bound<'v>, slots: &mut Slots<'v>, unknowns: &mut Unknowns| {
        if let Some(place) = slots.get_mut(slot) {
            *place = Some(bound);
        }
        body.eval(scene, slots, unknowns)
    };
    match list {
        List::Texts(texts) => fold(!all, texts.iter(), unknowns, |t, u| {
            ask(Bound::Text(t), slots, u)
        }),
        List::Owners => {
            let owners = scene.view.owners.iter();
            fold(!all, owners, unknowns, |p, u| {
                ask(Bound::Party(*p), slots, u)
            })
        }
        List::Roles(who) => {
            let roles = world.party(who.party(scene, slots)).roles.iter();
            fold(!all, roles, unknowns, |r, u| {
                ask(Bound::Text(r.as_str()), slots, u)
            })
        }
        List::Attribute(who, position) => {
            let party = who.party(scene, slots);
            match missing(scene, party, *position) {
                Some(NoValue::None) => return all.into(),
                Some(unknown) => return unknown.truth(unknowns),
                None => {}
            }
            let values = world.values(party, *position).filter_map(as_text);
            fold(!all, values, unknowns, |v, u| ask(Bound::Text(v), slots, u))
        }
    }
}

fn age(
    moment: Moment,
    op: Op,
    span: Span,
    scene: &Scene<'_, '_>,
    slots: &Slots<'_>,
    unknowns: &mut Unknowns,
) -> Truth {
    let world = scene.world;
    let begun = match moment {
        Moment::OpenedAt => world.dossier.account.opened_at,
        Moment::ScreenedAt(who) => {
            let party = who.party(scene, slots);
            match (world.party(party).screening, world.packs.list_screening) {
                (Some(screening), _) => screening.at,
                (None, Some(position)) => return unknown(unknowns, party, position),
                (None, None) => return Truth::False,
            }
        }
        Moment::Attribute(who, position) => {
            let party = who.party(scene, slots);
            if let Some(missing) = missing(scene, party, position) {
                return missing.truth(unknowns);
            }
            match world.values(party, position).next() {
                Some(Value::Date(date)) => date.start(),
                _ => return Truth::False,
            }
        }
    };
    let reached = begun.plus(span);
    // `>` and `<=` turn just after the instant, `>=` and `<` at it.
    let turns = match op {
        Op::More | Op::AtMost => reached.plus_millis(1),
        _ => reached,
    };
    let turned = world.has_come(turns);
    match op {
        Op::More | Op::AtLeast => turned.into(),
        _ => (!turned).into(),
    }
}

pub(super) fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Address(address) => Some(&address.country),
        _ => None,
    }
}

impl Who {
    pub(super) fn party(self, scene: &Scene<'_, '_>, slots: &Slots<'_>) -> usize {
        match self {
            Self::Subject => scene.subject,
            Self::Customer => scene.world.holder,
            // Lowering binds every slot before its use.
            Self::Item(slot) => match slots.get(slot) {
                Some(Some(Bound::Party(party))) => *party,
                _ => scene.subject,
            },
        }
    }
}

impl Term {
    fn find<'v>(&'v self, scene: &'v Scene<'_, '_>, slots: &Slots<'v>) -> Found<'v> {
        match self {
            Self::Text(text) => Found::Text(text),
            Self::Integer(n) => Found::Integer(*n),
            Self::Boolean(b) => Found::Boolean(*b),
            Self::Date(d) => Found::Date(*d),
            Self::Item(slot) => match slots.get(*slot) {
                Some(Some(Bound::Text(text))) => Found::Text(text),
                _ => Found::None,
            },
            Self::Of(who, field) => field.find(*who, who.party(scene, slots), scene),
            Self::Given(given) => given.find(scene),
        }
    }
}

impl Field {
    pub(super) fn find<'v>(self, who: Who, party: usize, scene: &'v Scene<'_, '_>) -> Found<'v> {
        let (world, view) = (scene.world, scene.view);
        match self {
            Self::Kind => Found::Text(world.party(party).kind.as_str()),
            Self::Status if who == Who::Customer => Found::Text(view.customer.as_str()),
            Self::Status => {
                let status = view.status.get(party).copied();
                Found::Text(status.unwrap_or(Status::Undetermined).as_str())
            }
            Self::ClaimsDomestic if who == Who::Customer => Found::Boolean(view.customer_claims),
            Self::ClaimsDomestic => {
                Found::Boolean(view.claims_domestic.get(party).copied().unwrap_or(false))
            }
            Self::FailedChecks => {
                let failed = world.party(party).failed.len();
                Found::Integer(i64::try_from(failed).unwrap_or(i64::MAX))
            }
            Self::ScreeningScore => {
                // What was found stands until the next screening; that nothing was does not survive a new name.
                let of = world.party(party);
                let counts = |s: &&bonafide_model::Screening| {
                    of.screening_outdated_at.is_none() || s.top_score_bp() > 0
                };
                match (of.screening.filter(counts), world.packs.list_screening) {
                    (Some(screening), _) => Found::Integer(screening.top_score_bp().into()),
                    (None, Some(position)) => Found::Unknown(party, position),
                    (None, None) => Found::None,
                }
            }
            Self::Attribute(position) => match missing(scene, party, position) {
                Some(NoValue::Unknown(party, position)) => Found::Unknown(party, position),
                Some(NoValue::None) => Found::None,
                None => match world.values(party, position).next() {
                    Some(Value::Boolean(b)) => Found::Boolean(*b),
                    Some(Value::Integer(n)) => Found::Integer(*n),
                    Some(Value::Date(d)) => Found::Date(*d),
                    Some(value) => as_text(value).map_or(Found::None, Found::Text),
                    None => Found::None,
                },
            },
        }
    }
}

impl Given {
    pub(super) fn find<'v>(self, scene: &'v Scene<'_, '_>) -> Found<'v> {
        let world = scene.world;
        let account = &world.dossier.account;
        match self {
            Self::Product => Found::Text(&account.product),
            Self::Region => account.region.as_deref().map_or(Found::None, Found::Text),
            Self::Trial => Found::Boolean(account.trial),
            Self::OpeningMethod => Found::Text(match account.opening_method {
                OpeningMethod::Online => "online",
                OpeningMethod::InPerson => "in_person",
                OpeningMethod::Reseller => "reseller",
                OpeningMethod::Imported => "imported",
            }),
            Self::InScope => Found::Boolean(world.order.in_scope),
            Self::ControlledHardware => Found::Boolean(world.order.controlled_hardware),
            Self::ZeroPrice => Found::Boolean(world.order.zero_price),
            Self::Category => Found::Text(world.order.category),
            Self::ProviderCountry => Found::Text(world.order.provider_country),
        }
    }
}
