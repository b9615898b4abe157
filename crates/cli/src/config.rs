//! Configuration: one table of settings, each given on the command line where it has an option, by the environment, or in
//! a file, in this order.
//!
//! The file is TOML. Whatever is not in the table is refused with the nearest name that is, since a misspelt setting that is
//! silently ignored is found on the day it matters. A secret need not stand in the file: every setting `x` can be given as
//! `x_file`, the path of a file that holds it, which is how service managers hand over credentials. `docs/configuration.md`
//! is generated from the table.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::table::{Column, Table};

mod settings;

use settings::{SETTINGS, Setting};

/// Read when no other file is named and it is there.
const SYSTEM_FILE: &str = "/etc/bonafide/bonafide.toml";

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show every setting, its value and where that came from; secrets are not shown
    Show,
    /// Print the reference of all settings as Markdown
    Reference,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Environment,
    File,
}

/// What was given, by name of the setting.
#[derive(Debug, Default)]
pub(crate) struct Config {
    values: BTreeMap<&'static str, (String, Origin)>,
    file: Option<PathBuf>,
}

static CONFIG: OnceLock<Config> = OnceLock::new();

/// Reads the configuration, once for the process.
pub(crate) fn load(named: Option<&Path>) -> anyhow::Result<()> {
    let from_env = || env::var_os("BONAFIDE_CONFIG").filter(|v| !v.is_empty());
    let named = named
        .map(Path::to_owned)
        .or_else(|| from_env().map(PathBuf::from));
    let system = || Some(PathBuf::from(SYSTEM_FILE)).filter(|p| p.exists());
    let config = Config::read(named.or_else(system))?;
    // Commands that are sent to a service find the service's.
    let _ = CONFIG.set(config);
    Ok(())
}

/// The value of a setting, if one was given.
pub(crate) fn get(name: &str) -> Option<&'static str> {
    debug_assert!(
        SETTINGS.iter().any(|s| s.name == name),
        "`{name}` is no setting"
    );
    let (value, _) = CONFIG.get()?.values.get(name)?;
    Some(value)
}

/// Whether a setting that is a switch is on.
pub(crate) fn is_on(name: &str) -> bool {
    get(name) == Some("true")
}

impl Config {
    fn read(file: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut config = Self::default();
        if let Some(path) = file {
            let text = fs::read_to_string(&path);
            let text = text.with_context(|| format!("could not read {}", path.display()))?;
            config
                .add_file(&text)
                .with_context(|| format!("in {}", path.display()))?;
            config.file = Some(path);
        }
        config.add_environment(|name| env::var(name).ok())?;
        Ok(config)
    }

