//! `bonafide policy check`: what contradicts what, with both citations. Nothing is resolved here.

use bonafide_app::Action;
use bonafide_model::Registry;
use bonafide_policy::check::{Finding, Severity, check};
use bonafide_policy::method::MethodSet;
use bonafide_policy::pack::Pack;

use crate::outcome::Answer;
use crate::output::{Output, note};
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::shipped;

pub(super) fn run(place: &Place, output: &Output, named: &[String]) -> anyhow::Result<Answer> {
    let found = if named.is_empty() {
        block_on(async {
            let session = Session::open(place).await?;
            session.actor.may(Action::ReadPolicy)?;
            Ok(in_use(&session))
        })?
    } else {
        let registry = Registry::builtin();
        let texts = named.iter().map(|name| shipped::pack_or_file(name));
        let texts = texts.collect::<anyhow::Result<Vec<_>>>()?;
        let engine = super::engine_of(texts, &registry)?;
        let packs: Vec<&Pack> = engine.packs.active().iter().map(|p| &*p.pack).collect();
        check(&packs, &registry, &MethodSet::builtin())
    };
    if output.is_json() {
        found.iter().try_for_each(|finding| output.value(finding))?;
    } else if found.is_empty() {
        output.line("no contradictions")?;
    } else {
        found.iter().try_for_each(|finding| tell(output, finding))?;
    }
    let clash = found.iter().any(|f| f.severity == Severity::Error);
    Ok(Answer::from(!clash))
}

/// What contradicts what among the packs in use.
fn in_use(session: &Session) -> Vec<Finding> {
    let engine = session.tenant.engine();
    let packs: Vec<&Pack> = engine.packs.active().iter().map(|p| &*p.pack).collect();
    check(&packs, session.app.registry(), &engine.methods)
}

/// Warns on standard error of what the packs in use contradict each other in.
pub(super) fn warn(session: &Session) {
    for finding in in_use(session) {
        let word = word(&finding);
        note(format!("warning: {word}: {}", finding.message));
    }
}

fn word(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "contradiction",
        Severity::Warning => "look at",
    }
}

fn tell(output: &Output, finding: &Finding) -> anyhow::Result<()> {
    let word = word(finding);
    output.line(format!("{word}: {}", finding.message))?;
    for side in &finding.sides {
        output.line(format!("    {} {}", side.pack, side.part))?;
        for citation in &side.citations {
            output.line(format!("        {}", citation.text))?;
        }
    }
    Ok(())
}
