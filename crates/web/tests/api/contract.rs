//! The contract, as a stranger's tool reads it: schemathesis drives the service over a socket from its own document.

use std::path::Path;
use std::process::Command;

use bonafide_app::Role;
use bonafide_web::serve;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::harness::TestApi;

/// Requests for each operation in the random phases: the whole run stays under a minute and a half on two cores.
const EXAMPLES: &str = "60";
/// The seed of the run, so that it can be repeated.
const SEED: &str = "20261124";

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_tool_finds_no_breach() {
    let Some(python) = std::env::var_os("BONAFIDE_TEST_PYTHON") else {
        panic!(
            "BONAFIDE_TEST_PYTHON is not set: run `cargo xtask test`, which installs what this test needs"
        );
    };
    let mut api = TestApi::start().await;
    let all = Role::ALL.into_iter().filter(|r| *r != Role::Auditor);
    api.key = api.staff_key("anna", &all.collect::<Vec<_>>()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = tokio::spawn(serve(api.app.clone(), listener, async move {
        drop(stopped.await)
    }));

    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/schemathesis.toml");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(python);
    command
        .args(["-m", "schemathesis.cli", "--no-color", "--config-file"])
        .arg(config);
    command.args([
        "run",
        &format!("http://{address}/openapi.json"),
        "--seed",
        SEED,
        "--max-examples",
        EXAMPLES,
    ]);
    command.args([
        "--continue-on-failure",
        "--workers",
        "1",
        "--warnings",
        "off",
    ]);
    command
        .args(["--header", &format!("Authorization: Bearer {}", api.key)])
        .current_dir(folder.path());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Stateful") && !said.contains("No test cases were generated"),
        "{said}"
    );

    stop.send(()).unwrap();
    service.await.unwrap().unwrap();
}
