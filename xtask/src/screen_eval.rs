//! `cargo xtask screen-eval`: how well and how fast names are screened, on labelled names made from published lists.
//!
//! The lists are those of the folder that `BONAFIDE_SHARED_DATA` names, in `lists`. Everything that is made must have the
//! committed digests, so that figures of different days are of the same names. `--tuning` reports the half that the score
//! was fitted on; the figures that count are those of the other half. With `--peers` other open matchers run on the same
//! queries; that takes an hour.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::failure::Failure;
use crate::{process, python};

/// Queries that are also compared without the short cuts of the search, which is slow: every so many.
const SCANNED_OF: usize = 20;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let has = |flag: &str| arguments.iter().any(|a| a == flag);
    if let Some(other) = arguments
        .iter()
        .find(|a| !["--peers", "--tuning"].contains(&a.as_str()))
    {
        return Err(Failure::new(format!(
            "`{other}` is neither `--peers` nor `--tuning`"
        )));
    }
    let data = std::env::var_os("BONAFIDE_SHARED_DATA")
        .ok_or_else(|| Failure::new("set BONAFIDE_SHARED_DATA to the folder that has `lists`"))?;
    let scripts = process::workspace()?.join("benches").join("peers");
    let interpreter = python::ensure_of(&scripts.join("requirements.txt"), "screen-eval-tools")?;
    let out = process::target()?.join("screen-eval");
    let script = |name: &str| {
        let mut command = Command::new(&interpreter);
        command
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(scripts.join(name));
        command
    };
    process::run(
        script("generate.py")
            .arg(Path::new(&data).join("lists"))
            .arg(&out),
    )?;
    same_digests(&scripts, &out)?;

    let half = if has("--tuning") { "tuning" } else { "test" };
    let (index, queries) = (
        out.join("index.ftm.json"),
        out.join(format!("{half}.jsonl")),
    );
    let ours = out.join(format!("{half}.bonafide.jsonl"));
    process::run(evaluate()?.arg(&index).arg(&queries).arg(&ours))?;
    blocking(&out, &index, &queries, &ours)?;
    let mut table = script("evaluate.py");
    table
        .arg(&queries)
        .arg(format!("bonafide={}", ours.display()));
    if has("--peers") {
        let folder = out.join(format!("{half}-peers"));
        process::run(script("peers.py").arg(&index).arg(&queries).arg(&folder))?;
        for name in ["logic-v2", "logic-v1", "token_sort", "jaro_winkler"] {
            table.arg(format!(
                "{name}={}",
                folder.join(format!("{name}.jsonl")).display()
            ));
        }
    }
    process::run(&mut table)?;
    Ok(ExitCode::SUCCESS)
}

fn evaluate() -> Result<Command, Failure> {
    let mut command = process::cargo()?;
    command.args([
        "run",
        "--release",
        "--quiet",
        "-p",
        "bonafide-screen",
        "--example",
        "evaluate",
        "--",
    ]);
    Ok(command)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|e| Failure::new(format!("cannot read {}: {e}", path.display())))
}

fn same_digests(scripts: &Path, out: &Path) -> Result<(), Failure> {
    let (wanted, made) = (
        read(&scripts.join("digests.txt"))?,
        read(&out.join("digests.txt"))?,
    );
    if wanted == made {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the names made are not those of benches/peers/digests.txt: other lists, or a generator that was changed\n{made}"
    )))
}

/// What the quick search finds of what comparing with every part and name finds, at the threshold of alerts.
fn blocking(out: &Path, index: &Path, queries: &Path, ours: &Path) -> Result<(), Failure> {
    let some = |path: &Path, to: &str| -> Result<PathBuf, Failure> {
        let text = read(path)?;
        let lines: Vec<&str> = text.lines().step_by(SCANNED_OF).collect();
        let to = out.join(to);
        std::fs::write(&to, lines.join("\n") + "\n")
            .map_err(|e| Failure::new(format!("cannot write {}: {e}", to.display())))?;
        Ok(to)
    };
    let (queries, quick) = (
        some(queries, "scan.queries.jsonl")?,
        some(ours, "scan.quick.jsonl")?,
    );
    let whole = out.join("scan.whole.jsonl");
    process::run(evaluate()?.arg(index).arg(queries).arg(&whole).arg("scan"))?;
    let (mut found, mut all) = (0, 0);
    for (quick, whole) in read(&quick)?.lines().zip(read(&whole)?.lines()) {
        let quick = alerts(quick);
        let whole = alerts(whole);
        all += whole.len();
        found += whole.iter().filter(|entry| quick.contains(entry)).count();
    }
    println!("finding candidates: {found} of {all} alerts of a whole scan");
    Ok(())
}

/// Entries of the hits that are alerts, read from a line that the example writes.
fn alerts(line: &str) -> Vec<&str> {
    const ALERT_FROM_BP: i32 = 6_000;
    let hits = line.split("\"entity_id\":\"").skip(1);
    let read = hits.filter_map(|hit| {
        let (entry, rest) = hit.split_once('"')?;
        let (_, score) = rest.split_once("\"score_bp\":")?;
        let digits: String = score.chars().take_while(char::is_ascii_digit).collect();
        (digits.parse::<i32>().ok()? >= ALERT_FROM_BP).then_some(entry)
    });
    read.collect()
}
