//! The table of settings.

use std::net::SocketAddr;

/// What stands above the reference.
pub(super) const HEAD: &str = "# Configuration

Every setting can stand in a file and in the environment; where a command has an option for it, the option goes first, then the
environment, then the file, then the default. The file is TOML, named by `--config FILE` or `BONAFIDE_CONFIG`; without either
`/etc/bonafide/bonafide.toml` is read if it is there. A setting that is not in this list is refused.

A secret need not stand in the file or the environment: every setting can be given with `_file` (in the environment `_FILE`) after
its name, and is then read from the file at that path. `bonafide config show` shows what is in effect and where it came from.
This page is what `bonafide config reference` prints.
";

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Path,
    Address,
    Switch,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// Never shown.
    Secret,
    /// The address of a database. It may hold a password and is never shown.
    DatabaseUrl,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Form {
    /// What was expected, where the value is not of the form.
    pub(super) fn check(self, value: &str) -> Result<(), String> {
        let good = match self {
            Self::Text | Self::Path | Self::Secret => !value.is_empty(),
            Self::DatabaseUrl => {
                value.starts_with("postgres://") || value.starts_with("postgresql://")
            }
            Self::Address => value.parse::<SocketAddr>().is_ok(),
            Self::Switch => matches!(value, "true" | "false"),
            Self::Number(least, most) => value
                .parse::<u64>()
                .is_ok_and(|n| (least..=most).contains(&n)),
            Self::Word(words) => words.contains(&value),
        };
        if good { Ok(()) } else { Err(self.says()) }
    }

    /// Whether a value is kept from sight.
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::DatabaseUrl | Self::Secret)
    }

    /// What it is, for people.
    pub(super) fn says(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Secret => "a secret".to_owned(),
            Self::Address => "an address and a port".to_owned(),
            Self::Switch => "`true` or `false`".to_owned(),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::DatabaseUrl => {
                "a URL of PostgreSQL, such as `postgres://user@host/name`".to_owned()
            }
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
                words.join(" or ")
            }
        }
    }
}

/// A setting.
pub(crate) struct Setting {
    /// Section and name.
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// The default, or in words what happens without it.
    pub(crate) default: &'static str,
    pub(crate) help: &'static str,
}

impl Setting {
    /// The name in the environment. Settings of the place have none of their section.
    pub(crate) fn environment(&self) -> String {
        let name = self.name.strip_prefix("place.").unwrap_or(self.name);
        format!("BONAFIDE_{}", name.replace('.', "_").to_ascii_uppercase())
    }
}

/// Every setting; those of one section stand together.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "place.data",
        form: Form::Path,
        default: "the user's data directory",
        help: "directory of the data (`--data`)",
    },
    Setting {
        name: "place.database_url",
        form: Form::DatabaseUrl,
        default: "the embedded database",
        help: "PostgreSQL in place of the embedded database (`--database-url`)",
    },
    Setting {
        name: "place.keyring",
        form: Form::Path,
        default: "`keyring` in the data directory",
        help: "directory of the keyring and the signed heads (`--keyring`); never inside the database or its backups",
    },
    Setting {
        name: "place.tenant",
        form: Form::Text,
        default: "default",
        help: "whose data it is (`--tenant`)",
    },
    Setting {
        name: "place.actor",
        form: Form::Text,
        default: "operator",
        help: "who asks: the handle of a member of staff (`--actor`)",
    },
    Setting {
        name: "serve.listen",
        form: Form::Address,
        default: "127.0.0.1:8080",
        help: "where the API listens (`--listen`); put something that speaks TLS in front of it",
    },
    Setting {
        name: "serve.allow_remote",
        form: Form::Switch,
        default: "false",
        help: "allow an address that other machines can reach (`--allow-remote`)",
    },
    Setting {
        name: "serve.notice_seconds",
        form: Form::Number(0, 300),
        default: "0",
        help: "how long it goes on taking requests after it was asked to stop, while `/readyz` answers 503: as long as a load \
               balancer takes to see that",
    },
    Setting {
        name: "serve.drain_seconds",
        form: Form::Number(1, 600),
        default: "30",
        help: "how long requests in work may take to end after that",
    },
    Setting {
        name: "mail.server",
        form: Form::Text,
        default: "no letters go out",
        help: "name or address of the SMTP server that takes [letters](mail.md)",
    },
    Setting {
        name: "mail.security",
        form: Form::Word(&["tls", "starttls", "none"]),
        default: "tls",
        help: "how the connection is protected; `none` to a server on the machine itself alone",
    },
    Setting {
        name: "mail.port",
        form: Form::Number(1, 65_535),
        default: "465, 587 with `starttls`, 25 with `none`",
        help: "its port",
    },
    Setting {
        name: "mail.user",
        form: Form::Text,
        default: "nobody logs in",
        help: "who logs in",
    },
    Setting {
        name: "mail.password",
        form: Form::Secret,
        default: "nobody logs in",
        help: "with which password",
    },
    Setting {
        name: "mail.extra_roots",
        form: Form::Path,
        default: "the machine's own",
        help: "a certificate in PEM that is trusted beside the machine's own, for a server with one of its own",
    },
    Setting {
        name: "webhooks.allow_targets",
        form: Form::Text,
        default: "public addresses and this machine",
        help: "networks beside those that webhooks may be sent to, separated by commas, such as `10.0.0.0/8,fd00::/8`",
    },
    Setting {
        name: "webhooks.extra_roots",
        form: Form::Path,
        default: "the machine's own",
        help: "file of certificates in PEM that are taken as roots beside those of the machine",
    },
    Setting {
        name: "log.filter",
        form: Form::Text,
        default: "info",
        help: "what `serve` logs, in the syntax of `RUST_LOG`, which stands above it",
    },
    Setting {
        name: "log.format",
        form: Form::Word(&["json", "text"]),
        default: "json",
        help: "how each line of the log is written",
    },
];
