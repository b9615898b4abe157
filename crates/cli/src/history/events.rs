//! Accesses out of logs of other systems: OCSF authentication events and CloudTrail records.
//!
//! What an account did to others is not kept: destinations are dropped where they stand (RFC 6888 section 4 keeps them out
//! of such logs too). What has no address of a customer, such as a service calling another, is left out and counted.
//!
//! Source: OCSF 1.x, class Authentication (3002); AWS CloudTrail record contents.

use bonafide_app::NewAccess;
use bonafide_history::{Address, Source};
use bonafide_ledger::sha256;
use bonafide_model::{Micros, SECOND_US};
use serde_json::Value;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// An access.
    Access(NewAccess),
    /// Nothing that is kept.
    Skipped,
}

/// The class of OCSF that is read.
const AUTHENTICATION: u64 = 3002;

/// OCSF notes milliseconds, and ports.
pub(super) fn ocsf_source() -> Source {
    Source {
        name: "ocsf".to_owned(),
        precision_us: 1000,
        has_port: true,
    }
}

/// CloudTrail notes seconds, and no ports.
pub(super) fn cloudtrail_source() -> Source {
    Source {
        name: "cloudtrail".to_owned(),
        precision_us: SECOND_US,
        has_port: false,
    }
}

/// The first of several places that holds text or a number.
fn text(value: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| match value.pointer(path)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number that tells events of one instant apart; never 0.
fn mark(id: Option<String>) -> u16 {
    id.map_or(0, |id| {
        let digest = sha256(id.as_bytes());
        let first = digest.as_bytes().first_chunk::<2>();
        first.map_or(1, |b| u16::from_be_bytes(*b)).max(1)
    })
}

/// Reads an event of OCSF.
pub(super) fn ocsf(value: &Value) -> Result<Event, String> {
    if value.get("class_uid").and_then(Value::as_u64) != Some(AUTHENTICATION) {
        return Ok(Event::Skipped);
    }
    let Some(address) = text(value, &["/src_endpoint/ip"]) else {
        return Ok(Event::Skipped);
    };
    let account = text(
        value,
        &[
            "/user/account/uid",
            "/user/uid",
            "/user/name",
            "/actor/user/uid",
            "/actor/user/name",
        ],
    );
    let at = match value.get("time").and_then(Value::as_i64) {
        Some(millis) => Micros::new(millis.saturating_mul(1000)).ok_or("`time` is no instant")?,
        None => instant(&text(value, &["/time_dt"]).ok_or("it has no `time`")?)?,
    };
    let port = value.pointer("/src_endpoint/port").and_then(Value::as_u64);
    let port = port.map(u16::try_from).transpose();
    Ok(Event::Access(NewAccess {
        account: account.ok_or("it names no user")?,
        address: read(&address)?,
        port: port
            .map_err(|_| "`src_endpoint.port` is no port")?
            .filter(|p| *p != 0),
        at,
        action: text(value, &["/activity_name", "/activity_id"]).unwrap_or_default(),
        mark: mark(text(value, &["/metadata/uid"])),
    }))
}

/// Reads a record of CloudTrail.
pub(super) fn cloudtrail(value: &Value) -> Result<Event, String> {
    let address = text(value, &["/sourceIPAddress"]).ok_or("it has no `sourceIPAddress`")?;
    // A service is named by its host, or as internal: nobody's customer came from there.
    let Ok(address) = address.parse::<Address>() else {
        return Ok(Event::Skipped);
    };
    let account = text(value, &["/userIdentity/accountId", "/recipientAccountId"]);
    Ok(Event::Access(NewAccess {
        account: account.ok_or("it names no account")?,
        address,
        port: None,
        at: instant(&text(value, &["/eventTime"]).ok_or("it has no `eventTime`")?)?,
        action: text(value, &["/eventName"]).unwrap_or_default(),
        mark: mark(text(value, &["/eventID"])),
    }))
}

fn read(address: &str) -> Result<Address, String> {
    address.parse().map_err(|e| format!("{e}"))
}

fn instant(text: &str) -> Result<Micros, String> {
    text.parse().map_err(|e| format!("{e}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn access(event: Result<Event, String>) -> NewAccess {
        match event.unwrap() {
            Event::Access(access) => access,
            Event::Skipped => panic!("it was skipped"),
        }
    }

    #[test]
    fn an_authentication_event_is_an_access() {
        let event = json!({
            "class_uid": 3002, "activity_id": 1, "activity_name": "Logon", "time": 1_772_359_200_123_i64,
            "user": { "name": "anna", "uid": "u-7" },
            "src_endpoint": { "ip": "192.0.2.7", "port": 50_123 },
            "dst_endpoint": { "ip": "198.51.100.1", "port": 443 },
            "metadata": { "uid": "e-1" },
        });
        let read = access(ocsf(&event));
        assert_eq!((read.account.as_str(), read.port), ("u-7", Some(50_123)));
        assert_eq!(read.at.to_string(), "2026-03-01T10:00:00.123000Z");
        assert!(read.mark != 0 && read.action == "Logon");
        let other = json!({ "class_uid": 4001, "src_endpoint": { "ip": "192.0.2.7" } });
        assert_eq!(ocsf(&other), Ok(Event::Skipped));
        assert!(
            ocsf(&json!({ "class_uid": 3002, "src_endpoint": { "ip": "192.0.2.7" } })).is_err()
        );
    }

    #[test]
    fn records_of_one_second_stay_apart_and_services_are_left_out() {
        let record = |id: &str, from: &str| {
            json!({
                "eventTime": "2026-03-01T10:00:00Z", "eventName": "ConsoleLogin", "eventID": id,
                "sourceIPAddress": from, "userIdentity": { "accountId": "123456789012" },
            })
        };
        let (a, b) = (
            access(cloudtrail(&record("a", "2001:db8::7"))),
            access(cloudtrail(&record("b", "2001:db8::7"))),
        );
        assert_ne!(a.mark, b.mark);
        assert_eq!((a.account.as_str(), a.port), ("123456789012", None));
        for service in ["AWS Internal", "cloudformation.amazonaws.com"] {
            assert_eq!(cloudtrail(&record("a", service)), Ok(Event::Skipped));
        }
    }
}
