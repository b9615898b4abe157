use std::collections::BTreeMap;

use super::*;
use crate::Actor;
use crate::access::Scope;

/// `BLESS=1` writes the table of `docs/access.md` anew.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access.md");
const BEGIN: &str = "<!-- the table is made by a test from the shipped policies -->\n";
const END: &str = "<!-- end of the table -->\n";

fn actor(roles: &[Role], door: Door) -> Actor {
    let person = roles.iter().any(|r| *r != Role::Service);
    let access = Access::shipped();
    match roles {
        [Role::Service] if door == Door::Machine => Actor::worker("default"),
        [role] if !person => Actor::key("default", "key_1", *role, access),
        _ => Actor::staff(
            "default",
            "anna",
            roles.iter().copied().collect(),
            door,
            access,
        ),
    }
}

fn may(roles: &[Role], action: Action, matter: &Matter) -> bool {
    actor(roles, Door::Api).may_about(action, matter).is_ok()
}

#[test]
fn the_schema_lists_the_actions_and_groups_of_the_program() {
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA).unwrap();
    let mut groups: BTreeMap<String, String> = BTreeMap::new();
    for entity in schema.action_entities().unwrap().iter() {
        let parents = Action::ALL
            .iter()
            .map(|a| a.scope().as_str())
            .find(|group| {
                let group = uid("Action", group).unwrap();
                schema
                    .action_entities()
                    .unwrap()
                    .ancestors(&entity.uid())
                    .is_some_and(|mut all| all.any(|a| *a == group))
            });
        let name = entity.uid().id().unescaped().to_owned();
        groups.insert(name, parents.unwrap_or("a group").to_owned());
    }
    let mut program: BTreeMap<String, String> = Action::ALL
        .iter()
        .map(|a| (a.to_string(), a.scope().to_string()))
        .collect();
    program.extend(Scope::ALL.map(|s| (s.to_string(), "a group".to_owned())));
    assert_eq!(groups, program);
}

/// Every role and every action: who may is what `docs/access.md` says, so that no change of a policy goes unread.
#[test]
fn who_may_do_what_is_what_the_page_says() {
    let mut table = String::from("| action | scope |");
    table.extend(Role::ALL.map(|r| format!(" {r} |")));
    table.push_str(" machine |\n|---|---|");
    table.push_str(&"---|".repeat(Role::ALL.len() + 1));
    table.push('\n');
    for action in Action::ALL {
        table.push_str(&format!("| `{action}` | `{}` |", action.scope()));
        let doors = Role::ALL.map(|r| actor(&[r], Door::Api));
        for actor in doors
            .iter()
            .chain([&actor(&[Role::Service], Door::Machine)])
        {
            let yes = actor.may(*action).is_ok();
            table.push_str(if yes { " yes |" } else { " |" });
        }
        table.push('\n');
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (known, after) = rest.split_once(END).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PAGE, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(
            known, table,
            "read the change, then run this test with BLESS=1"
        );
    }
}

