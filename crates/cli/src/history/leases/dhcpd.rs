//! `dhcpd.leases` of ISC DHCP.

use bonafide_history::Prefix;
use bonafide_model::{Date, Micros, SECOND_US};

use super::{Entry, Leases};

/// Reads the text of a lease file; gives its assignments, and what could not be read with its line.
pub(crate) fn dhcpd(text: &str) -> (Leases, Vec<(u64, String)>) {
    let (mut leases, mut wrong) = (Leases::default(), Vec::new());
    let mut open: Option<(u64, Prefix, Draft)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        // `#` begins a comment, but not within quotes.
        let line = match line.find('#') {
            Some(at)
                if line
                    .get(..at)
                    .is_some_and(|l| l.matches('"').count() % 2 == 0) =>
            {
                line.get(..at).unwrap_or(line)
            }
            _ => line,
        };
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("lease ") {
            let address = rest.trim_end_matches('{').trim();
            match address.parse() {
                Ok(prefix) => open = Some((number, prefix, Draft::default())),
                Err(error) => wrong.push((number, format!("{error}"))),
            }
        } else if line == "}" {
            if let Some((began, prefix, draft)) = open.take() {
                match draft.finish(prefix) {
                    Ok(Some(entry)) => leases.add(entry),
                    Ok(None) => {}
                    Err(why) => wrong.push((began, why)),
                }
            }
        } else if let Some((_, _, draft)) = &mut open
            && let Err(why) = draft.take(line.trim_end_matches(';'))
        {
            wrong.push((number, why));
        }
    }
    (leases, wrong)
}

/// A lease being read.
#[derive(Default)]
struct Draft {
    from: Option<Micros>,
    /// When it ends; `Some(None)` for never.
    to: Option<Option<Micros>>,
    state: String,
    hardware: Option<String>,
    uid: Option<String>,
    host: String,
}

impl Draft {
    fn take(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("starts"), Some(first)) => self.from = instant(first, words)?,
            (Some("ends"), Some(first)) => self.to = Some(instant(first, words)?),
            (Some("binding"), Some("state")) => {
                self.state = words.next().unwrap_or_default().to_owned();
            }
            (Some("hardware"), Some(_)) => self.hardware = words.next().map(str::to_owned),
            (Some("uid"), Some(uid)) => self.uid = Some(uid.trim_matches('"').to_owned()),
            (Some("client-hostname"), Some(host)) => self.host = host.trim_matches('"').to_owned(),
            _ => {}
        }
        Ok(())
    }

    fn finish(self, prefix: Prefix) -> Result<Option<Entry>, String> {
        let Some(client) = self.hardware.or(self.uid) else {
            // Nobody ever had it.
            return Ok(None);
        };
        let from = self.from.ok_or("the lease does not say when it starts")?;
        Ok(Some(Entry {
            prefix,
            client,
            host: self.host,
            from,
            to: self.to.ok_or("the lease does not say when it ends")?,
            is_held: matches!(self.state.as_str(), "active" | ""),
        }))
    }
}

/// `4 2026/03/01 10:00:00`, `epoch 1772359200` or `never`.
fn instant<'a>(
    first: &str,
    mut rest: impl Iterator<Item = &'a str>,
) -> Result<Option<Micros>, String> {
    let mut next = || rest.next().unwrap_or_default();
    let micros = match first {
        "never" => return Ok(None),
        "epoch" => next()
            .parse()
            .ok()
            .and_then(|s: i64| s.checked_mul(SECOND_US)),
        _ => {
            let (date, time) = (next().replace('/', "-"), next());
            let day: Option<Date> = date.parse().ok();
            let mut parts = time.split(':').map(|p| p.parse::<i64>().ok());
            let mut part = || parts.next().flatten();
            match (day, part(), part(), part()) {
                (Some(day), Some(h), Some(m), Some(s)) => {
                    let seconds = h * 3600 + m * 60 + s;
                    Some(day.start().as_millis() * 1000 + seconds * SECOND_US)
                }
                _ => None,
            }
        }
    };
    let at = micros.and_then(Micros::new);
    at.map(Some)
        .ok_or_else(|| format!("`{first}` begins no time of a lease"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 192.0.2.10 {
  starts 0 2026/03/01 10:00:00;
  ends 0 2026/03/01 12:00:00;
  cltt 0 2026/03/01 10:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 00:16:3e:00:00:01;
  client-hostname "a#b";
}
lease 192.0.2.10 {
  starts 0 2026/03/01 11:00:00;
  ends 0 2026/03/01 13:00:00;
  binding state active;
  hardware ethernet 00:16:3e:00:00:01;
}
lease 192.0.2.11 {
  starts epoch 1772359200; # Sun Mar  1 10:00:00 2026
  ends never;
  binding state active;
  uid "\001\000\026";
}
lease 192.0.2.12 {
  binding state free;
}
"#;

    #[test]
    fn a_lease_file_is_read() {
        let (leases, wrong) = dhcpd(FILE);
        assert_eq!(wrong, []);
        let read = leases.finish();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].account, "00:16:3e:00:00:01");
        assert_eq!(read[0].resource, "a#b");
        assert_eq!(read[0].from.to_string(), "2026-03-01T10:00:00.000000Z");
        assert_eq!(
            read[0].to.unwrap().to_string(),
            "2026-03-01T13:00:00.000000Z"
        );
        assert_eq!((read[1].from, read[1].to), (read[0].from, None));
        let (_, wrong) =
            dhcpd("lease 192.0.2.1 {\n starts 1 nonsense;\n hardware ethernet a;\n}\n");
        assert_eq!(wrong.len(), 2);
    }
}
