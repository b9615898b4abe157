//! `bonafide party`: find, open, timeline, keeping, erase. Answers carry ids and kinds, never values.

use bonafide_app::{AppError, ToOpen, answers::TimelineItem};
use bonafide_model::{CaseId, PartyId, Timestamp};
use clap::Subcommand;
use serde_json::json;

use crate::outcome::{Answer, Negative};
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

mod keeping;

/// Records asked for at once.
const PAGE: usize = 200;

/// What can be done with parties.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find parties by an exact value
    Find {
        /// The attribute: `email`, `phone`, `legal_name` …
        attribute: String,
        /// The value; of a name, whole parts in any order
        value: String,
        /// What for, which is recorded: `review`, `dispute`, `duplicate_check` …
        #[arg(long, value_name = "WORD")]
        purpose: String,
    },
    /// Open sealed fields of a party, for a purpose and in a case; recorded before they are shown
    Open {
        /// The party
        id: PartyId,
        /// What for: `review`, `dispute`, `lawful_process`, `subject_request`, `billing` …
        #[arg(long, value_name = "WORD")]
        purpose: String,
        /// An open case about the party, of a kind that carries the purpose
        #[arg(long, value_name = "CASE")]
        case: CaseId,
        /// An attribute that the purpose needs; several by repeating
        #[arg(long = "field", required = true, value_name = "ATTRIBUTE")]
        fields: Vec<String>,
    },
    /// Show everything recorded about a party, by kind and time
    Timeline {
        /// The party
        id: PartyId,
    },
    /// Prove that a party was held against lists, and what came of it: for whoever checks it offline
    ProveScreening {
        /// The party
        id: PartyId,
        /// The last screening up to this instant [default: the last]
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// Erase a party, or say what must be kept and why
    Erase {
        /// The party
        id: PartyId,
        /// On what ground, such as `GDPR 17(1)(a)`
        #[arg(long, value_name = "TEXT")]
        ground: String,
    },
    /// Show what is kept of a party, why and until when
    Keeping {
        /// The party
        id: PartyId,
    },
    /// Release holds that expired, and destroy what may be kept no longer; the service does it every day
    Expire,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        match command {
            Command::Find {
                attribute,
                value,
                purpose,
            } => find(&session, output, [&attribute, &value, &purpose]).await,
            Command::Open {
                id,
                purpose,
                case,
                fields,
            } => {
                let to_open = ToOpen {
                    purpose,
                    case,
                    fields,
                };
                open(&session, output, id, &to_open).await
            }
            Command::Timeline { id } => timeline(&session, output, id).await,
            Command::ProveScreening { id, until } => {
                let proof = session
                    .app
                    .prove_screening(&session.actor, id, until)
                    .await?;
                // What proves is for a program to check: it is the same with and without `--json`.
                output.line(serde_json::to_string_pretty(&proof)?)?;
                Ok(Answer::Yes)
            }
            Command::Erase { id, ground } => erase(&session, output, id, &ground).await,
            Command::Keeping { id } => keeping::show(&session, output, id).await,
            Command::Expire => keeping::expire(&session, output).await,
        }
    })
}

async fn find(
    session: &Session,
    output: &Output,
    [attribute, value, purpose]: [&str; 3],
) -> anyhow::Result<Answer> {
    let found = session
        .app
        .find_parties(&session.actor, attribute, value, purpose)
        .await?;
    session.settle().await?;
    for party in &found {
        output.say(&json!({"party": party}), party)?;
    }
    if found.is_empty() && !output.is_json() {
        output.line("nobody: the search is exact, over whole values and whole parts of names")?;
    }
    Ok(Answer::from(!found.is_empty()))
}

async fn open(
    session: &Session,
    output: &Output,
    party: PartyId,
    to_open: &ToOpen,
) -> anyhow::Result<Answer> {
    let opened = session
        .app
        .open_fields(&session.actor, party, to_open)
        .await?;
    session.settle().await?;
    if output.is_json() {
        output.value(&opened)?;
        return Ok(Answer::Yes);
    }
    for field in &opened.fields {
        let value = field.value.as_str().map(str::to_owned);
        let value = value.unwrap_or_else(|| field.value.to_string());
        output.line(format!("{}: {value}", field.attribute))?;
    }
    for absent in to_open.fields.iter() {
        if !opened.fields.iter().any(|f| f.attribute == *absent) {
            output.line(format!("{absent}: nothing is recorded"))?;
        }
    }
    output.line(format!("recorded as `{}`", opened.record))?;
    Ok(Answer::Yes)
}

async fn timeline(session: &Session, output: &Output, party: PartyId) -> anyhow::Result<Answer> {
    let mut items: Vec<TimelineItem> = Vec::new();
    loop {
        let after = items.last().map(|i| i.record);
        let page = session
            .app
            .timeline(&session.actor, party, after, PAGE)
            .await?;
        items.extend(page.items);
        if page.next.is_none() {
            break;
        }
    }
    let table = |items: &[TimelineItem]| {
        let mut table = Table::new(&[
            Column::fixed("at"),
            Column::fixed("kind"),
            Column::fixed("record"),
            Column::number("place in the ledger"),
        ]);
        for item in items {
            let place = item.leaf_index.map(|i| i.to_string());
            table.row([
                item.at.to_string(),
                item.kind.clone(),
                item.record.to_string(),
                place.unwrap_or_else(|| "waits".to_owned()),
            ]);
        }
        table
    };
    output.rows(&items, table, "nothing is recorded")?;
    Ok(Answer::Yes)
}

async fn erase(
    session: &Session,
    output: &Output,
    party: PartyId,
    ground: &str,
) -> anyhow::Result<Answer> {
    let erased = match session.app.erase_party(&session.actor, party, ground).await {
        Ok(erased) => erased,
        Err(AppError::Refused(why)) => return Err(Negative(why).into()),
        Err(other) => return Err(other.into()),
    };
    session.settle().await?;
    let epoch = erased.readable_until_end_of_epoch;
    let what = if erased.whole {
        "erased"
    } else {
        "erased in part"
    };
    let text = format!(
        "{what}: {} records can no longer be opened. With the keyring, copies of the database from before can \
         be read until epoch {epoch} ends; restoring one erases this party again",
        erased.records
    );
    let value = json!({
        "party": party, "whole": erased.whole, "records": erased.records, "kept": erased.kept,
        "copies_readable_until_end_of_epoch": epoch,
    });
    output.say(&value, text)?;
    if !output.is_json() && !erased.whole {
        output.line("what stays, why and until when:")?;
        output.table(&keeping::table(&erased.kept))?;
    }
    Ok(Answer::Yes)
}
