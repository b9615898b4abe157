//! `bonafide party keeping` and `bonafide party expire`: what is kept until when and why, and the end of what is over.

use bonafide_app::{BoundAnswer, ExpiryReport, KeptItem};
use bonafide_model::PartyId;

use crate::outcome::Answer;
use crate::output::Output;
use crate::session::Session;
use crate::table::{Column, Table};

/// Holds and parties looked at in one step.
const STEP: usize = 500;

pub(super) async fn show(
    session: &Session,
    output: &Output,
    party: PartyId,
) -> anyhow::Result<Answer> {
    let answer = session.app.party_keeping(&session.actor, party).await?;
    if output.is_json() {
        output.value(&serde_json::to_value(&answer)?)?;
        return Ok(Answer::Yes);
    }
    if answer.items.is_empty() {
        output.line("nothing is kept")?;
    } else {
        output.table(&table(&answer.items))?;
    }
    Ok(Answer::Yes)
}

/// One line for each class and attribute.
pub(super) fn table(items: &[KeptItem]) -> Table {
    let mut table = Table::new(&[
        Column::fixed("class"),
        Column::fixed("what"),
        Column::number("records"),
        Column::fixed("must be kept until"),
        Column::fixed("may be kept until"),
        Column::fixed("is erased from"),
        Column::flexible("because"),
    ]);
    for item in items {
        table.row([
            item.class.clone(),
            item.field.clone(),
            item.records.to_string(),
            end(&item.must_until),
            end(&item.may_until),
            end(&item.erase_from),
            because(item),
        ]);
    }
    table
}

/// The day, or that there is none.
fn end(bound: &BoundAnswer) -> String {
    match bound.at {
        Some(at) => at.date().to_string(),
        None if bound.state == "unknown" => "not known yet".to_owned(),
        None => "no term".to_owned(),
    }
}

fn because(item: &KeptItem) -> String {
    let causes = item.must_until.causes.iter().chain(&item.may_until.causes);
    let told = causes.map(|cause| match &cause.pack {
        Some(pack) => format!("{pack}: {} [{}]", cause.text, cause.citations.join("; ")),
        None => cause.text.clone(),
    });
    let open = item
        .in_use
        .iter()
        .map(|id| format!("account `{id}` is open"));
    let clash = (!item.conflicts.is_empty())
        .then(|| "CONFLICT: a maximum ends before a minimum, and the minimum is kept".to_owned());
    let all: Vec<String> = clash.into_iter().chain(told).chain(open).collect();
    if all.is_empty() {
        "nothing keeps it, and nothing ends it".to_owned()
    } else {
        all.join("; ")
    }
}

pub(super) async fn expire(session: &Session, output: &Output) -> anyhow::Result<Answer> {
    let mut total = ExpiryReport::default();
    loop {
        let step = session.app.expire_due(&session.actor, STEP).await?;
        total.looked_at += step.looked_at;
        total.holds_released += step.holds_released;
        total.cut += step.cut;
        total.erased += step.erased;
        total.items += step.items;
        if !step.more {
            break;
        }
    }
    session.settle().await?;
    let text = format!(
        "looked at {} parties: {} items of {} parties destroyed, {} parties erased, {} holds released",
        total.looked_at,
        total.items,
        total.cut + total.erased,
        total.erased,
        total.holds_released
    );
    output.say(&total, text)?;
    Ok(Answer::Yes)
}
