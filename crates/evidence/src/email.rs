//! Kind `email`: whether a text is the address of a mailbox, and how it is written (RFC 5321 section 4.1.2, RFC 6531 for
//! letters of all scripts, UTS 46 for the domain).
//!
//! Says nothing about whether the mailbox exists; that a one-time code shows. Refuses display names,
//! comments, address literals (`user@[192.0.2.1]`) and domains without a dot, which cannot be reached from outside.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde_json::json;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::context::Reader;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};

/// Octets of an input: the longest address has 254; the rest is room to say that one is too long.
pub(crate) const MOST_BYTES: usize = 4096;

/// Octets of an address: a path of 256 without its angle brackets (RFC 5321, section 4.5.3.1.3).
const ADDRESS_MOST_OCTETS: usize = 254;

/// Octets before the sign (RFC 5321, section 4.5.3.1.1).
const LOCAL_MOST_OCTETS: usize = 64;

pub(crate) fn check(input: &[u8], _: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let address = Address::read(utf8(input)?)?;
    Ok(Verdict::valid(
        None,
        json!({
            "address": address.to_string(),
            "ascii_address": address.ascii(),
            "domain": address.domain,
            "smtputf8": !address.local.is_ascii(),
        }),
    ))
}

/// An address of a mailbox, as it is to be kept and compared: the part before the sign in normal form C, the domain as
/// people read it, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    local: String,
    /// The domain as people read it.
    domain: String,
    /// The domain as DNS has it.
    domain_ascii: String,
}

fn refused(text: &str) -> Reason {
    Reason::new(Code::Malformed, text)
}

impl Address {
    /// Reads an address, exactly as it stands: blanks around it are the caller's to remove.
    ///
    /// # Errors
    /// If it is not the address of a mailbox.
    pub fn read(text: &str) -> Result<Self, Reason> {
        let (local, domain) = text
            .rsplit_once('@')
            .ok_or_else(|| refused("an address has the sign `@` between a name and a domain"))?;
        let local = read_local(local)?;
        let (domain, domain_ascii) = read_domain(domain)?;
        let octets = local.len() + 1 + domain.len().max(domain_ascii.len());
        if octets.max(text.len()) > ADDRESS_MOST_OCTETS {
            return Err(refused("the address is longer than 254 octets"));
        }
        Ok(Self {
            local,
            domain,
            domain_ascii,
        })
    }

    /// The address in ASCII, if the part before the sign is.
    #[must_use]
    pub fn ascii(&self) -> Option<String> {
        let ascii = self.local.is_ascii();
        ascii.then(|| format!("{}@{}", self.local, self.domain_ascii))
    }

    /// The domain as DNS has it.
    #[must_use]
    pub fn domain_ascii(&self) -> &str {
        &self.domain_ascii
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// The part before the sign. Quotes that are not needed are taken off, so that one mailbox has one spelling.
fn read_local(text: &str) -> Result<String, Reason> {
    let local: String = text.nfc().collect();
    let quoted = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let local = match quoted {
        Some(inside) => {
            let plain = unquote(inside)?;
            if is_dot_atom(&plain) {
                plain
            } else {
                quote(&plain)
            }
        }
        None if is_dot_atom(&local) => local,
        None => {
            let text = "the part before the sign `@` is empty, or holds characters that it must not, or a full stop at an end or after another";
            return Err(refused(text));
        }
    };
    if local.len() > LOCAL_MOST_OCTETS {
        return Err(refused(
            "the part before the sign `@` is longer than 64 octets",
        ));
    }
    Ok(local)
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| {
        let first = atom.chars().next();
        first.is_some_and(|first| !is_combining_mark(first)) && atom.chars().all(is_atom_character)
    })
}

fn is_atom_character(character: char) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        '\0'..='\u{7f}' => "!#$%&'*+-/=?^_`{|}~".contains(character),
        _ => is_visible(character),
    }
}

/// Letters, digits and signs of other scripts; no blanks, controls, invisible characters, or places without a character
/// of their own.
fn is_visible(character: char) -> bool {
    !character.is_whitespace()
        && !character.is_control()
        && !matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}'
            | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

/// What stands between quotes, without the signs that escape.
fn unquote(inside: &str) -> Result<String, Reason> {
    let mut out = String::new();
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        let character = match character {
            '\\' => characters.next().unwrap_or('"'),
            '"' => return Err(refused("a quote within quotes is not escaped")),
            other => other,
        };
        if character != ' '
            && !(character.is_ascii_graphic() || is_visible(character) && !character.is_ascii())
        {
            return Err(refused(
                "the quoted part before the sign `@` holds characters that it must not",
            ));
        }
        out.push(character);
    }
    if out.is_empty() {
        return Err(refused("there is nothing before the sign `@`"));
    }
    Ok(out)
}

fn quote(plain: &str) -> String {
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The domain as people read it, and as DNS has it.
fn read_domain(text: &str) -> Result<(String, String), Reason> {
    let bad = || refused("the domain after the sign `@` is not one of the internet");
    let uts46 = Uts46::new();
    let ascii = uts46.to_ascii(
        text.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::Check,
        DnsLength::Verify,
    );
    let ascii = ascii.map_err(|_| bad())?.into_owned();
    let last = ascii.rsplit('.').next().unwrap_or("");
    if !ascii.contains('.') || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused(
            "the domain after the sign `@` has no dot, or ends in a number",
        ));
    }
    let (domain, result) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    result.map_err(|_| bad())?;
    Ok((domain.into_owned(), ascii))
}
