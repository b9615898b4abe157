//! What a condition reads in a scene, whatever it comes to: the footing of a finding that it makes.
//!
//! All branches are read, also those that evaluation would skip, so that what a finding rests on does not depend on the
//! order in which a pack writes its conditions. Constants are no part of it: a new version of a pack re-opens nothing
//! unless its rule reads something else.

use super::NESTING_MAX;
use super::eval::{Bound, Found, Scene, Slots, as_text};
use super::node::{Field, Given, List, Moment, Node, Term, Who};
use crate::facts::World;
use crate::footing::Footing;

impl Node {
    pub(super) fn read<'v>(
        &'v self,
        scene: &'v Scene<'_, '_>,
        slots: &mut Slots<'v>,
        footing: &mut Footing,
    ) {
        match self {
            Self::Const(_) => {}
            Self::Not(inner) => inner.read(scene, slots, footing),
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.read(scene, slots, footing);
                }
            }
            Self::Holds(term) => term.read(scene, slots, footing),
            Self::Compare(_, left, right) => {
                left.read(scene, slots, footing);
                right.read(scene, slots, footing);
            }
            Self::In(term, list) => {
                term.read(scene, slots, footing);
                list.read(scene, slots, footing);
            }
            Self::HasAttribute(who, position) => {
                let party = who.party(scene, slots);
                let has = scene.world.has(party, *position);
                let name = name(scene.world, *position);
                add(scene, footing, "has", party, &format!("{name} {has}"));
            }
            Self::HasRegion => {
                let region = scene.world.dossier.account.region.is_some();
                footing.add("has region", None, &region.to_string());
            }
            Self::Quantified {
                list, slot, body, ..
            } => {
                list.read(scene, slots, footing);
                for bound in list.members(scene, slots) {
                    if let Some(place) = slots.get_mut(*slot) {
                        *place = Some(bound);
                    }
                    body.read(scene, slots, footing);
                }
            }
            Self::Age(moment, ..) => moment.read(scene, slots, footing),
            Self::Expired(who) => {
                let party = who.party(scene, slots);
                let (world, id) = (scene.world, scene.world.party(party).id);
                let of = world.dossier.evidence.iter().filter(|e| e.party == id);
                for evidence in of.filter(|e| e.expires_on.is_some_and(|last| last < world.today)) {
                    add(scene, footing, "expired", party, &evidence.id.to_string());
                }
            }
        }
    }

    /// Reads with nothing bound.
    pub(super) fn footing(&self, scene: &Scene<'_, '_>, footing: &mut Footing) {
        self.read(scene, &mut [None; NESTING_MAX], footing);
    }
}

impl Term {
    fn read<'v>(&'v self, scene: &'v Scene<'_, '_>, slots: &Slots<'v>, footing: &mut Footing) {
        match self {
            Self::Text(_) | Self::Integer(_) | Self::Boolean(_) | Self::Date(_) | Self::Item(_) => {
            }
            Self::Of(who, field) => field.read(*who, who.party(scene, slots), scene, footing),
            Self::Given(given) => {
                let said = said(&given.find(scene));
                footing.add("order", None, &format!("{} {said}", given.word()));
            }
        }
    }
}

impl Field {
    fn read(self, who: Who, party: usize, scene: &Scene<'_, '_>, footing: &mut Footing) {
        let world = scene.world;
        match self {
            Self::Attribute(position) => values(scene, party, position, footing),
            Self::FailedChecks => {
                for check in world.failed_checks(party) {
                    add(scene, footing, "failed check", party, &check.id.to_string());
                }
            }
            Self::ScreeningScore => match world.party(party).screening {
                Some(screening) => {
                    footing.add_hits(world.party(party).id, screening);
                }
                None => add(scene, footing, "screening", party, "none"),
            },
            Self::Kind | Self::Status | Self::ClaimsDomestic => {
                let said = said(&self.find(who, party, scene));
                let what = if who == Who::Customer {
                    "customer"
                } else {
                    "party"
                };
                let field = match self {
                    Self::Kind => "kind",
                    Self::Status => "status",
                    _ => "claims domestic",
                };
                add(scene, footing, what, party, &format!("{field} {said}"));
            }
        }
    }
}

