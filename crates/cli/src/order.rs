//! `bonafide order`: whether an order may go ahead.

use bonafide_app::{InUse, Money, Order, OrderAnswer, Outcome};
use bonafide_model::{AccountId, PartyId};
use clap::{Args, Subcommand};

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};

/// What can be asked about orders.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask whether an order may go ahead; the exit code is 1 when it may not
    Authorize(Asked),
}

/// The order.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The account that orders
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "party",
        conflicts_with = "party"
    )]
    account: Option<AccountId>,
    /// The party that orders; its account of the product is taken if it has one
    #[arg(long, value_name = "ID")]
    party: Option<PartyId>,
    /// Product of the catalogue
    #[arg(long, value_name = "ID")]
    product: String,
    /// Region of the product
    #[arg(long, value_name = "ID")]
    region: Option<String>,
    /// How many instances
    #[arg(long, value_name = "N", default_value_t = 1)]
    quantity: u32,
    /// A trial, where no account of the product stands yet
    #[arg(long)]
    trial: bool,
    /// What it costs, in minor units: `USD:500`
    #[arg(long, value_name = "CURRENCY:MINOR", value_parser = money)]
    price: Option<Money>,
    /// Give the account's token of entitlements too
    #[arg(long)]
    token: bool,
    /// Instances that the account has already, orders under way included
    #[arg(long, value_name = "N")]
    in_use: Option<u32>,
    /// What the account has spent, in minor units; once per currency
    #[arg(long, value_name = "CURRENCY:MINOR", value_parser = money, requires = "in_use")]
    spent: Vec<Money>,
}

impl From<Asked> for Order {
    fn from(asked: Asked) -> Self {
        let spend = asked.spent;
        Self {
            account: asked.account,
            party: asked.party,
            product: asked.product,
            region: asked.region,
            trial: asked.trial,
            quantity: asked.quantity,
            price: asked.price,
            token: asked.token,
            in_use: asked.in_use.map(|instances| InUse { instances, spend }),
        }
    }
}

/// Reads `USD:500`.
fn money(text: &str) -> Result<Money, String> {
    let parts = text.split_once(':');
    let amount = parts.and_then(|(currency, minor)| {
        Some(Money {
            currency: currency.to_owned(),
            minor: minor.parse().ok()?,
        })
    });
    amount.ok_or_else(|| "write a currency and an amount in minor units, as `USD:500`".to_owned())
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    let Command::Authorize(asked) = command;
    block_on(async {
        let session = Session::open(place).await?;
        let answer = session
            .app
            .authorize_order(&session.actor, &asked.into())
            .await?;
        session.settle().await?;
        if output.is_json() {
            output.value(&answer)?;
        } else {
            describe(output, &answer)?;
        }
        Ok(Answer::from(answer.outcome.is_allowed()))
    })
}

/// The answer for people.
fn describe(output: &Output, answer: &OrderAnswer) -> anyhow::Result<()> {
    output.line(match answer.outcome {
        Outcome::Allowed => "allowed",
        Outcome::AllowedWithLimits => "allowed, with limits",
        Outcome::Missing => "not yet: something is missing",
        Outcome::Referred => "not yet: a human has to look",
        Outcome::Refused => "refused",
    })?;
    match answer.account {
        Some(account) => output.line(format!("account: {account}"))?,
        None => output.line("no such account stands: open one by a sign-up first")?,
    }
    for passed in &answer.passed {
        let unit = passed.currency.as_deref().unwrap_or_default();
        let text = format!(
            "beyond the limit of {}: {} wanted, {} at most {unit}",
            passed.limit, passed.wanted, passed.max
        );
        output.line(text.trim_end())?;
    }
    let limits = &answer.limits;
    if let Some(max) = limits.instances_max {
        output.line(format!("at most {max} instances"))?;
    }
    for cap in &limits.spend_caps {
        output.line(format!(
            "at most {} {} (minor units)",
            cap.currency, cap.minor
        ))?;
    }
    if let Some(max) = limits.bandwidth_mbps_max {
        output.line(format!("at most {max} Mbit/s"))?;
    }
    if !limits.blocked_ports.is_empty() {
        let ports: Vec<String> = limits.blocked_ports.iter().map(u16::to_string).collect();
        output.line(format!("ports closed: {}", ports.join(", ")))?;
    }
    for reason in &answer.reasons {
        output.line(format!("because {}: {}", reason.rule, reason.text))?;
    }
    for step in answer.plan.iter().flat_map(|plan| &plan.steps) {
        output.line(format!(
            "next: {} ({}): {}",
            step.title, step.method, step.why
        ))?;
    }
    if let Some(review) = answer.review_at {
        output.line(format!("review at: {review}"))?;
    }
    if let Some(token) = &answer.token {
        output.line(format!("token: {token}"))?;
    }
    Ok(())
}
