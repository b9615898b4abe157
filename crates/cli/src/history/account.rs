//! `bonafide history account`: what one account came from and was given.

use bonafide_model::Micros;

use super::Account;
use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

pub(super) fn run(place: &Place, output: &Output, asked: &Account) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let time = (
            asked.from.unwrap_or(Micros::MIN),
            asked.to.unwrap_or(Micros::MAX),
        );
        let (app, actor) = (&session.app, &session.actor);
        let history = app
            .account_history(actor, &asked.id, time, asked.known_at)
            .await?;
        if output.is_json() {
            output.value(&history)?;
            return Ok(Answer::Yes);
        }
        let mut came = Table::new(&[
            Column::fixed("at"),
            Column::fixed("address"),
            Column::fixed("port"),
            Column::fixed("action"),
            Column::fixed("source"),
        ]);
        for access in &history.accesses {
            came.row([
                access.at.to_string(),
                access.address.clone(),
                access.port.map_or_else(String::new, |p| p.to_string()),
                access.action.clone(),
                access.source.clone(),
            ]);
        }
        output.line(format_args!("came from ({}):", history.accesses.len()))?;
        output.table(&came)?;
        let mut given = Table::new(&[
            Column::fixed("from"),
            Column::fixed("to"),
            Column::fixed("address"),
            Column::fixed("ports"),
            Column::fixed("resource"),
        ]);
        for a in &history.assignments {
            let ports = a.port_from.zip(a.port_to);
            given.row([
                a.from.to_string(),
                a.to.map_or_else(|| "now".to_owned(), |t| t.to_string()),
                a.address.clone(),
                ports.map_or_else(String::new, |(f, l)| format!("{f}-{l}")),
                a.resource.clone(),
            ]);
        }
        output.line(format_args!("\nwas given ({}):", history.assignments.len()))?;
        output.table(&given)?;
        Ok(Answer::Yes)
    })
}
