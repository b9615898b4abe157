//! Lease files of Kea: CSV, version 4 and 6.

use std::io::Read;

use bonafide_history::{Address, Prefix};
use bonafide_model::{Micros, SECOND_US};
use csv::{ReaderBuilder, StringRecord};

use super::{Entry, Leases};

/// A lifetime that does not end.
const FOR_EVER: i64 = 4_294_967_295;
/// The state of a lease that is held.
const HELD: &str = "0";

/// Reads a lease file; gives its assignments, and what could not be read with its line.
pub(crate) fn kea(reader: impl Read) -> Result<(Leases, Vec<(u64, String)>), csv::Error> {
    let (mut leases, mut wrong) = (Leases::default(), Vec::new());
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(reader);
    let header = reader.headers()?.clone();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        match entry(&header, &record) {
            Ok(Some(entry)) => leases.add(entry),
            Ok(None) => {}
            Err(why) => wrong.push((line, why)),
        }
    }
    Ok((leases, wrong))
}

fn entry(header: &StringRecord, record: &StringRecord) -> Result<Option<Entry>, String> {
    let cell = |name: &str| {
        let place = header.iter().position(|h| h == name);
        place.and_then(|p| record.get(p)).unwrap_or_default()
    };
    let number = |name: &str| {
        let text = cell(name);
        let number: Result<i64, _> = text.parse();
        number.map_err(|_| format!("`{name}`: `{text}` is no number"))
    };
    let address: Address = cell("address").parse().map_err(|e| format!("{e}"))?;
    let length = match cell("prefix_len") {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|_| format!("`prefix_len`: `{text}` is no length"))?,
        ),
    };
    let prefix = length.map_or(Some(Prefix::one(address)), |l| Prefix::new(address, l));
    let (lifetime, expire) = (number("valid_lifetime")?, number("expire")?);
    let instant = |seconds: i64| {
        let micros = seconds.checked_mul(SECOND_US).and_then(Micros::new);
        micros.ok_or_else(|| format!("`expire`: `{expire}` is no time"))
    };
    let client = ["hwaddr", "duid", "client_id"].map(cell);
    let client = client.into_iter().find(|c| !c.is_empty());
    let Some(client) = client else {
        return Ok(None);
    };
    let state = cell("state");
    Ok(Some(Entry {
        prefix: prefix.ok_or("`prefix_len` does not go with the address")?,
        client: client.to_owned(),
        host: cell("hostname").to_owned(),
        from: instant(expire.saturating_sub(lifetime))?,
        to: if lifetime == FOR_EVER {
            None
        } else {
            Some(instant(expire)?)
        },
        // A lifetime of zero says that the lease was deleted.
        is_held: lifetime > 0 && (state.is_empty() || state == HELD),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUR: &str = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
192.0.2.10,00:16:3e:00:00:01,01:00:16:3e,3600,1772362800,1,0,0,host-a,0,,0
192.0.2.10,00:16:3e:00:00:01,01:00:16:3e,3600,1772364600,1,0,0,host-a,0,,0
192.0.2.10,00:16:3e:00:00:02,,3600,1772370000,1,0,0,,0,,0
192.0.2.11,00:16:3e:00:00:03,,oops,1772370000,1,0,0,,0,,0
";
    const SIX: &str = "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state
2001:db8:5::,00:01:02,7200,1772366400,1,3600,2,7,48,0,0,,,0
";

    #[test]
    fn lease_files_of_both_versions_are_read() {
        let (leases, wrong) = kea(FOUR.as_bytes()).unwrap();
        assert_eq!(wrong.len(), 1);
        let read = leases.finish();
        let shown = |a: &bonafide_app::NewAssignment| (a.from.get(), a.to.unwrap().get());
        assert_eq!(read.len(), 2);
        assert_eq!(
            shown(&read[0]),
            (1_772_359_200_000_000, 1_772_364_600_000_000)
        );
        assert_eq!(
            shown(&read[1]),
            (1_772_366_400_000_000, 1_772_370_000_000_000)
        );
        let (leases, _) = kea(SIX.as_bytes()).unwrap();
        assert_eq!(leases.finish()[0].prefix.to_string(), "2001:db8:5::/48");
    }
}