impl Given {
    fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Region => "region",
            Self::Trial => "trial",
            Self::OpeningMethod => "opening method",
            Self::InScope => "in scope",
            Self::ControlledHardware => "controlled hardware",
            Self::ZeroPrice => "zero price",
            Self::Category => "category",
            Self::ProviderCountry => "provider country",
        }
    }
}

impl Moment {
    fn read(self, scene: &Scene<'_, '_>, slots: &Slots<'_>, footing: &mut Footing) {
        let world = scene.world;
        match self {
            Self::OpenedAt => {
                let at = world.dossier.account.opened_at;
                footing.add("opened at", None, &at.to_string());
            }
            // Each screening is another occasion.
            Self::ScreenedAt(who) => {
                let party = who.party(scene, slots);
                let at = world.party(party).screening.map(|s| s.at.to_string());
                let at = at.unwrap_or_default();
                add(scene, footing, "screened at", party, &at);
            }
            Self::Attribute(who, position) => {
                values(scene, who.party(scene, slots), position, footing);
            }
        }
    }
}

impl List {
    fn read(&self, scene: &Scene<'_, '_>, slots: &Slots<'_>, footing: &mut Footing) {
        let world = scene.world;
        match self {
            Self::Texts(_) => {}
            Self::Attribute(who, position) => {
                values(scene, who.party(scene, slots), *position, footing);
            }
            Self::Roles(who) => {
                let party = who.party(scene, slots);
                for role in &world.party(party).roles {
                    add(scene, footing, "role", party, role.as_str());
                }
            }
            Self::Owners => {
                for owner in &scene.view.owners {
                    add(scene, footing, "owner", *owner, "");
                }
            }
        }
    }

    fn members<'v>(&'v self, scene: &'v Scene<'_, '_>, slots: &Slots<'v>) -> Vec<Bound<'v>> {
        let world = scene.world;
        match self {
            Self::Texts(texts) => texts.iter().map(|t| Bound::Text(t)).collect(),
            Self::Owners => scene.view.owners.iter().map(|p| Bound::Party(*p)).collect(),
            Self::Roles(who) => {
                let roles = world.party(who.party(scene, slots)).roles.iter();
                roles.map(|r| Bound::Text(r.as_str())).collect()
            }
            Self::Attribute(who, position) => {
                let values = world.values(who.party(scene, slots), *position);
                values.filter_map(as_text).map(Bound::Text).collect()
            }
        }
    }
}

fn add(scene: &Scene<'_, '_>, footing: &mut Footing, what: &str, party: usize, said: &str) {
    footing.add(what, Some(scene.world.party(party).id), said);
}

/// Every value of an attribute, or that there is none.
fn values(scene: &Scene<'_, '_>, party: usize, position: usize, footing: &mut Footing) {
    let (world, name) = (scene.world, name(scene.world, position));
    if !world.has(party, position) {
        add(scene, footing, "no value", party, name);
    }
    for value in world.values(party, position) {
        add(scene, footing, "value", party, &format!("{name} {value}"));
    }
}

fn name<'w>(world: &'w World<'_>, position: usize) -> &'w str {
    world.packs.names.get(position).map_or("", |n| n)
}

fn said(found: &Found<'_>) -> String {
    match found {
        Found::Text(text) => (*text).to_owned(),
        Found::Integer(n) => n.to_string(),
        Found::Boolean(b) => b.to_string(),
        Found::Date(d) => d.to_string(),
        Found::None => "nothing".to_owned(),
        Found::Unknown(..) => "unknown".to_owned(),
    }
}
