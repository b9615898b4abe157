//! Adapters to the outside: one module for each, and nothing in it but how to reach it.
//!
//! What is said to whom, and when it is tried again, is decided above; here it is said once, within bounds, and what came
//! of it is told in a closed list of words that can be stored and shown. Adapters take their settings when they are made
//! and read no file and no environment later.
//!
//! - [`http`]: sends one request to an address of somebody else's choosing, or fetches a file from it;
//! - [`mail`]: sends one e-mail by SMTP;
//! - [`pkcs11`] and [`transit`]: wrap the key of the keyring in a hardware module or a key vault;
//! - [`target`]: which addresses those may be.
//!
//! Refuses: to follow redirects of what it sends, to use a proxy it was not given, to reach machines of the operator's own network unless
//! the operator allowed them.

pub mod http;
pub mod mail;
pub mod pkcs11;
pub mod target;
pub mod transit;

pub use http::{Fetch, Fetched, HttpError, HttpOptions, HttpSender, Reply, RetryAfter};
pub use mail::{Letter, MailError, MailOptions, Mailer, Security};
pub use target::{Network, NetworkError, TargetError, Targets};
