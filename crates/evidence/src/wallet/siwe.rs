//! Sign-In with Ethereum (EIP-4361): the message by its grammar, and its domain, nonce and times by what was asked.

use bonafide_model::Timestamp;
use serde_json::json;

use super::ethereum::{self, EthereumAddress};
use crate::context::Reader;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};

/// What ends the first line of a message.
const PREAMBLE: &str = " wants you to sign in with your Ethereum account:";

/// The least characters of a nonce.
const NONCE_LEAST: usize = 8;

/// Milliseconds by which the clock of a wallet may be ahead.
const SKEW_MS: i64 = 5 * 60 * 1000;

/// A message by its parts.
struct Message<'a> {
    domain: &'a str,
    address: &'a str,
    uri: &'a str,
    chain: u64,
    nonce: &'a str,
    issued: Timestamp,
    expires: Option<Timestamp>,
    not_before: Option<Timestamp>,
}

/// Whether a message begins as a sign-in does.
pub(super) fn looks_like_one(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    text.lines()
        .next()
        .is_some_and(|line| line.contains(PREAMBLE.trim_end_matches(':')))
}

pub(super) fn check(
    input: &[u8],
    address: &str,
    signature: &str,
    context: &mut Reader<'_>,
) -> Result<Verdict, Reason> {
    let (domain, nonce) = (context.text("domain")?, context.text("nonce")?);
    let chain = context.optional_number("chain_id")?;
    let uri = context.optional_text("uri")?;
    let malformed = || {
        Reason::new(
            Code::Malformed,
            "the message is not a sign-in as EIP-4361 has it",
        )
    };
    let message = Message::read(utf8(input)?).ok_or_else(malformed)?;
    let signer = EthereumAddress::read_checked(message.address).ok_or_else(malformed)?;
    let binding = |text: &str| Err(Reason::new(Code::Binding, text));
    if EthereumAddress::read(address) != Some(signer) {
        return binding("the message is of another address");
    }
    if message.domain != domain {
        return binding("the message is for another domain");
    }
    if message.nonce != nonce {
        return binding("the message answers another nonce");
    }
    if chain.is_some_and(|chain| u64::try_from(chain) != Ok(message.chain)) {
        return binding("the message is for another chain");
    }
    if uri.is_some_and(|uri| uri != message.uri) {
        return binding("the message is for another URI");
    }
    let now = context.now();
    if message.expires.is_some_and(|at| now >= at) {
        return Err(Reason::new(Code::Expired, "the message has expired"));
    }
    let early = message.issued > now.plus_millis(SKEW_MS);
    if early || message.not_before.is_some_and(|at| now < at) {
        return Err(Reason::new(
            Code::NotYetValid,
            "the message is not valid yet",
        ));
    }
    ethereum::verify(input, signature, signer)?;
    let chain = message.chain;
    Ok(Verdict::valid(
        None,
        json!({
            "scheme": "eip4361",
            "namespace": "eip155",
            "chain_id": chain,
            "address": signer.to_string(),
            "domain": message.domain,
            "nonce": message.nonce,
            "uri": message.uri,
            "issued_at": message.issued.to_string(),
        }),
    ))
}

impl<'a> Message<'a> {
    /// The grammar, to the letter: line feeds alone, fields in their order, nothing after them.
    fn read(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n').peekable();
        let first = lines.next()?.strip_suffix(PREAMBLE)?;
        let domain = first
            .split_once("://")
            .map_or(Some(first), |(scheme, rest)| {
                is_scheme(scheme).then_some(rest)
            })?;
        let address = lines.next()?;
        if !lines.next()?.is_empty() {
            return None;
        }
        let statement = lines.next()?;
        if !statement.is_empty() {
            if !statement.chars().all(is_statement) || !lines.next()?.is_empty() {
                return None;
            }
        } else if lines.peek() == Some(&"") {
            return None;
        }
        let uri = lines.next()?.strip_prefix("URI: ")?;
        if lines.next()? != "Version: 1" {
            return None;
        }
        let chain = lines.next()?.strip_prefix("Chain ID: ")?;
        let nonce = lines.next()?.strip_prefix("Nonce: ")?;
        let issued = instant(lines.next()?.strip_prefix("Issued At: ")?)?;
        let mut optional = |name: &str| {
            lines
                .next_if(|line| line.starts_with(name))
                .and_then(|line| line.strip_prefix(name))
        };
        let expires = optional("Expiration Time: ");
        let not_before = optional("Not Before: ");
        let request = optional("Request ID: ");
        if optional("Resources:").is_some_and(|rest| !rest.is_empty()) {
            return None;
        }
        let resources = text.contains("\nResources:\n");
        let rest: Vec<&str> = lines.collect();
        let listed = |line: &&str| line.strip_prefix("- ").is_some_and(is_uri);
        let good = is_authority(domain)
            && is_uri(uri)
            && !chain.is_empty()
            && chain.bytes().all(|b| b.is_ascii_digit())
            && nonce.len() >= NONCE_LEAST
            && nonce.bytes().all(|b| b.is_ascii_alphanumeric())
            && request.is_none_or(|id| id.chars().all(is_pchar))
            && (rest.is_empty() || resources && rest.iter().all(listed));
        let whole = |text: Option<&str>| match text {
            None => Some(None),
            Some(text) => instant(text).map(Some),
        };
        good.then_some(Self {
            domain,
            address,
            uri,
            chain: chain.parse().ok()?,
            nonce,
            issued,
            expires: whole(expires)?,
            not_before: whole(not_before)?,
        })
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Characters of a statement: reserved and unreserved ones of a URI, and the blank.
fn is_statement(c: char) -> bool {
    c.is_ascii_alphanumeric() || " -._~:/?#[]@!$&'()*+,;=".contains(c)
}

fn is_pchar(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(c)
}

fn is_authority(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%[]".contains(c))
}

/// An absolute URI (RFC 3986), as far as its characters go.
fn is_uri(text: &str) -> bool {
    let characters = |rest: &str| {
        let mut rest = rest.chars();
        while let Some(c) = rest.next() {
            let escaped = c == '%'
                && [rest.next(), rest.next()]
                    .iter()
                    .all(|d| d.is_some_and(|d| d.is_ascii_hexdigit()));
            if !escaped
                && (c == '%'
                    || !(c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=".contains(c)))
            {
                return false;
            }
        }
        true
    };
    text.split_once(':')
        .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty() && characters(rest))
}

/// An instant as RFC 3339 writes it, with its zone.
fn instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_at_checked(10)?;
    let shape = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(b, p)| {
                if p == b'0' {
                    b.is_ascii_digit()
                } else {
                    b == p
                }
            })
    };
    let (clock, zone) = time.split_at_checked(9)?;
    let zone = match zone.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (rest.len() < fraction.len()).then_some(rest)?
        }
        None => zone,
    };
    let good = shape(date, "0000-00-00")
        && shape(clock, "T00:00:00")
        && (zone == "Z" || shape(zone, "+00:00") || shape(zone, "-00:00"));
    good.then(|| text.parse().ok()).flatten()
}
