//! `bonafide policy`: packs, catalogue, provider, methods: list, change, check, render.

mod check;
mod render;

use std::path::PathBuf;

use anyhow::Context as _;
use bonafide_app::{Action, Engine, EngineTexts, PackText};
use bonafide_model::Registry;
use bonafide_policy::{builtin, pack::ActivePack};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::outcome::{Answer, Negative};
use crate::output::Output;
use crate::place::{Place, read_text};
use crate::session::{Session, block_on};
use crate::shipped;
use crate::table::{Column, Table};

/// What can be done with the rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the shipped packs and those in use
    List,
    /// Print the text of a shipped pack
    Show {
        /// Its id
        id: String,
    },
    /// Take a pack into use, in place of its earlier version
    Activate {
        /// A shipped pack or a file
        pack: String,
        /// Let a proposed pack bite; a named officer answers for it
        #[arg(long, value_name = "NAME, ROLE")]
        elect_by: Option<String>,
    },
    /// Take a pack out of use
    Deactivate {
        /// Its id
        id: String,
    },
    /// Report what contradicts what, in packs that apply together
    Check {
        /// Shipped packs or files; those in use when left out
        packs: Vec<String>,
    },
    /// Write the programme as a document
    Render(render::Arguments),
    /// Set catalogue, provider, methods or cases from a file
    Set {
        /// Which
        what: Setting,
        /// The TOML file
        file: PathBuf,
    },
}

/// A text that the rules are applied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Setting {
    /// The products and what is in scope
    Catalogue,
    /// Who the provider is
    Provider,
    /// The ways to raise assurance
    Methods,
    /// Terms, calendar and second persons of cases
    Cases,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Provider => "provider",
            Self::Methods => "methods",
            Self::Cases => "cases",
        }
    }
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    match command {
        Command::List => list(place, output),
        Command::Show { id } => {
            let text = builtin::text(&id);
            let text = text.ok_or_else(|| {
                Negative(format!(
                    "no shipped pack `{id}`: see `bonafide policy list`"
                ))
            })?;
            output.say(&json!({"id": id, "text": text}), text.trim_end())?;
            Ok(Answer::Yes)
        }
        Command::Activate { pack, elect_by } => activate(place, output, &pack, elect_by),
        Command::Deactivate { id } => block_on(async {
            let session = Session::open(place).await?;
            session.app.deactivate_pack(&session.actor, &id).await?;
            session.settle().await?;
            output.say(&json!({"deactivated": id}), format!("`{id}` is out of use"))?;
            Ok(Answer::Yes)
        }),
        Command::Check { packs } => check::run(place, output, &packs),
        Command::Render(arguments) => render::run(place, output, &arguments),
        Command::Set { what, file } => block_on(async {
            let (session, text) = (Session::create(place).await?, read_text(&file)?);
            session
                .app
                .set_text(&session.actor, what.name(), &text)
                .await?;
            session.settle().await?;
            let said = format!("set the {} from {}", what.name(), file.display());
            output.say(&json!({"set": what.name()}), said)?;
            Ok(Answer::Yes)
        }),
    }
}

fn activate(
    place: &Place,
    output: &Output,
    pack: &str,
    elect_by: Option<String>,
) -> anyhow::Result<Answer> {
    anyhow::ensure!(
        elect_by
            .as_ref()
            .is_none_or(|officer| !officer.trim().is_empty()),
        "`--elect-by` is empty: give the name and role of the officer who answers for it, such as `--elect-by \"Ana Kos, compliance officer\"`"
    );
    let mut pack = shipped::pack_or_file(pack)?;
    block_on(async {
        let session = Session::create(place).await?;
        pack.elected_by = elect_by.map(|officer| (officer, session.app.now()));
        let active = session.app.activate_pack(&session.actor, &pack).await?;
        session.settle().await?;
        let value = json!({
            "id": active.id, "version": active.version, "digest": active.digest, "force": active.force,
            "elected_by": active.elected_by,
        });
        let force = match (&*active.force, &active.elected_by) {
            ("proposed", None) => {
                "proposed: what harms a customer is a dry run until an officer elects it".to_owned()
            }
            ("proposed", Some(officer)) => format!("proposed, elected by {officer}"),
            (force, _) => force.replace('_', " "),
        };
        output.say(
            &value,
            format!("`{}` {} is in use ({force})", active.id, active.version),
        )?;
        check::warn(&session);
        Ok(Answer::Yes)
    })
}

fn list(place: &Place, output: &Output) -> anyhow::Result<Answer> {
    let registry = Registry::builtin();
    let shipped = engine_of(
        builtin::PACKS
            .iter()
            .filter_map(|(id, _)| shipped::pack(id)),
        &registry,
    )?;
    let active = in_use(place)?;
    let mut rows: Vec<(Value, [String; 6])> = Vec::new();
    for (pack, used) in active
        .iter()
        .map(|p| (p, true))
        .chain(shipped.packs.active().iter().map(|p| (p, false)))
    {
        if !used
            && active
                .iter()
                .any(|a| a.pack.id == pack.pack.id && a.pack.version == pack.pack.version)
        {
            continue;
        }
        let elected = pack.elected_by.as_ref().map(|e| e.officer.clone());
        let force = pack.pack.force.as_str();
        let value = json!({
            "id": pack.pack.id, "version": pack.pack.version, "force": force, "in_use": used,
            "elected_by": elected, "digest": pack.pack.digest, "title": pack.pack.title,
        });
        let cells = [
            if used { "yes" } else { "" }.to_owned(),
            pack.pack.id.to_string(),
            pack.pack.version.to_string(),
            force.replace('_', " "),
            elected.unwrap_or_default(),
            pack.pack.title.to_string(),
        ];
        rows.push((value, cells));
    }
    if output.is_json() {
        rows.iter().try_for_each(|(value, _)| output.value(value))?;
        return Ok(Answer::Yes);
    }
    let mut table = Table::new(&[
        Column::fixed("in use"),
        Column::fixed("id"),
        Column::fixed("version"),
        Column::fixed("force"),
        Column::flexible("elected by"),
        Column::flexible("title"),
    ]);
    rows.iter().for_each(|(_, cells)| table.row(cells));
    output.table(&table)?;
    Ok(Answer::Yes)
}

/// The packs in use, none where there is no data yet.
fn in_use(place: &Place) -> anyhow::Result<Vec<ActivePack>> {
    if !place.is_begun()? {
        return Ok(Vec::new());
    }
    block_on(async {
        let session = Session::open(place).await?;
        session.actor.may(Action::ReadPolicy)?;
        Ok(session.tenant.engine().packs.active().to_vec())
    })
}

/// Packs compiled, without lists, catalogue or provider.
fn engine_of(
    packs: impl IntoIterator<Item = PackText>,
    registry: &Registry,
) -> anyhow::Result<Engine> {
    let texts = EngineTexts {
        packs: packs.into_iter().collect(),
        ..EngineTexts::default()
    };
    Engine::build(&texts, registry).context("the packs cannot be used")
}
