//! One e-mail by SMTP (RFC 5321), and what came of it.
//!
//! Certificates are checked against the machine's own roots, and those of a file the operator names. What cannot be
//! delivered now and what never can are told apart, so that whoever sends knows whether to try again.
//!
//! Refuses: to log in or to send over a connection that is not encrypted, except to the machine itself.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

/// Until the server has answered each command; RFC 5321 allows minutes, and a job that waits holds its place.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// TLS after `STARTTLS`, and nothing without it (port 587).
    StartTls,
    /// None: to a server on the machine itself alone.
    None,
}

/// Which server, and as whom.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// Its name or address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// User and password, where the server wants them.
    pub login: Option<(String, String)>,
    /// A file of certificates in PEM, taken as roots beside those of the machine.
    pub extra_roots: Option<PathBuf>,
}

/// Why an e-mail did not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// An address is none.
    #[error("the address cannot be written to")]
    Address,
    /// The server says that it never will take it.
    #[error("the server refused it for good")]
    Refused,
    /// The server says that it may take it later.
    #[error("the server cannot take it now")]
    Later,
    /// There is no conversation with the server: no connection, no TLS, no answer in time.
    #[error("the server cannot be reached, or its certificate is not trusted")]
    Unreachable,
    /// The mailer cannot be made.
    #[error("{0}")]
    Setup(String),
}

impl MailError {
    /// A word for logs and tables; the list only grows.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address => "address_unfit",
            Self::Refused => "mail_refused",
            Self::Later => "mail_deferred",
            Self::Unreachable => "mail_server_unreachable",
            Self::Setup(_) => "setup",
        }
    }

    /// Whether it may go out when it is tried again.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Later | Self::Unreachable)
    }
}

/// An e-mail in plain text.
#[derive(Debug, Clone)]
pub struct Letter {
    /// `Name <address>` or an address.
    pub from: String,
    /// Where answers go, if not there.
    pub reply_to: Option<String>,
    /// An address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The language of both, as in RFC 5646.
    pub language: String,
    /// The part of the `Message-ID` before the `@`: the same for each attempt, so that a receiver knows a repetition.
    pub id: String,
}

/// Sends e-mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(AsyncSmtpTransport<Tokio1Executor>);

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// A mailer for the life of the process. Nothing is connected yet.
    ///
    /// # Errors
    /// If the file of certificates cannot be read, or the connection would not be protected.
    pub fn new(options: &MailOptions) -> Result<Self, MailError> {
        let local = matches!(options.server.as_str(), "localhost" | "127.0.0.1" | "::1");
        let tls = match options.security {
            Security::None if local => Tls::None,
            Security::None => {
                return Err(MailError::Setup(format!(
                    "`{}` is another machine: mail goes there over TLS only",
                    options.server
                )));
            }
            Security::Tls => Tls::Wrapper(parameters(options)?),
            Security::StartTls => Tls::Required(parameters(options)?),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(options.server.as_str())
                .port(options.port)
                .timeout(Some(ANSWER_MAX))
                .tls(tls);
        if let Some((user, password)) = &options.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self(builder.build()))
    }

    /// Connects to the server, greets it, logs in where that is set, and says goodbye.
    ///
    /// # Errors
    /// If it cannot be reached, is not trusted, or does not want us.
    pub async fn greet(&self) -> Result<(), MailError> {
        match self.0.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Later),
            Err(error) if error.is_permanent() => Err(MailError::Refused),
            Err(error) if error.is_transient() => Err(MailError::Later),
            Err(_) => Err(MailError::Unreachable),
        }
    }

    /// Sends an e-mail; returns when the server has taken it.
    ///
    /// # Errors
    /// If it has not; see [`MailError::may_pass`].
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = message(letter)?;
        match self.0.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Refused),
            Err(error) if error.is_transient() => Err(MailError::Later),
            Err(_) => Err(MailError::Unreachable),
        }
    }
}

fn parameters(options: &MailOptions) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(options.server.clone());
    if let Some(path) = &options.extra_roots {
        let wrong = |why: String| {
            let path = path.display();
            MailError::Setup(format!("`{path}` is not a certificate in PEM: {why}"))
        };
        let pem = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
        let root = Certificate::from_pem(&pem).map_err(|e| wrong(e.to_string()))?;
        builder = builder.add_root_certificate(root);
    }
    let made = builder.build();
    made.map_err(|e| MailError::Setup(format!("TLS cannot be set up on this machine: {e}")))
}

fn message(letter: &Letter) -> Result<Message, MailError> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|_| MailError::Address);
    let from = mailbox(&letter.from)?;
    let domain = from.email.domain().to_owned();
    let mut builder: MessageBuilder = Message::builder()
        .from(from)
        .to(mailbox(&letter.to)?)
        .subject(&letter.subject)
        .message_id(Some(format!("<{}@{domain}>", letter.id)))
        // RFC 3834: nobody's absence answers it.
        .header(AutoSubmitted)
        .header(Language(letter.language.clone()));
    if let Some(reply_to) = &letter.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    let part = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone());
    builder
        .singlepart(part)
        .map_err(|e| MailError::Setup(format!("the e-mail cannot be written: {e}")))
}

type Unreadable = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Unreadable> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[derive(Debug, Clone)]
struct Language(String);

impl Header for Language {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Unreadable> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

#[cfg(test)]
mod tests;
