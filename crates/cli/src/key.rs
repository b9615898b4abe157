//! `bonafide key`: API keys. A key is shown once, when it is made; what is stored is a keyed hash.

use bonafide_app::{KeySummary, Role, Scope};
use bonafide_model::ApiKeyId;
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key and print it, once
    Create {
        /// What the key is for
        #[arg(long, value_name = "TEXT")]
        label: String,
        /// The role it is bound to: `service`, `auditor` …; a person's key is made by `bonafide staff key`
        #[arg(long, value_name = "ROLE", default_value = "service")]
        role: Role,
        /// Narrow it to a group of actions: `sign-ups`, `orders`, `records`, `read`, `ledger` …; several by repeating
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<Scope>,
    },
    /// List the keys, without their text
    List,
    /// Refuse a key from now on
    Revoke {
        /// Its id
        id: ApiKeyId,
    },
    /// Print the public keys that check tokens of entitlements, as a JSON Web Key Set
    Jwks,
    /// Let the next key sign tokens of entitlements from now on
    RotateToken {
        /// The present key leaked: publish it no longer
        #[arg(long)]
        at_once: bool,
    },
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        match command {
            Command::Create {
                label,
                role,
                scopes,
            } => {
                let session = Session::create(place).await?;
                let scopes = scopes.into_iter().collect();
                let key = session
                    .app
                    .create_key(&session.actor, &label, role, &scopes)
                    .await?;
                session.settle().await?;
                output.say(&json!({"key": key}), &key)?;
            }
            Command::List => {
                let session = Session::open(place).await?;
                let keys = session.app.keys(&session.actor).await?;
                list(output, &keys)?;
            }
            Command::Revoke { id } => {
                let session = Session::open(place).await?;
                session.app.revoke_key(&session.actor, id).await?;
                session.settle().await?;
                output.say(&json!({"revoked": id}), format!("revoked `{id}`"))?;
            }
            Command::Jwks => {
                let session = Session::open(place).await?;
                output.value(&session.app.token_jwks(&session.tenant).await?)?;
            }
            Command::RotateToken { at_once } => {
                let session = Session::open(place).await?;
                let kid = session
                    .app
                    .rotate_token_key(&session.actor, at_once)
                    .await?;
                session.settle().await?;
                output.say(
                    &json!({"kid": kid}),
                    format!("key `{kid}` signs tokens now"),
                )?;
            }
        }
        Ok(Answer::Yes)
    })
}

fn list(output: &Output, keys: &[KeySummary]) -> anyhow::Result<()> {
    if output.is_json() {
        for key in keys {
            let scopes: Vec<&str> = key.scopes.split_whitespace().collect();
            output.value(&json!({
                "id": key.id, "label": key.label, "role": key.role, "staff": key.staff, "scopes": scopes,
                "created_at": key.created_at, "revoked_at": key.revoked_at,
            }))?;
        }
        return Ok(());
    }
    if keys.is_empty() {
        return Ok(output.line("no keys yet: make one with `bonafide key create`")?);
    }
    let mut table = Table::new(&[
        Column::fixed("id"),
        Column::flexible("label"),
        Column::flexible("role"),
        Column::flexible("scopes"),
        Column::fixed("made"),
        Column::fixed("revoked"),
    ]);
    for key in keys {
        let revoked = key.revoked_at.map(|t| t.to_string()).unwrap_or_default();
        table.row([
            key.id.to_string(),
            key.label.clone(),
            key.staff
                .as_ref()
                .map_or_else(|| key.role.clone(), |h| format!("of `{h}`")),
            if key.scopes.is_empty() {
                "all of the role".to_owned()
            } else {
                key.scopes.clone()
            },
            key.created_at.to_string(),
            revoked,
        ]);
    }
    Ok(output.table(&table)?)
}
