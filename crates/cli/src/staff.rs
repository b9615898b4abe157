//! `bonafide staff`: who works here, under which handle, with which grants.

use std::collections::BTreeSet;

use bonafide_app::{Member, NewStaff, Role, Scope};
use bonafide_model::Timestamp;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// What can be done with staff.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a member of staff
    Add {
        /// The pseudonym that records name: lower-case letters, digits, dots, hyphens
        handle: String,
        /// What they may do; several by repeating
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<Role>,
        /// What they are called; sealed
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// Their address; sealed
        #[arg(long, value_name = "TEXT")]
        email: Option<String>,
    },
    /// List the staff by handle
    List {
        /// Open what they are called too
        #[arg(long)]
        names: bool,
    },
    /// Suspend a member of staff, and refuse their keys, from now on
    Suspend {
        /// The handle
        handle: String,
        /// Take them back
        #[arg(long)]
        end: bool,
    },
    /// Grant a role
    Grant {
        /// The handle
        handle: String,
        /// The role
        role: Role,
        /// Until when; until it is revoked when left out
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// Take a role away
    Revoke {
        /// The handle
        handle: String,
        /// The role
        role: Role,
    },
    /// Make an API key that a member of staff acts by, and print it, once
    Key {
        /// The handle
        handle: String,
        /// What the key is for
        #[arg(long, value_name = "TEXT", default_value = "own key")]
        label: String,
        /// Narrow it to a group of actions; several by repeating
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<Scope>,
    },
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::create(place).await?;
        let (app, actor) = (&session.app, &session.actor);
        match command {
            Command::List { names } => {
                list(output, &session, names).await?;
                return Ok(Answer::Yes);
            }
            Command::Add {
                handle,
                roles,
                name,
                email,
            } => {
                let roles = roles.into_iter().collect();
                let new = NewStaff {
                    handle,
                    name,
                    email,
                    roles,
                };
                app.add_staff(actor, &new).await?;
                let handle = &new.handle;
                output.say(&json!({"added": handle}), format!("added `{handle}`"))?;
            }
            Command::Suspend { handle, end } => {
                app.suspend_staff(actor, &handle, !end).await?;
                let word = if end { "taken_back" } else { "suspended" };
                let text = format!("{} `{handle}`", word.replace('_', " "));
                output.say(&json!({word: handle}), text)?;
            }
            Command::Grant {
                handle,
                role,
                until,
            } => {
                app.grant_role(actor, &handle, role, until).await?;
                let value = json!({"handle": handle, "granted": role.as_str(), "until": until});
                output.say(&value, format!("granted `{role}` to `{handle}`"))?;
            }
            Command::Revoke { handle, role } => {
                app.revoke_role(actor, &handle, role).await?;
                let value = json!({"handle": handle, "revoked": role.as_str()});
                output.say(&value, format!("took `{role}` from `{handle}`"))?;
            }
            Command::Key {
                handle,
                label,
                scopes,
            } => {
                let scopes: BTreeSet<Scope> = scopes.into_iter().collect();
                let key = app.staff_key(actor, &handle, &label, &scopes).await?;
                output.say(&json!({"key": key}), &key)?;
            }
        }
        session.settle().await?;
        Ok(Answer::Yes)
    })
}

async fn list(output: &Output, session: &Session, names: bool) -> anyhow::Result<()> {
    let members = session.app.staff(&session.actor).await?;
    let mut rows: Vec<(Value, [String; 4])> = Vec::new();
    for member in &members {
        let called = match names {
            true => Some(session.app.staff_name(&session.actor, member)?),
            false => None,
        };
        let roles: Vec<Value> = member
            .grants
            .iter()
            .map(|g| json!({"role": g.role.as_str(), "until": g.until}))
            .collect();
        let mut value = json!({
            "handle": member.handle, "roles": roles, "since": member.created_at,
            "suspended_at": member.suspended_at,
        });
        let mut text = String::new();
        if let (Some(called), Some(map)) = (called, value.as_object_mut()) {
            text = [called.name.clone(), called.email.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", ");
            map.insert("called".to_owned(), serde_json::to_value(called)?);
        }
        let state = member
            .suspended_at
            .map_or_else(|| "active".to_owned(), |at| format!("suspended {at}"));
        rows.push((value, [member.handle.clone(), granted(member), state, text]));
    }
    let values: Vec<&Value> = rows.iter().map(|(value, _)| value).collect();
    let table = |_: &[&Value]| {
        let mut table = Table::new(&[
            Column::fixed("handle"),
            Column::flexible("roles"),
            Column::fixed("state"),
            Column::flexible("called"),
        ]);
        for (_, row) in &rows {
            table.row(row.clone());
        }
        table
    };
    Ok(output.rows(&values, table, "nobody is on the staff yet")?)
}

fn granted(member: &Member) -> String {
    let words = member.grants.iter().map(|g| match g.until {
        Some(until) => format!("{} until {until}", g.role),
        None => g.role.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}
