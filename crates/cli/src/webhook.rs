//! `bonafide webhook`: other systems that are told of events, and what they were told.

use bonafide_app::{
    DeliveryState, DeliverySummary, EventKind, NewWebhook, ReplayRange, WebhookKeys, WebhookSummary,
};
use bonafide_model::{EndpointId, EventId, Timestamp};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// Deliveries read from the store at once.
const PAGE: usize = 200;

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell another system of events from now on, and print its keys, once
    Add {
        /// Where messages go, such as `https://example.com/hooks`
        url: String,
        /// A kind of event it is told of; several by repeating, every kind when left out
        #[arg(long = "event", value_name = "KIND")]
        events: Vec<EventKind>,
        /// What it is
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List webhooks
    List,
    /// Show a webhook
    Show {
        /// Its id
        id: EndpointId,
    },
    /// Replace its keys and print them, once; the keys before go on signing for a while
    Rotate {
        /// Its id
        id: EndpointId,
        /// Hours that the keys before go on signing, 168 at most
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        overlap: u32,
    },
    /// Stop sending to it; what happens meanwhile is kept for it
    Disable {
        /// Its id
        id: EndpointId,
    },
    /// Send to it again, from where it stopped
    Enable {
        /// Its id
        id: EndpointId,
    },
    /// Remove it, with what is known of its deliveries
    Remove {
        /// Its id
        id: EndpointId,
    },
    /// Send one message now, and see whether it arrives
    Test {
        /// Its id
        id: EndpointId,
    },
    /// List what was and will be sent to it, newest first
    Deliveries {
        /// Its id
        id: EndpointId,
        /// Only those in this state: `pending`, `done` or `dead`
        #[arg(long, value_name = "STATE")]
        state: Option<DeliveryState>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Send events again, in their order and under the ids they had
    Replay {
        /// Its id
        id: EndpointId,
        #[command(flatten)]
        range: Range,
    },
}

/// What is sent again.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Range {
    /// One event
    #[arg(long, value_name = "ID", conflicts_with_all = ["from", "to", "dead"])]
    event: Option<EventId>,
    /// Events that happened from this instant on
    #[arg(long, value_name = "INSTANT", conflicts_with = "dead")]
    from: Option<Timestamp>,
    /// Events that happened before this instant; until now when left out
    #[arg(
        long,
        value_name = "INSTANT",
        requires = "from",
        conflicts_with = "dead"
    )]
    to: Option<Timestamp>,
    /// Everything that was given up
    #[arg(long)]
    dead: bool,
}

impl Range {
    fn of(&self, now: Timestamp) -> ReplayRange {
        match (self.event, self.from) {
            (Some(event), _) => ReplayRange::Event(event),
            (None, Some(from)) => ReplayRange::Between(from, self.to.unwrap_or(now)),
            (None, None) => ReplayRange::Dead,
        }
    }
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let (app, actor) = (&session.app, &session.actor);
        match command {
            Command::Add {
                url,
                events,
                description,
            } => {
                let events = events.iter().map(ToString::to_string).collect();
                let new = NewWebhook {
                    url,
                    events,
                    description,
                };
                keys(output, &app.add_webhook(actor, &new).await?)?;
            }
            Command::List => list(output, &app.webhooks(actor).await?)?,
            Command::Show { id } => show(output, &app.webhook(actor, id).await?)?,
            Command::Rotate { id, overlap } => {
                keys(output, &app.rotate_webhook(actor, id, overlap).await?)?;
            }
            Command::Disable { id } => {
                app.disable_webhook(actor, id).await?;
                output.say(
                    &json!({"disabled": id}),
                    format!("nothing is sent to `{id}`"),
                )?;
            }
            Command::Enable { id } => {
                app.enable_webhook(actor, id).await?;
                output.say(&json!({"enabled": id}), format!("`{id}` goes on"))?;
            }
            Command::Remove { id } => {
                app.remove_webhook(actor, id).await?;
                output.say(&json!({"removed": id}), format!("`{id}` is gone"))?;
            }
            Command::Test { id } => return test(&session, output, id).await,
            Command::Deliveries { id, state, limit } => {
                deliveries(&session, output, id, state, limit).await?;
            }
            Command::Replay { id, range } => {
                let events = app.replay_webhook(actor, id, &range.of(app.now())).await?;
                let text = format!("{events} events are sent to `{id}` again");
                output.say(&json!({"events": events}), text)?;
            }
        }
        session.settle().await?;
        Ok(Answer::Yes)
    })
}

fn keys(output: &Output, keys: &WebhookKeys) -> anyhow::Result<()> {
    let text = format!(
        "id          {}\nsecret      {}\npublic key  {}",
        keys.id, keys.secret, keys.public_key
    );
    Ok(output.say(&serde_json::to_value(keys)?, text)?)
}

