//! `bonafide policy render`: the written programme, from the packs that decide.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use bonafide_app::{Action, Engine};
use bonafide_model::{Clock as _, Date, Registry, SystemClock};
use bonafide_policy::pack::ActivePack;
use bonafide_policy::render::{Programme, render_html, render_markdown};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::shipped;

/// What to write.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Form of the document
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// Where it goes; standard output when left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Shipped packs or files; those in use when left out
    packs: Vec<String>,
}

/// Forms of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One HTML file
    Html,
    /// Markdown
    Markdown,
}

pub(super) fn run(place: &Place, output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    let text = if arguments.packs.is_empty() {
        block_on(async {
            let session = Session::open(place).await?;
            session.actor.may(Action::ReadPolicy)?;
            let (engine, today) = (session.tenant.engine(), session.app.now().date());
            Ok(written(
                &engine,
                session.app.registry(),
                arguments.format,
                today,
            ))
        })?
    } else {
        let registry = Registry::builtin();
        let texts = arguments
            .packs
            .iter()
            .map(|name| shipped::pack_or_file(name));
        let engine = super::engine_of(texts.collect::<anyhow::Result<Vec<_>>>()?, &registry)?;
        written(
            &engine,
            &registry,
            arguments.format,
            SystemClock.now().date(),
        )
    };
    match &arguments.output {
        Some(path) => {
            fs::write(path, text).with_context(|| format!("could not write {}", path.display()))?;
            output.say(
                &json!({"written": path}),
                format!("wrote {}", path.display()),
            )?;
        }
        None => output.say(&json!({"document": text}), text.trim_end())?,
    }
    Ok(Answer::Yes)
}

fn written(engine: &Engine, registry: &Registry, format: Format, today: Date) -> String {
    let packs: &[ActivePack] = engine.packs.active();
    let programme = Programme {
        packs,
        profile: &engine.profile,
        catalogue: &engine.catalogue,
        methods: &engine.methods,
        registry,
        written_on: today,
    };
    match format {
        Format::Html => render_html(&programme),
        Format::Markdown => render_markdown(&programme),
    }
}
