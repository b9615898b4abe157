//! Key-encryption keys of others: a token of SoftHSM and the transit engine of OpenBao, both real and both on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bonafide_connect::pkcs11::Pkcs11Kek;
use bonafide_connect::transit::TransitKek;
use bonafide_model::SeededEntropy;
use bonafide_seal::{Kek, KekError, Secret};

fn key() -> Secret<[u8; 32]> {
    Secret::random(&SeededEntropy::new(7))
}

/// What is wrapped is hidden, comes back, and does not come back when it was altered.
fn wraps(kek: &dyn Kek) {
    let wrapped = kek.wrap(&key(), &SeededEntropy::new(8)).unwrap();
    assert!(!wrapped.windows(8).any(|w| key().expose().starts_with(w)));
    assert_eq!(kek.unwrap(&wrapped).unwrap().expose(), key().expose());
    let mut altered = wrapped.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert_eq!(kek.unwrap(&altered).err(), Some(KekError::Wrong));
    assert_eq!(kek.unwrap(b"short").err(), Some(KekError::Wrong));
}

// ── PKCS#11 ──

const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

fn module() -> &'static str {
    let found = MODULES.into_iter().find(|path| Path::new(path).exists());
    found.expect("SoftHSM is not installed: run `cargo xtask test`, which installs it")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A token with an AES key, and the source that names it.
fn token(folder: &Path) -> String {
    fs::create_dir(folder.join("tokens")).unwrap();
    let config = folder.join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\n",
        folder.join("tokens").display()
    );
    fs::write(&config, text).unwrap();
    fs::write(folder.join("aes"), [0x42; 32]).unwrap();
    fs::write(folder.join("pin"), "1234\n").unwrap();
    let tool = || {
        let mut tool = Command::new("softhsm2-util");
        tool.env("SOFTHSM2_CONF", &config);
        tool
    };
    run(tool().args([
        "--init-token",
        "--free",
        "--label",
        "bonafide",
        "--so-pin",
        "4321",
        "--pin",
        "1234",
    ]));
    run(tool()
        .args([
            "--import",
            &folder.join("aes").display().to_string(),
            "--aes",
        ])
        .args([
            "--token", "bonafide", "--label", "keyring", "--id", "01", "--pin", "1234",
        ]));
    format!(
        "token=bonafide;object=keyring?module-path={}&pin-source=file:{}",
        module(),
        folder.join("pin").display()
    )
}

/// The module reads its configuration from the environment when it is loaded, so this runs in a process of its own.
#[test]
fn a_key_in_a_hardware_module_wraps_and_unwraps() {
    let folder = tempfile::tempdir().unwrap();
    let source = token(folder.path());
    let tests = std::env::current_exe().unwrap();
    let output = Command::new(tests)
        .args(["--exact", "inside::the_module_wraps", "--nocapture"])
        .env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf"))
        .env("BONAFIDE_TEST_PKCS11", source)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

mod inside {
    use super::*;

    #[test]
    fn the_module_wraps() {
        // Run by itself it has no token to work with: the test above gives it one.
        let Ok(source) = std::env::var("BONAFIDE_TEST_PKCS11") else {
            return;
        };
        wraps(&Pkcs11Kek::new(&source).unwrap());
        let why = |source: &str| {
            let kek = Pkcs11Kek::new(source).unwrap();
            kek.wrap(&key(), &SeededEntropy::new(1))
                .unwrap_err()
                .to_string()
        };
        assert!(
            why(&source.replace("object=keyring", "object=other")).contains("no AES key `other`")
        );
        assert!(why(&source.replace("token=bonafide", "token=other")).contains("no token `other`"));
        let missing = source.replace("libsofthsm2.so", "libnone.so");
        assert!(why(&missing).contains("cannot be loaded"));
    }
}

#[test]
fn a_source_that_lacks_something_says_what() {
    let why = |source: &str| Pkcs11Kek::new(source).err().unwrap().to_string();
    assert!(why("token=a;object=b?module-path=/x").contains("`pin-source` is missing"));
    assert!(why("token=a?module-path=/x&pin-source=/no/such/pin").contains("cannot be read"));
    assert!(
        why("token=%zz;object=b?module-path=/x&pin-source=/dev/null")
            .contains("not a value of a URI")
    );
}

// ── transit ──

/// A vault in memory, gone when dropped.
struct Vault {
    child: Child,
    port: u16,
}

impl Drop for Vault {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bao() -> PathBuf {
    let python = std::env::var("BONAFIDE_TEST_PYTHON")
        .expect("BONAFIDE_TEST_PYTHON is not set: run `cargo xtask test`, which installs OpenBao");
    Path::new(&python).parent().unwrap().join("bao")
}

impl Vault {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(bao())
            .args([
                "server",
                "-dev",
                "-dev-root-token-id=root",
                "-dev-no-store-token",
            ])
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let vault = Self { child, port };
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "OpenBao does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        for arguments in [
            &["secrets", "enable", "transit"][..],
            &["write", "-f", "transit/keys/bonafide"],
        ] {
            let tried = Instant::now() + Duration::from_secs(20);
            while !vault.cli(arguments) {
                assert!(Instant::now() < tried, "{arguments:?}");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        vault
    }

    fn cli(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new(bao());
        command
            .args(arguments)
            .env("BAO_ADDR", format!("http://127.0.0.1:{}", self.port))
            .env("BAO_TOKEN", "root");
        command.output().unwrap().status.success()
    }
}

#[test]
fn a_key_in_a_vault_wraps_and_unwraps() {
    let vault = Vault::start();
    let tests = std::env::current_exe().unwrap();
    let output = Command::new(tests)
        .args(["--exact", "within::the_vault_wraps", "--nocapture"])
        .env("BAO_TOKEN", "root")
        .env(
            "BONAFIDE_TEST_TRANSIT",
            format!("http://127.0.0.1:{}", vault.port),
        )
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said} {err}"
    );
}

mod within {
    use super::*;

    #[test]
    fn the_vault_wraps() {
        // Run by itself it has no vault: the test above starts one, and gives the token by the environment.
        let Ok(address) = std::env::var("BONAFIDE_TEST_TRANSIT") else {
            return;
        };
        wraps(&TransitKek::new(&format!("{address}/transit/bonafide")).unwrap());
        let other = TransitKek::new(&format!("{address}/nothing/bonafide")).unwrap();
        let why = other
            .wrap(&key(), &SeededEntropy::new(1))
            .unwrap_err()
            .to_string();
        assert!(why.contains("no such mount or key"), "{why}");
        let nobody = TransitKek::new("http://127.0.0.1:1/transit/bonafide").unwrap();
        let why = nobody
            .wrap(&key(), &SeededEntropy::new(1))
            .unwrap_err()
            .to_string();
        assert!(why.contains("does not answer"), "{why}");
        let plain = TransitKek::new("http://vault.example/transit/bonafide")
            .err()
            .unwrap();
        assert!(plain.to_string().contains("over `https` only"));
        assert!(
            TransitKek::new("not a url")
                .err()
                .unwrap()
                .to_string()
                .contains("write `transit:")
        );
    }
}