fn list(output: &Output, webhooks: &[WebhookSummary]) -> anyhow::Result<()> {
    if output.is_json() {
        for webhook in webhooks {
            output.value(&serde_json::to_value(webhook)?)?;
        }
        return Ok(());
    }
    if webhooks.is_empty() {
        return Ok(output.line("no webhooks yet: add one with `bonafide webhook add`")?);
    }
    let mut table = Table::new(&[
        Column::fixed("id"),
        Column::flexible("address"),
        Column::flexible("events"),
        Column::fixed("state"),
        Column::flexible("what it is"),
    ]);
    for webhook in webhooks {
        table.row([
            webhook.id.to_string(),
            webhook.url.clone(),
            events(webhook),
            webhook.state.clone(),
            webhook.description.clone(),
        ]);
    }
    Ok(output.table(&table)?)
}

fn events(webhook: &WebhookSummary) -> String {
    match webhook.events.is_empty() {
        true => "every kind".to_owned(),
        false => webhook.events.join(" "),
    }
}

fn show(output: &Output, webhook: &WebhookSummary) -> anyhow::Result<()> {
    let mut lines = vec![
        ("id", webhook.id.to_string()),
        ("address", webhook.url.clone()),
        ("what it is", webhook.description.clone()),
        ("events", events(webhook)),
        ("state", webhook.state.clone()),
        (
            "disabled because",
            webhook.disabled_because.clone().unwrap_or_default(),
        ),
        (
            "failing since",
            webhook
                .failing_since
                .map(|t| t.to_string())
                .unwrap_or_default(),
        ),
        ("last event", webhook.sequence.to_string()),
        ("added", webhook.created_at.to_string()),
    ];
    for key in &webhook.keys {
        let until = key
            .until
            .map(|t| format!(", until {t}"))
            .unwrap_or_default();
        lines.push(("public key", format!("{}{until}", key.public_key)));
    }
    lines.retain(|(_, text)| !text.is_empty());
    let lines: Vec<String> = lines
        .iter()
        .map(|(name, text)| format!("{name:<17}{text}"))
        .collect();
    Ok(output.say(&serde_json::to_value(webhook)?, lines.join("\n"))?)
}

async fn test(session: &Session, output: &Output, id: EndpointId) -> anyhow::Result<Answer> {
    let test = session.app.test_webhook(&session.actor, id).await?;
    let status = test
        .status
        .map(|s| format!(" with {s}"))
        .unwrap_or_default();
    let text = match &test.error {
        None => format!("it arrived: answered{status} in {} ms", test.duration_ms),
        Some(error) => format!(
            "it did not arrive: `{error}`{status} after {} ms",
            test.duration_ms
        ),
    };
    output.say(&serde_json::to_value(&test)?, text)?;
    Ok(test.arrived.into())
}

async fn deliveries(
    session: &Session,
    output: &Output,
    id: EndpointId,
    state: Option<DeliveryState>,
    limit: usize,
) -> anyhow::Result<()> {
    let mut all: Vec<DeliverySummary> = Vec::new();
    let mut before = None;
    while all.len() < limit {
        let page = PAGE.min(limit - all.len());
        let page = session
            .app
            .deliveries(&session.actor, id, state, before, page);
        let page = page.await?;
        all.extend(page.items);
        before = page.next.map(|n| n.parse()).transpose()?;
        if before.is_none() {
            break;
        }
    }
    if output.is_json() {
        for delivery in &all {
            output.value(&serde_json::to_value(delivery)?)?;
        }
        return Ok(());
    }
    if all.is_empty() {
        return Ok(output.line("no deliveries")?);
    }
    let mut table = Table::new(&[
        Column::number("event"),
        Column::fixed("id"),
        Column::fixed("kind"),
        Column::fixed("state"),
        Column::number("attempts"),
        Column::flexible("last"),
        Column::number("ms"),
        Column::fixed("next"),
    ]);
    for delivery in &all {
        let last = delivery.log.first();
        let status = |s: u16| s.to_string();
        let came_of = last.and_then(|a| a.error.clone().or(a.status.map(status)));
        table.row([
            delivery.sequence.to_string(),
            delivery.event.to_string(),
            delivery.kind.clone(),
            delivery.state.clone(),
            delivery.attempts.to_string(),
            came_of.unwrap_or_default(),
            last.map(|a| a.duration_ms.to_string()).unwrap_or_default(),
            delivery.next_at.map(|t| t.to_string()).unwrap_or_default(),
        ]);
    }
    Ok(output.table(&table)?)
}
