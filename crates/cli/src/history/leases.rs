//! Assignments out of the lease files of DHCP servers, which are logs: each renewal is another entry.
//!
//! Entries of one client at one address that touch each other are one assignment; another client ends it; a release ends
//! it when it says.
//!
//! Source: dhcpd.leases(5) of ISC DHCP 4.4; Kea's memfile lease files (kea-leases4.csv, kea-leases6.csv).

mod dhcpd;
mod kea;

use std::collections::BTreeMap;

use bonafide_app::NewAssignment;
use bonafide_history::{Prefix, Source};
use bonafide_model::{Micros, SECOND_US};

pub(super) use dhcpd::dhcpd;
pub(super) use kea::kea;

/// Lease files note seconds.
pub(super) fn source(name: &str) -> Source {
    Source {
        name: name.to_owned(),
        precision_us: SECOND_US,
        has_port: false,
    }
}

/// An entry of a lease file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The address or prefix.
    pub(super) prefix: Prefix,
    /// Who has it.
    pub(super) client: String,
    /// The name it calls itself.
    pub(super) host: String,
    /// From when on.
    pub(super) from: Micros,
    /// Until when; `None` for ever.
    pub(super) to: Option<Micros>,
    /// Whether it is held; else it was given back, or ran out.
    pub(super) is_held: bool,
}

/// The assignments that a log of entries comes to.
#[derive(Debug, Default)]
pub(super) struct Leases {
    current: BTreeMap<Prefix, NewAssignment>,
    done: Vec<NewAssignment>,
}

impl Leases {
    /// Takes the next entry.
    pub(super) fn add(&mut self, entry: Entry) {
        let Some(current) = self.current.get_mut(&entry.prefix) else {
            self.begin(entry);
            return;
        };
        let touches = current.to.is_none_or(|to| entry.from <= to);
        let is_same = current.account == entry.client;
        if !entry.is_held {
            if is_same {
                let end = entry.to.unwrap_or(entry.from).max(current.from);
                current.to = Some(current.to.map_or(end, |to| to.min(end)));
            }
            return;
        }
        if is_same && touches && entry.from >= current.from {
            current.to = entry.to;
            return;
        }
        if touches {
            current.to = Some(entry.from.max(current.from));
        }
        self.begin(entry);
    }

    fn begin(&mut self, entry: Entry) {
        if !entry.is_held {
            return;
        }
        let new = NewAssignment {
            account: entry.client,
            prefix: entry.prefix,
            ports: None,
            transport: 0,
            resource: entry.host,
            from: entry.from,
            to: entry.to,
        };
        self.done.extend(self.current.insert(entry.prefix, new));
    }

    /// Every assignment that lasted.
    pub(super) fn finish(mut self) -> Vec<NewAssignment> {
        self.done.extend(self.current.into_values());
        self.done.retain(|a| a.to.is_none_or(|to| a.from < to));
        self.done.sort_by_key(|a| (a.prefix, a.from));
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(client: &str, from: i64, to: i64, is_held: bool) -> Entry {
        Entry {
            prefix: "192.0.2.7".parse().unwrap(),
            client: client.to_owned(),
            host: String::new(),
            from: Micros::new(from).unwrap(),
            to: Micros::new(to),
            is_held,
        }
    }

    fn shown(leases: Leases) -> Vec<(String, i64, i64)> {
        let each = leases.finish().into_iter();
        each.map(|a| (a.account, a.from.get(), a.to.unwrap().get()))
            .collect()
    }

    #[test]
    fn renewals_are_one_assignment_and_another_client_ends_it() {
        let mut leases = Leases::default();
        for e in [
            entry("a", 0, 100, true),
            entry("a", 50, 150, true),
            entry("a", 150, 250, true),
            entry("b", 200, 300, true),
            entry("b", 200, 260, false),
            entry("c", 400, 500, true),
            entry("c", 600, 700, true),
        ] {
            leases.add(e);
        }
        let expected = [
            ("a", 0, 200),
            ("b", 200, 260),
            ("c", 400, 500),
            ("c", 600, 700),
        ];
        assert_eq!(
            shown(leases),
            expected.map(|(a, f, t)| (a.to_owned(), f, t))
        );
    }
}