#[test]
fn a_mistake_in_a_policy_is_refused_when_it_is_loaded() {
    let rejected = |text: &str, why: &str| {
        let error = Access::parse(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    };
    rejected(
        r#"@id("x") permit (principal in Role::"reviwer", action, resource);"#,
        "reviwer",
    );
    rejected(
        r#"@id("x") permit (principal, action == Action::"open_feilds", resource);"#,
        "open_feilds",
    );
    rejected(
        r#"@id("x") permit (principal, action, resource) when { resource.gagged };"#,
        "gagged",
    );
    rejected("permit (principal, action, resource);", "@id");
    rejected(
        r#"@id("x") permit (principal, action, resource); @id("x") forbid (principal, action, resource);"#,
        "two policies are called `x`",
    );
    rejected(
        "@id(\"x\")\npermit (principal, action\n, resource;",
        "line 3",
    );
}

#[test]
fn what_nothing_permits_is_refused_and_the_refusal_says_why() {
    let nobody = Actor::staff(
        "default",
        "ben",
        BTreeSet::new(),
        Door::Cli,
        Access::shipped(),
    );
    let told = nobody.may(Action::ReadParties).unwrap_err().to_string();
    assert!(
        told.contains("`ben` with no role may not `read_parties`: no policy permits it"),
        "{told}"
    );
    let both = actor(&[Role::Auditor, Role::Administrator], Door::Cli);
    let told = both.may(Action::ManageStaff).unwrap_err().to_string();
    assert!(
        told.contains("forbidden by policy `auditor-changes-nothing`"),
        "{told}"
    );
    assert!(both.may(Action::ReadStaff).is_ok());
}

#[test]
fn a_restricted_matter_is_known_to_the_legal_role_alone() {
    let gagged = Matter {
        restricted: true,
        ..Matter::default()
    };
    for action in Action::ALL {
        for role in Role::ALL {
            let open = may(&[role], *action, &Matter::default());
            let closed = may(&[role], *action, &gagged);
            assert_eq!(closed, open && role == Role::Legal, "{role} {action}");
        }
    }
    // The clock that ends a hold must see it.
    assert!(
        Actor::worker("default")
            .may_about(Action::ReleaseHold, &gagged)
            .is_ok()
    );
    let operator = Actor::operator("default", "one");
    assert!(operator.may_about(Action::ReadCases, &gagged).is_ok());
}

#[test]
fn national_numbers_are_opened_by_seniors_and_identity_by_persons() {
    let special = Matter {
        special: true,
        ..Matter::default()
    };
    for (role, ordinary, national) in [
        (Role::Reviewer, true, false),
        (Role::SeniorReviewer, true, true),
        (Role::Legal, true, true),
        (Role::Auditor, false, false),
        (Role::Administrator, false, false),
        (Role::Service, false, false),
    ] {
        assert_eq!(
            may(&[role], Action::OpenFields, &Matter::default()),
            ordinary,
            "{role}"
        );
        assert_eq!(
            may(&[role], Action::OpenFields, &special),
            national,
            "{role}"
        );
    }
    let robot = Actor::key("default", "key_1", Role::Legal, Access::shipped());
    let told = robot.may(Action::OpenFields).unwrap_err().to_string();
    assert!(told.contains("`persons-open-and-decide`"), "{told}");
    assert!(Actor::worker("default").may(Action::OpenFields).is_err());
}

#[test]
fn a_key_does_no_more_than_its_scopes_and_its_role_say() {
    let key = Actor::key("default", "key_1", Role::Service, Access::shipped());
    let key = key.narrowed(BTreeSet::from([Scope::Read, Scope::Operate]));
    assert!(key.may(Action::ReadParties).is_ok());
    let told = key.may(Action::SignUp).unwrap_err().to_string();
    assert!(told.contains("lacks the scope `sign-ups`"), "{told}");
    assert!(key.may(Action::ManageKeys).is_err());
}

#[test]
fn a_policy_can_name_a_person_and_a_purpose() {
    let text = format!(
        "{POLICIES}\n@id(\"not-anna-for-disputes\") forbid (principal == Member::\"anna\", action == \
         Action::\"open_fields\", resource) when {{ context has purpose && context.purpose == \"dispute\" }};"
    );
    let access = Arc::new(Access::parse(&text).unwrap());
    let staff = |handle| {
        Actor::staff(
            "default",
            handle,
            BTreeSet::from([Role::Reviewer]),
            Door::Api,
            access.clone(),
        )
    };
    let dispute = Matter {
        purpose: Some("dispute".to_owned()),
        ..Matter::default()
    };
    // Twice: made, and remembered.
    for _ in 0..2 {
        assert!(
            staff("anna")
                .may_about(Action::OpenFields, &dispute)
                .is_err()
        );
        assert!(staff("anna").may(Action::OpenFields).is_ok());
        assert!(staff("ben").may_about(Action::OpenFields, &dispute).is_ok());
    }
}
