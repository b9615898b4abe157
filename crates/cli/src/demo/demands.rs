//! One applicant under three packs that ask alike and differ only in whom they cover, side by side.

use anyhow::Context as _;
use bonafide_app::submission::{FactContext, SignUp};
use bonafide_app::{Engine, EngineTexts, judge};
use bonafide_model::{Dossier, SeededEntropy};
use bonafide_policy::Assessment;
use bonafide_policy::method::ASK;
use serde_json::json;

use crate::judge::asked;
use crate::output::Output;
use crate::session::Session;
use crate::shipped;
use crate::table::{Column, Table};

/// The packs compared.
const PACKS: [&str; 3] = ["foreign-only", "business-only", "all-customers"];
/// A person who says that she is a domestic customer, and nothing of whom is checked yet.
const APPLICANT: &str = "S-014";

pub(super) fn show(output: &Output, session: &Session) -> anyhow::Result<()> {
    let line = shipped::SIGN_UPS
        .lines()
        .find(|l| l.contains(&format!("\"{APPLICANT}\"")));
    let sign_up: SignUp =
        serde_json::from_str(line.context("the applicant is not among the samples")?)?;
    let mut judged = Vec::new();
    for pack in PACKS {
        judged.push((pack, under(pack, &sign_up, session)?));
    }
    if output.is_json() {
        let demands = judged.iter().map(|(pack, a)| {
            json!({"pack": pack, "decision": a.decision.as_str(), "asked": asked(a), "cost": a.plan.cost})
        });
        let demands: Vec<_> = demands.collect();
        return Ok(output.value(&json!({"applicant": APPLICANT, "demands": demands}))?);
    }
    output.line(format!(
        "\nwhat {APPLICANT}, a domestic person, would be asked under three packs:\n"
    ))?;
    output.table(&table(&judged))?;
    Ok(())
}

fn under(pack: &str, sign_up: &SignUp, session: &Session) -> anyhow::Result<Assessment> {
    let registry = session.app.registry();
    let texts = EngineTexts {
        packs: vec![shipped::pack_or_file(pack)?],
        catalogue: Some(shipped::CATALOGUE.to_owned()),
        profile: Some(shipped::PROVIDER.to_owned()),
        ..EngineTexts::default()
    };
    let engine = Engine::build(&texts, registry)?;
    let (now, entropy) = (session.app.now(), SeededEntropy::new(0));
    let context = FactContext {
        registry,
        methods: &engine.methods,
        catalogue: &engine.catalogue,
        now,
        entropy: &entropy,
    };
    let draft = sign_up.draft(&context);
    let draft =
        draft.map_err(|errors| anyhow::anyhow!("the applicant cannot be read: {errors:?}"))?;
    let facts = draft.parties.into_iter().flat_map(|(_, facts)| facts);
    let mut dossier = Dossier::fold(facts, None).context("the applicant has no account")?;
    Ok(judge(&engine, &mut dossier, now, &entropy).assessment)
}

fn table(judged: &[(&'static str, Assessment)]) -> Table {
    let mut columns = vec![Column::fixed("")];
    columns.extend(judged.iter().map(|(pack, _)| Column::flexible(pack)));
    let mut table = Table::new(&columns);
    let mut row = |name: &str, cell: &dyn Fn(&Assessment) -> String| {
        let cells = judged.iter().map(|(_, a)| cell(a));
        table.row(std::iter::once(name.to_owned()).chain(cells));
    };
    row("decision", &|a| a.decision.as_str().to_owned());
    let most = judged
        .iter()
        .map(|(_, a)| steps(a).len())
        .max()
        .unwrap_or_default();
    for number in 0..most {
        let name = if number == 0 { "asked" } else { "" };
        row(name, &|a| steps(a).get(number).cloned().unwrap_or_default());
    }
    row("new fields", &|a| a.plan.cost.fields.len().to_string());
    row("minutes", &|a| a.plan.cost.minutes.to_string());
    row("points", &|a| a.plan.cost.total.to_string());
    table
}

/// What the applicant is asked, step by step.
fn steps(assessment: &Assessment) -> Vec<String> {
    let asked = assessment.plan.steps.iter().filter(|s| !s.automatic);
    let told = asked.map(|s| {
        if *s.method == *ASK {
            format!("fill in: {}", s.collects.join(", "))
        } else {
            s.title.to_string()
        }
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        vec!["nothing".to_owned()]
    } else {
        told
    }
}
