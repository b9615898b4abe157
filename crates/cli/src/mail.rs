//! `bonafide mail`: letters to customers, and under whose name they go out.

use std::path::PathBuf;

use anyhow::Context as _;
use bonafide_app::{App, LetterKind, Rendered};
use bonafide_connect::{MailOptions, Mailer, Security};
use clap::Subcommand;
use serde_json::json;

use crate::config;
use crate::outcome::Answer;
use crate::output::Output;
use crate::place::{Place, read_text};
use crate::session::{Session, block_on, shared};

/// What can be done with letters.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set the brands: who writes, in which languages, with which texts
    Brands {
        /// A TOML file
        file: PathBuf,
    },
    /// Show a letter as an invented customer would get it
    Preview {
        /// Which: `information_needed`, `reminder`, `verified` or `limited`
        letter: LetterKind,
        /// The brand
        #[arg(long, value_name = "NAME")]
        brand: String,
        /// The language, such as `de`
        #[arg(long, value_name = "TAG", default_value = "en")]
        language: String,
    },
    /// Send an example to an address of your own, to try the mail server
    Test {
        /// The address
        to: String,
        /// Who writes
        #[arg(long, value_name = "ADDRESS")]
        from: String,
    },
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let (app, actor) = (&session.app, &session.actor);
        match command {
            Command::Brands { file } => {
                app.set_brands(actor, &read_text(&file)?).await?;
                session.settle().await?;
                let value = json!({"brands": file.display().to_string()});
                output.say(&value, format!("set the brands from {}", file.display()))?;
            }
            Command::Preview {
                letter,
                brand,
                language,
            } => {
                let shown = app.preview_letter(actor, letter, &language, &brand).await?;
                show(output, &shown)?;
            }
            Command::Test { to, from } => {
                if shared().is_none() {
                    set_up(app)?;
                }
                let example = Rendered {
                    subject: "A letter from Bonafide".to_owned(),
                    text: "If you read this, the mail server takes letters.\n".to_owned(),
                    language: "en".to_owned(),
                };
                app.send_example(actor, &from, &to, &example).await?;
                output.say(&json!({"sent": true}), "the mail server took it")?;
            }
        }
        Ok(Answer::Yes)
    })
}

fn show(output: &Output, letter: &Rendered) -> anyhow::Result<()> {
    if output.is_json() {
        return Ok(output.value(letter)?);
    }
    output.line(format_args!("Subject: {}\n", letter.subject))?;
    Ok(output.line(letter.text.trim_end())?)
}

/// Gives the application the mail server of the configuration, if there is one.
pub(crate) fn set_up(app: &App) -> anyhow::Result<()> {
    if let Some(mailer) = configured()? {
        app.set_mailer(mailer);
    }
    Ok(())
}

/// The mail server of the configuration, if there is one.
pub(crate) fn configured() -> anyhow::Result<Option<Mailer>> {
    let Some(server) = config::get("mail.server") else {
        return Ok(None);
    };
    let security = match config::get("mail.security") {
        Some("none") => Security::None,
        Some("starttls") => Security::StartTls,
        _ => Security::Tls,
    };
    let usual = match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::None => 25,
    };
    let port = config::get("mail.port").map(str::parse).transpose()?;
    let user = config::get("mail.user").map(str::to_owned);
    let password = config::get("mail.password").map(str::to_owned);
    anyhow::ensure!(
        user.is_some() == password.is_some(),
        "`mail.user` and `mail.password` go together"
    );
    let options = MailOptions {
        server: server.to_owned(),
        port: port.unwrap_or(usual),
        security,
        login: user.zip(password),
        extra_roots: config::get("mail.extra_roots").map(PathBuf::from),
    };
    let mailer = Mailer::new(&options).context("the mail server cannot be used")?;
    Ok(Some(mailer))
}
