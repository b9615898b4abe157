//! Telling a service manager that the service is ready, as `sd_notify(3)` describes it: a datagram to the socket that the
//! environment names. Without one nobody is told.

use std::env;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Says that requests are taken.
pub(crate) fn ready() -> std::io::Result<()> {
    say("READY=1")
}

/// Says that the service is about to stop.
pub(crate) fn stopping() -> std::io::Result<()> {
    say("STOPPING=1")
}

fn say(text: &str) -> std::io::Result<()> {
    let Some(to) = env::var_os("NOTIFY_SOCKET").filter(|v| !v.is_empty()) else {
        return Ok(());
    };
    let address = match to.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(name) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&to)?,
    };
    UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &address)?;
    Ok(())
}
