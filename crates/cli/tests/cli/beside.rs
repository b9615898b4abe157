//! Commands beside a running service on the embedded database: run by it, told as if they had run here.

use std::fs;

use crate::{Place, Server, ofac, sign_up};

#[test]
fn a_key_is_made_and_used_while_the_service_runs() {
    let place = Place::new();
    let server = Server::start(&place);
    let made = place.good(&[
        "key", "create", "--label", "shop", "--scope", "sign-ups", "--scope", "read", "--json",
    ]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let key = made["key"].as_str().unwrap();
    let (status, answer) = server.ask("POST", "/v1/sign-ups", key, &sign_up().to_string());
    assert_eq!(status, 201, "{answer}");
    let account = answer["account"].as_str().unwrap();
    let listed = place.good(&["account", "list"]);
    assert!(listed.contains(account), "{listed}");
    let ran = place.run(&["account", "assessment", "acc_00000000000000000000000001"]);
    assert_eq!(ran.code, 1);
    assert!(ran.error().contains("no account"), "{}", ran.err);
    let ran = place.run(&["account", "assessment", "not-an-id"]);
    assert_eq!(
        ran.code, 2,
        "a mistake in the command line is told without the service"
    );
    assert_eq!(place.run(&["ledger", "verify"]).code, 0);
    server.stop();
    assert!(!place.data().join("control/socket").exists());
    assert!(place.good(&["account", "list"]).contains(account));
}

#[test]
fn paths_begin_where_the_command_was_given() {
    let place = Place::new();
    let _server = Server::start(&place);
    for part in ["sdn.csv", "alt.csv", "add.csv"] {
        fs::copy(ofac(part), place.0.path().join(part)).unwrap();
    }
    let mut command = place.command(&[
        "lists", "import", "ofac-sdn", "--sdn", "sdn.csv", "--alt", "alt.csv", "--add", "add.csv",
    ]);
    let ran = command.current_dir(place.0.path()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let ran = place.run(&["doctor"]);
    assert!(
        ran.out.contains("ofac-sdn") && !ran.out.contains("another process"),
        "{}",
        ran.out
    );
    let ran = place.run(&["policy", "set", "catalogue", "no-such-file.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.error().contains("could not read"), "{}", ran.err);
}

#[test]
fn a_service_that_was_killed_leaves_nothing_in_the_way() {
    let place = Place::new();
    let server = Server::start(&place);
    assert!(place.data().join("control/socket").exists());
    drop(server);
    assert!(place.good(&["key", "list"]).contains("no keys"));
    let server = Server::start(&place);
    assert!(place.good(&["key", "list"]).contains("no keys"));
    server.stop();
}

#[cfg(unix)]
#[test]
fn the_socket_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let _server = Server::start(&place);
    let folder = fs::metadata(place.data().join("control")).unwrap();
    assert_eq!(folder.permissions().mode() & 0o077, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;
    let place = Place::new();
    let path = place.0.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let heard = || {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", &path);
    let server = Server::begin(command);
    assert_eq!(heard(), "READY=1");
    server.stop();
    assert_eq!(heard(), "STOPPING=1");
}
