//! Which addresses a message may be sent to, when somebody else chose the address.
//!
//! A service that sends to any address it is told can be made to knock at doors inside its own network (server-side
//! request forgery). So the address is judged twice: the text when it is entered, and every address that its name
//! resolves to **at each connection**, since a name may point elsewhere by then.
//!
//! Refuses: anything but `https`, unless it is this machine; names and passwords in the address; addresses that are not
//! public, unless the operator allowed their network.
//!
//! Source: RFC 6890 and the IANA registries of special-purpose addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use reqwest::Url;

/// Characters of an address: what servers and proxies take at least (RFC 9110, section 4.1, asks for 8000; nobody needs it).
pub const URL_MAX_CHARS: usize = 2048;

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not an address, or too long.
    #[error(
        "this is not an address such as `https://example.com/hooks` of at most {URL_MAX_CHARS} characters: {0}"
    )]
    Form(String),
    /// Neither `https` nor this machine.
    #[error(
        "the address must begin with `https://`; `http://` goes to this machine alone, `localhost` or `127.0.0.1`"
    )]
    Scheme,
    /// A name or a password, or a fragment, in the address.
    #[error(
        "the address must hold neither a user name nor a password nor a `#`: messages are signed instead"
    )]
    Extra,
    /// An address of a network that is not public.
    #[error(
        "`{0}` is not a public address: the operator can allow its network with the setting `webhooks.allow_targets`"
    )]
    NotPublic(String),
}

/// A network, such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// Text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a network: expected an address, such as `10.1.2.3`, or one with its length, such as `10.0.0.0/8`"
)]
pub struct NetworkError(String);

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.chars().take(64).collect());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_| wrong())?,
            None => most,
        };
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let shift = 32 - self.bits;
                a.to_bits().checked_shr(shift) == b.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let shift = 128 - self.bits;
                a.to_bits().checked_shr(shift) == b.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// The rule about addresses.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    allowed: Vec<Network>,
}

impl Targets {
    /// Public addresses and this machine, and the networks that the operator allowed.
    #[must_use]
    pub fn new(allowed: Vec<Network>) -> Self {
        Self { allowed }
    }

    /// Reads an address. A name is not resolved here: that happens at each connection.
    ///
    /// # Errors
    /// If nothing may be sent there.
    pub fn check(&self, text: &str) -> Result<Url, TargetError> {
        if text.chars().count() > URL_MAX_CHARS {
            return Err(TargetError::Form("it is longer".to_owned()));
        }
        let url = Url::parse(text).map_err(|e| TargetError::Form(e.to_string()))?;
        let host =
            Host::of(&url).ok_or_else(|| TargetError::Form("it names no host".to_owned()))?;
        if !(url.scheme() == "https" || url.scheme() == "http" && host.is_here()) {
            return Err(TargetError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(TargetError::Extra);
        }
        match host {
            Host::Address(address) if !self.permits(address) && !address.is_loopback() => {
                Err(TargetError::NotPublic(address.to_string()))
            }
            _ => Ok(url),
        }
    }

    /// Reads the address that an answer from another leads to: as [`check`](Self::check), and never from outside to this
    /// machine.
    ///
    /// # Errors
    /// If nothing may be fetched there.
    pub fn check_redirect(&self, from: &Url, to: &str) -> Result<Url, TargetError> {
        let to = self.check(to)?;
        let here = |url: &Url| Host::of(url).is_some_and(|host| host.is_here());
        if here(&to) && !here(from) {
            return Err(TargetError::NotPublic(
                to.host_str().unwrap_or_default().to_owned(),
            ));
        }
        Ok(to)
    }

    /// Whether a connection may be made to an address that a name stands for. This machine is reached by its own name
    /// alone, so that no other name can be made to mean it.
    #[must_use]
    pub fn permits_for(&self, name: &str, address: IpAddr) -> bool {
        self.permits(address) || is_localhost(name) && address.is_loopback()
    }

    fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allowed.iter().any(|network| network.holds(address))
    }
}

enum Host {
    Address(IpAddr),
    Name(String),
}

impl Host {
    fn of(url: &Url) -> Option<Self> {
        let text = url.host_str()?;
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        Some(match bare.parse::<IpAddr>() {
            Ok(address) => Self::Address(address.to_canonical()),
            Err(_) => Self::Name(text.to_owned()),
        })
    }

