//! `bonafide account`: list, assessment, replay, close.

use bonafide_app::Accounts;
use bonafide_app::answers::AccountSummary;
use bonafide_model::{AccountId, Timestamp};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// Accounts asked for at once.
const PAGE: usize = 200;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List accounts, oldest first
    List(Which),
    /// Show how an account is judged now, or would have been from what was known at a time
    Assessment {
        /// The account
        id: AccountId,
        /// From what was known at this instant; records nothing
        #[arg(long, value_name = "TIME")]
        known_at: Option<Timestamp>,
    },
    /// Make every recorded assessment of an account again from what was recorded, and compare the bytes
    Replay {
        /// The account
        id: AccountId,
    },
    /// Print what an account may use, as a signed token that is checked offline
    Token {
        /// The account
        id: AccountId,
    },
    /// Close an account; its terms of keeping run from then
    Close {
        /// The account
        id: AccountId,
    },
}

/// Which accounts.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// With this decision: `approve`, `provisional`, `refer`, `refuse`
    #[arg(long, value_name = "WORD")]
    decision: Option<String>,
    /// With this risk band: `low`, `medium`, `high`
    #[arg(long, value_name = "WORD")]
    risk: Option<String>,
    /// With this product
    #[arg(long, value_name = "ID")]
    product: Option<String>,
    /// Due for review before this instant
    #[arg(long, value_name = "TIME")]
    review_before: Option<Timestamp>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        match command {
            Command::List(which) => list(&session, output, which).await?,
            Command::Assessment { id, known_at } => {
                let judged = session.app.assessment(&session.actor, id, known_at).await?;
                session.settle().await?;
                if output.is_json() {
                    output.value(&judged)?;
                } else {
                    describe(output, &judged.assessment)?;
                }
            }
            Command::Replay { id } => return replay(&session, output, id).await,
            Command::Token { id } => {
                let answer = session.app.entitlements_token(&session.actor, id).await?;
                session.settle().await?;
                output.say(&answer, &answer.token)?;
            }
            Command::Close { id } => {
                session.app.close_account(&session.actor, id).await?;
                session.settle().await?;
                output.say(&json!({"closed": id}), format!("closed `{id}`"))?;
            }
        }
        Ok(Answer::Yes)
    })
}

/// The answer is no when one of them came out differently.
async fn replay(session: &Session, output: &Output, id: AccountId) -> anyhow::Result<Answer> {
    let replayed = session.app.replay(&session.actor, id).await?;
    let same = replayed.iter().all(|r| r.same);
    if output.is_json() {
        let items = replayed
            .iter()
            .map(|r| json!({"at": r.at, "same": r.same, "why": r.why}));
        output.value(
            &json!({"account": id, "same": same, "assessments": items.collect::<Vec<_>>()}),
        )?;
        return Ok(Answer::from(same));
    }
    for one in &replayed {
        let verdict = if one.same { "same" } else { "NOT the same" };
        let why = one.why.as_ref().map(|why| format!(": {why}"));
        output.line(format!("{} {verdict}{}", one.at, why.unwrap_or_default()))?;
    }
    let count = replayed.len();
    output.line(if same {
        format!("every assessment of `{id}` came out the same, byte for byte: {count}")
    } else {
        let differ = replayed.iter().filter(|r| !r.same).count();
        format!("{differ} of {count} assessments of `{id}` did NOT come out the same")
    })?;
    Ok(Answer::from(same))
}

async fn list(session: &Session, output: &Output, which: Which) -> anyhow::Result<()> {
    let filter = Accounts {
        decision: which.decision,
        risk: which.risk,
        product: which.product,
        review_before: which.review_before,
    };
    let mut items: Vec<AccountSummary> = Vec::new();
    while items.len() < which.limit {
        let after = items.last().map(|a| a.id);
        let room = (which.limit - items.len()).min(PAGE);
        let page = session
            .app
            .accounts(&session.actor, &filter, after, room)
            .await?;
        items.extend(page.items);
        if page.next.is_none() {
            break;
        }
    }
    let table = |items: &[AccountSummary]| {
        let mut table = Table::new(&[
            Column::fixed("account"),
            Column::flexible("product"),
            Column::fixed("decision"),
            Column::fixed("risk"),
            Column::fixed("opened"),
            Column::fixed("review"),
        ]);
        for account in items {
            let review = account.review_at.map(|t| t.to_string()).unwrap_or_default();
            table.row([
                account.id.to_string(),
                account.product.clone(),
                account.decision.clone(),
                account.risk.clone(),
                account.opened_at.to_string(),
                review,
            ]);
        }
        table
    };
    Ok(output.rows(&items, table, "no such accounts")?)
}

/// An assessment for people: the decision, why, what is missing, what to do next.
fn describe(output: &Output, assessment: &Value) -> anyhow::Result<()> {
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let list = |name: &str| {
        assessment
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    output.line(format!(
        "decision: {}, risk: {}",
        text(assessment, "decision"),
        text(assessment, "risk")
    ))?;
    for reason in list("reasons") {
        output.line(format!(
            "because {}: {}",
            text(&reason, "rule"),
            text(&reason, "text")
        ))?;
        let citations = reason.get("citations").and_then(Value::as_array).cloned();
        for citation in citations.unwrap_or_default() {
            output.line(format!("    {}", text(&citation, "text")))?;
        }
    }
    let steps = assessment
        .pointer("/plan/steps")
        .and_then(Value::as_array)
        .cloned();
    for step in steps.unwrap_or_default() {
        output.line(format!(
            "next: {} ({}): {}",
            text(&step, "title"),
            text(&step, "method"),
            text(&step, "why")
        ))?;
    }
    if let Some(review) = assessment.get("review_at").and_then(Value::as_str) {
        output.line(format!("review at: {review}"))?;
    }
    Ok(())
}
