//! Roles of a sign-up, and the sums that ownership must keep to.

use std::collections::BTreeMap;

use bonafide_model::{
    Account, Date, Fact, PartyId, PartyKind, Role, RoleId, RoleKind, RoleTarget, Share,
};

use super::facts::FactContext;
use super::{FieldError, ROLES_MAX, References, RoleIn};

/// Kinds of the parties that roles may name, by reference or id.
pub(super) type Kinds = BTreeMap<String, PartyKind>;

/// Reads the roles; a mistake names its role. `earlier` are the account's roles so far.
pub(super) fn read_roles(
    sent: &[RoleIn],
    kinds: &Kinds,
    references: &References,
    account: &Account,
    earlier: &[Role],
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<Role> {
    if sent.len() > ROLES_MAX {
        errors.push(FieldError::new(
            "roles",
            format!("{} roles: at most {ROLES_MAX}", sent.len()),
        ));
    }
    let mut roles = Vec::new();
    for (position, role) in sent.iter().enumerate().take(ROLES_MAX) {
        match read_role(role, kinds, references, account) {
            Ok((party, target, share)) => roles.push((
                position,
                Role {
                    id: RoleId::new(context.now, context.entropy),
                    party,
                    kind: role.kind,
                    target,
                    share,
                    valid_from: None,
                    valid_to: None,
                    recorded_at: context.now,
                },
            )),
            Err((part, message)) => errors.push(FieldError::new(
                format!("roles[{position}].{part}"),
                message,
            )),
        }
    }
    errors.extend(check_ownership(earlier, &roles, context.now.date()));
    roles.into_iter().map(|(_, role)| role).collect()
}

type Read = (PartyId, RoleTarget, Option<Share>);

fn read_role(
    role: &RoleIn,
    kinds: &Kinds,
    references: &References,
    account: &Account,
) -> Result<Read, (&'static str, String)> {
    let id = |name: &str| references.get(name).copied();
    let unknown = |name: &str| {
        format!(
            "no party has the `ref` `{}`",
            name.chars()
                .filter(|c| !c.is_control())
                .take(64)
                .collect::<String>()
        )
    };
    let party = id(&role.party).ok_or_else(|| ("party", unknown(&role.party)))?;
    let of_party = matches!(role.kind, RoleKind::Owner | RoleKind::Controller);
    let target = match (&role.of, of_party) {
        (Some(_), false) => {
            return Err((
                "of",
                format!(
                    "a {} stands to the account: leave `of` out",
                    role.kind.as_str()
                ),
            ));
        }
        (None, false) => RoleTarget::Account(account.id),
        (Some(name), true) => RoleTarget::Party(id(name).ok_or_else(|| ("of", unknown(name)))?),
        (None, true) => RoleTarget::Party(account.holder),
    };
    if let RoleTarget::Party(owned) = target {
        if kinds
            .iter()
            .any(|(name, kind)| *kind == PartyKind::Person && id(name) == Some(owned))
        {
            return Err((
                "of",
                "a person cannot be owned or controlled: name an organisation".to_owned(),
            ));
        }
        if owned == party {
            return Err((
                "party",
                "a party cannot own or control itself directly".to_owned(),
            ));
        }
    }
    let share = match (&role.share, role.kind) {
        (Some(text), RoleKind::Owner) => Some(
            text.parse::<Share>()
                .map_err(|e| ("share", e.to_string()))?,
        ),
        (None, RoleKind::Owner) => {
            return Err((
                "share",
                "an owner has a share in percent, such as `\"25\"`".to_owned(),
            ));
        }
        (Some(_), _) => {
            return Err((
                "share",
                format!("a {} has no share: leave it out", role.kind.as_str()),
            ));
        }
        (None, _) => None,
    };
    Ok((party, target, share))
}

/// Finds organisations whose shares, earlier and new, add up to more than the whole; new roles come with their positions.
fn check_ownership(earlier: &[Role], new: &[(usize, Role)], on: Date) -> Vec<FieldError> {
    let whole = u64::from(Share::WHOLE_PPM);
    let mut sums: BTreeMap<RoleTarget, u64> = BTreeMap::new();
    let mut add = |role: &Role| {
        let share = role
            .share
            .filter(|_| role.holds_on(on))
            .map_or(0, |s| u64::from(s.ppm()));
        let sum = sums.entry(role.target).or_default();
        *sum += share;
        (*sum - share, *sum)
    };
    for role in earlier {
        add(role);
    }
    let mut errors = Vec::new();
    for (position, role) in new {
        let (before, after) = add(role);
        if before <= whole && after > whole {
            let message = "with this share the owners of one organisation hold more than 100 %";
            errors.push(FieldError::new(format!("roles[{position}].share"), message));
        }
    }
    errors
}

/// Puts each role with the party that it is held towards.
pub(super) fn attach(roles: Vec<Role>, holder: PartyId, parties: &mut [(PartyId, Vec<Fact>)]) {
    for role in roles {
        let to = match role.target {
            RoleTarget::Account(_) => holder,
            RoleTarget::Party(party) => party,
        };
        if let Some((_, facts)) = parties.iter_mut().find(|(id, _)| *id == to) {
            facts.push(Fact::Role(role));
        }
    }
}