    fn is_here(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => is_localhost(name),
        }
    }
}

/// RFC 6761, section 6.3: such names always mean this machine.
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a == 100 && b & 0xC0 == 64
        || a == 192 && b == 0 && c == 0
        || a == 192 && b == 88 && c == 99
        || a == 198 && b & 0xFE == 18
        || a >= 224;
    !special
}

/// Only 2000::/3 is handed out; of it, blocks that carry IPv4 addresses or belong to protocols and documents are not.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let special =
        a == 0x2001 && (b < 0x200 || b == 0xDB8) || a == 0x2002 || a == 0x3FFF && b < 0x1000;
    a & 0xE000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_leads_from_outside_to_this_machine() {
        let targets = Targets::default();
        let outside = targets.check("https://lists.example.org/a").unwrap();
        let here = targets.check("http://127.0.0.1:8080/a").unwrap();
        for to in [
            "http://127.0.0.1/x",
            "https://localhost/x",
            "https://[::1]/x",
        ] {
            assert!(targets.check_redirect(&outside, to).is_err(), "{to}");
            assert!(targets.check_redirect(&here, to).is_ok(), "{to}");
        }
        for to in [
            "http://lists.example.org/a",
            "https://10.0.0.1/x",
            "file:///etc/passwd",
        ] {
            assert!(targets.check_redirect(&outside, to).is_err(), "{to}");
        }
        assert!(
            targets
                .check_redirect(&outside, "https://files.example.org/a")
                .is_ok()
        );
    }

    #[test]
    fn only_public_addresses_and_this_machine_are_taken() {
        let targets = Targets::default();
        for good in [
            "https://example.com/hooks?x=1",
            "https://203.0.114.9:8443/",
            "https://[2600::1]/",
            "http://localhost:8080/hook",
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "https://127.8.9.10/",
        ] {
            assert!(targets.check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "https://user@example.com/",
            "https://user:word@example.com/",
            "https://example.com/#x",
            "https://10.0.0.1/",
            "https://172.31.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://0xa.1/",
            "https://167772161/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://[2001::1]/",
            "https://[::]/",
            "http://127.0.0.1.example.com/",
        ] {
            assert!(targets.check(bad).is_err(), "{bad}");
        }
        let long = format!("https://example.com/{}", "x".repeat(URL_MAX_CHARS));
        assert!(matches!(targets.check(&long), Err(TargetError::Form(_))));
    }

    #[test]
    fn a_name_means_what_it_resolves_to_at_each_connection() {
        let targets = Targets::default();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(targets.permits_for("example.com", ip("93.184.215.14")));
        assert!(!targets.permits_for("example.com", ip("10.0.0.1")));
        assert!(!targets.permits_for("example.com", ip("127.0.0.1")));
        assert!(!targets.permits_for("example.com", ip("::ffff:169.254.169.254")));
        assert!(targets.permits_for("hooks.localhost", ip("::1")));
        assert!(!targets.permits_for("localhost", ip("10.0.0.1")));
    }

    #[test]
    fn the_operator_can_allow_networks() {
        let networks = ["10.0.0.0/8", "fd00::/8", "192.168.7.7", "0.0.0.0/0"];
        let parse = |n: &str| n.parse::<Network>().unwrap();
        let targets = Targets::new(networks.iter().take(3).map(|n| parse(n)).collect());
        assert!(targets.check("https://10.200.1.1/").is_ok());
        assert!(targets.check("https://[::ffff:10.1.1.1]/").is_ok());
        assert!(targets.check("https://[fd12::1]/").is_ok());
        assert!(targets.check("https://192.168.7.7/").is_ok());
        assert!(targets.check("https://192.168.7.8/").is_err());
        assert!(targets.check("http://10.200.1.1/").is_err());
        let all = Targets::new(vec![parse("0.0.0.0/0"), parse("::/0")]);
        assert!(all.permits_for("x", "10.0.0.1".parse().unwrap()));
        assert!(all.permits_for("x", "fe80::1".parse().unwrap()));
        assert_eq!(parse("10.0.0.0/8").to_string(), "10.0.0.0/8");
        for bad in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10/8",
            "x",
            "10.0.0.0/-1",
            "10.0.0.0/",
        ] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