    fn add_file(&mut self, text: &str) -> anyhow::Result<()> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            anyhow::anyhow!("{}", e.to_string().trim().replace('\n', " "))
        })?;
        let mut flat = BTreeMap::new();
        flatten("", table, &mut flat)?;
        for (name, value) in flat {
            self.add(&name, value, Origin::File)?;
        }
        Ok(())
    }

    fn add_environment(&mut self, get: impl Fn(&str) -> Option<String>) -> anyhow::Result<()> {
        for setting in SETTINGS {
            let name = setting.environment();
            let value = get(&name).filter(|v| !v.is_empty());
            let in_file = get(&format!("{name}_FILE")).filter(|v| !v.is_empty());
            match (value, in_file) {
                (Some(_), Some(_)) => bail!("both {name} and {name}_FILE are set: leave one out"),
                (Some(value), None) => self.add(setting.name, value, Origin::Environment)?,
                (None, Some(path)) => {
                    self.add(&format!("{}_file", setting.name), path, Origin::Environment)?;
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, value: String, origin: Origin) -> anyhow::Result<()> {
        let direct = SETTINGS.iter().find(|s| s.name == name);
        let from_file = || {
            let name = name.strip_suffix("_file")?;
            SETTINGS.iter().find(|s| s.name == name)
        };
        let (setting, value) = match (direct, from_file()) {
            (Some(setting), _) => (setting, value),
            (None, Some(setting)) => {
                let text = fs::read_to_string(&value);
                let text = text.with_context(|| format!("`{name}`: could not read {value}"))?;
                (setting, text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (None, None) => bail!(
                "there is no setting `{name}`{}: see `bonafide config reference`",
                nearest(name)
            ),
        };
        setting.form.check(&value).map_err(|expected| {
            let shown = if setting.form.is_secret() {
                "the value"
            } else {
                value.as_str()
            };
            anyhow::anyhow!("`{}` is {expected}, not `{shown}`", setting.name)
        })?;
        if origin == Origin::File && self.values.contains_key(setting.name) {
            bail!(
                "`{}` and `{}_file` are both given: leave one out",
                setting.name,
                setting.name
            );
        }
        self.values.insert(setting.name, (value, origin));
        Ok(())
    }
}

fn flatten(
    prefix: &str,
    table: toml::Table,
    flat: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    for (key, value) in table {
        let name = if prefix.is_empty() {
            key
        } else {
            format!("{prefix}.{key}")
        };
        let text = match value {
            toml::Value::Table(table) => {
                flatten(&name, table, flat)?;
                continue;
            }
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(on) => on.to_string(),
            _ => bail!("`{name}` must be a text, a whole number, `true` or `false`"),
        };
        flat.insert(name, text);
    }
    Ok(())
}

/// The setting whose name is most like this, as a hint.
fn nearest(name: &str) -> String {
    let common = |other: &str| {
        let last = |text: &str| text.rsplit('.').next().unwrap_or(text).to_owned();
        let (a, b) = (last(name), last(other));
        a == b || name.contains(&b) || other.contains(&a)
    };
    let found = SETTINGS.iter().find(|s| common(s.name));
    found.map_or_else(String::new, |s| format!(" (did you mean `{}`?)", s.name))
}

pub(crate) fn run(output: &Output, command: &Command) -> anyhow::Result<Answer> {
    match command {
        Command::Reference => output.line(reference().trim_end())?,
        Command::Show => show(output)?,
    }
    Ok(Answer::Yes)
}

fn show(output: &Output) -> anyhow::Result<()> {
    let config = CONFIG.get().context("the configuration was not read")?;
    let value = |setting: &Setting| match config.values.get(setting.name) {
        Some((_, origin)) if setting.form.is_secret() => ("(secret)".to_owned(), Some(*origin)),
        Some((value, origin)) => (value.clone(), Some(*origin)),
        None => (setting.default.to_owned(), None),
    };
    let word = |origin: Option<Origin>| match origin {
        Some(Origin::Environment) => "environment",
        Some(Origin::File) => "file",
        None => "default",
    };
    if output.is_json() {
        for setting in SETTINGS {
            let (value, origin) = value(setting);
            output.value(&json!({"name": setting.name, "value": value, "from": word(origin)}))?;
        }
        return Ok(());
    }
    match &config.file {
        Some(path) => output.line(format_args!("file: {}", path.display()))?,
        None => output.line("file: none")?,
    }
    let mut table = Table::new(&[
        Column::fixed("setting"),
        Column::flexible("value"),
        Column::fixed("from"),
    ]);
    for setting in SETTINGS {
        let (value, origin) = value(setting);
        table.row([setting.name.to_owned(), value, word(origin).to_owned()]);
    }
    Ok(output.table(&table)?)
}

/// The reference: what stands in `docs/configuration.md`.
fn reference() -> String {
    let mut text = String::from(settings::HEAD);
    let mut section = "";
    for setting in SETTINGS {
        let of = setting.name.split_once('.').map_or("", |(of, _)| of);
        if of != section {
            section = of;
            text.push_str(&format!(
                "\n## `[{of}]`\n\n| setting | environment | is | default | what it does |\n|---|---|---|---|---|\n"
            ));
        }
        let default = match setting.default {
            "" => String::new(),
            plain if plain.contains(' ') => plain.to_owned(),
            code => format!("`{code}`"),
        };
        text.push_str(&format!(
            "| `{}` | `{}` | {} | {default} | {} |\n",
            setting.name,
            setting.environment(),
            setting.form.says(),
            setting.help
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Config> {
        let mut config = Config::default();
        config.add_file(text)?;
        Ok(config)
    }

    fn error(text: &str) -> String {
        format!("{:#}", read(text).unwrap_err())
    }

    #[test]
    fn the_reference_in_the_manual_is_this_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        if env::var_os("BLESS").is_some() {
            fs::write(&path, reference()).unwrap();
        }
        assert_eq!(
            fs::read_to_string(path).unwrap(),
            reference(),
            "run with BLESS=1"
        );
    }

    #[test]
    fn names_are_once_and_of_a_section_that_stands_together() {
        let names: Vec<_> = SETTINGS.iter().map(|s| s.name).collect();
        let once: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len());
        let mut sections: Vec<_> = names.iter().map(|n| n.split_once('.').unwrap().0).collect();
        sections.dedup();
        let distinct: std::collections::BTreeSet<_> = sections.iter().collect();
        assert_eq!(distinct.len(), sections.len());
        for setting in SETTINGS {
            if !setting.default.is_empty() && !setting.default.contains(' ') {
                assert_eq!(
                    setting.form.check(setting.default),
                    Ok(()),
                    "{}",
                    setting.name
                );
            }
        }
    }

    #[test]
    fn a_file_is_read_and_the_environment_stands_above_it() {
        let mut config = read("[serve]\nlisten = \"127.0.0.1:9\"\nallow_remote = true\n").unwrap();
        let env = |name: &str| (name == "BONAFIDE_SERVE_LISTEN").then(|| "127.0.0.1:10".to_owned());
        config.add_environment(env).unwrap();
        assert_eq!(config.values["serve.listen"].0, "127.0.0.1:10");
        assert_eq!(config.values["serve.allow_remote"].0, "true");
    }

    #[test]
    fn a_secret_is_read_from_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("url");
        fs::write(&path, "postgres://u:p@localhost/b\n").unwrap();
        let config = read(&format!("[place]\ndatabase_url_file = {path:?}\n")).unwrap();
        assert_eq!(
            config.values["place.database_url"].0,
            "postgres://u:p@localhost/b"
        );
    }

    #[test]
    fn mistakes_are_named() {
        assert!(error("[serve]\nlisen = \"x\"").contains("no setting `serve.lisen`"));
        assert!(
            error("[server]\nlisten = \"127.0.0.1:1\"").contains("did you mean `serve.listen`")
        );
        assert!(error("[serve]\nlisten = \"here\"").contains("an address and a port"));
        assert!(error("[serve]\nallow_remote = \"yes\"").contains("`true` or `false`"));
        assert!(error("[serve]\nlisten = 1.5").contains("must be a text"));
        assert!(error("[serve\nlisten = 1").contains("line 1"));
        let secret = error("[place]\ndatabase_url = \"mysql://user:hunter2@h/d\"");
        assert!(
            secret.contains("PostgreSQL") && !secret.contains("hunter2"),
            "{secret}"
        );
    }
}
