//! `bonafide lists`: the lists that parties are screened against, from files or from where their authorities publish them.

mod show;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bonafide_app::{ListSource, Synced};
use bonafide_model::Date;
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::{Place, read_bytes, read_text};
use crate::session::{Session, block_on};

/// What can be done with lists.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Load a list in place of its earlier version; a file that cannot be read changes nothing
    Import {
        /// What to call it, such as `ofac-sdn`
        name: String,
        /// The file of the list, in any format that is known; of OFAC's CSV files, all that there are
        #[arg(value_name = "FILE", required_unless_present = "sdn")]
        files: Vec<PathBuf>,
        /// `sdn.csv` of OFAC's list
        #[arg(long, value_name = "FILE")]
        sdn: Option<PathBuf>,
        /// `alt.csv`: aliases
        #[arg(long, value_name = "FILE")]
        alt: Option<PathBuf>,
        /// `add.csv`: addresses
        #[arg(long, value_name = "FILE")]
        add: Option<PathBuf>,
        /// `sdn_comments.csv`: the rest of remarks that were cut
        #[arg(long, value_name = "FILE")]
        comments: Option<PathBuf>,
        /// The day on which the authority published it
        #[arg(long, value_name = "DATE")]
        published: Option<Date>,
        /// Load it even if it has lost a fifth or more of its entries or names
        #[arg(long)]
        force: bool,
    },
    /// Fetch lists from their sources and load those that changed; 1 if one was held back or could not be fetched
    Sync {
        /// Which [default: all that have a source]
        names: Vec<String>,
        /// Take the files from this directory, by the last part of their addresses, and use no network
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        /// Fetch everything anew, and load it even if it would be held back
        #[arg(long)]
        force: bool,
    },
    /// Show the lists in use, their age, and what was in the way of keeping them up
    Status,
    /// Show what files would change in a list; without files, what its last version changed
    Diff {
        /// Which list
        name: String,
        /// The file of the other version, in any format that is known
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Show where lists come from
    Sources {
        /// Set it from a file in place of what was said before
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        match command {
            Command::Import {
                name,
                mut files,
                sdn,
                alt,
                add,
                comments,
                published,
                force,
            } => {
                files.extend([sdn, alt, add, comments].into_iter().flatten());
                let files = read(&files)?;
                let session = Session::create(place).await?;
                let (app, actor) = (&session.app, &session.actor);
                let (summary, report) = app
                    .replace_list(actor, &name, published, files, force)
                    .await?;
                show::loaded(output, &summary, &report)?;
                rescreen(output, &session, &name).await?;
            }
            Command::Sync { names, from, force } => {
                return sync(place, output, names, from.as_deref(), force).await;
            }
            Command::Status => {
                let session = Session::open(place).await?;
                show::status(output, &session.app.lists(&session.actor).await?)?;
            }
            Command::Diff { name, files } => {
                let files = read(&files)?;
                let session = Session::open(place).await?;
                let diff = session.app.diff_list(&session.actor, &name, files).await?;
                show::diff(output, &name, &diff)?;
            }
            Command::Sources { set } => sources(place, output, set.as_deref()).await?,
        }
        Ok(Answer::Yes)
    })
}

/// Matches a list's update with the customers at once, where there are any.
async fn rescreen(output: &Output, session: &Session, list: &str) -> anyhow::Result<()> {
    for done in session.app.rescreen_now(&session.actor, list).await? {
        if done.parties > 0 && !output.is_json() {
            show::rescreened(output, &done)?;
        }
    }
    session.settle().await
}

/// Files by their paths.
fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let file = |path: &PathBuf| Ok((path.display().to_string(), read_bytes(path)?));
    paths.iter().map(file).collect()
}

async fn sync(
    place: &Place,
    output: &Output,
    names: Vec<String>,
    from: Option<&Path>,
    force: bool,
) -> anyhow::Result<Answer> {
    let session = Session::create(place).await?;
    let (app, actor) = (&session.app, &session.actor);
    let sources = app.list_sources(actor).await?.lists;
    let names = if names.is_empty() {
        sources.keys().cloned().collect()
    } else {
        names
    };
    anyhow::ensure!(
        !names.is_empty(),
        "no list has a source: write them into a file and run `bonafide lists sources --set FILE`, see docs/lists.md"
    );
    let mut good = true;
    for name in names {
        let files = match (from, sources.get(&name)) {
            (Some(folder), Some(source)) => Some(files_from(folder, source)?),
            _ => None,
        };
        let synced = app.sync_list(actor, &name, files, force).await?;
        session.settle().await?;
        let (word, why) = match &synced {
            Synced::Loaded(loaded) => {
                show::loaded(output, &loaded.0, &loaded.1)?;
                rescreen(output, &session, &name).await?;
                continue;
            }
            Synced::Unchanged => ("unchanged", None),
            Synced::Held(why) => ("held", Some(why)),
            Synced::Failed(why) => ("failed", Some(why)),
        };
        good &= why.is_none();
        let text = match why {
            None => format!("`{name}` is what is published"),
            // What is said of a list names it already; what is said of its files does not.
            Some(why) if why.starts_with("list ") => why.clone(),
            Some(why) => format!("list `{name}`: {why}"),
        };
        output.say(
            &json!({"name": name, "outcome": word, "problem": why}),
            text,
        )?;
    }
    Ok(Answer::from(good))
}

/// The files of a source from a directory, by the last part of their addresses.
fn files_from(folder: &Path, source: &ListSource) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let file = |url: &String| {
        let path = url.split(['?', '#']).next().unwrap_or(url);
        let name = path.rsplit('/').find(|part| !part.is_empty());
        let name = name.with_context(|| format!("`{path}` names no file"))?;
        let path = folder.join(name);
        Ok((path.display().to_string(), read_bytes(&path)?))
    };
    source.urls.iter().map(file).collect()
}

async fn sources(place: &Place, output: &Output, set: Option<&Path>) -> anyhow::Result<()> {
    let sources = match set {
        Some(path) => {
            let text = read_text(path)?;
            let session = Session::create(place).await?;
            let set = session.app.set_list_sources(&session.actor, &text).await?;
            session.settle().await?;
            set
        }
        None => {
            let session = Session::open(place).await?;
            session.app.list_sources(&session.actor).await?
        }
    };
    show::sources(output, &sources)
}
