//! An application in a folder of its own, and a client without a network.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bonafide_app::{Actor, App, Config, Location, NewStaff, PackText, Role, Scope};
use bonafide_model::{Clock, FixedClock, SeededEntropy, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A running API.
pub(crate) struct TestApi {
    pub(crate) app: App,
    pub(crate) clock: Arc<FixedClock>,
    /// A key of a service of the tenant `default`.
    pub(crate) key: String,
    administrator: String,
    router: Router,
    _folder: TempDir,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }

    /// The fields that a problem names.
    pub(crate) fn fields(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|e| e["field"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Demands a problem of this status and type.
    pub(crate) fn is_problem(&self, status: u16, kind: &str) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}",
            self.text
        );
        assert_eq!(
            self.json()["type"],
            format!("urn:bonafide:problem:{kind}"),
            "{}",
            self.text
        );
        assert_eq!(self.json()["status"], status);
        self
    }
}

impl TestApi {
    /// Starts with the pack `base-minimal`.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(
            "2026-11-24T09:30:00Z".parse::<Timestamp>().unwrap(),
        ));
        let app = open(&folder, clock.clone()).await;
        let operator = Actor::operator("default", "test");
        app.ensure_tenant("default", &operator).await.unwrap();
        activate(&app, "default", "base-minimal").await;
        let all = BTreeSet::new();
        let key = app.create_key(&operator, "test", Role::Service, &all);
        let key = key.await.unwrap();
        let administrator = app.create_key(&operator, "test", Role::Administrator, &all);
        let administrator = administrator.await.unwrap();
        let router = bonafide_web::router(app.clone());
        Self {
            app,
            clock,
            key,
            administrator,
            router,
            _folder: folder,
        }
    }

    /// A key of a tenant with some scopes; the tenant is made if it is not there.
    pub(crate) async fn key_of(&self, tenant: &str, scopes: &[Scope]) -> String {
        let operator = Actor::operator(tenant, "test");
        self.app.ensure_tenant(tenant, &operator).await.unwrap();
        self.app
            .create_key(
                &operator,
                "test",
                Role::Service,
                &scopes.iter().copied().collect(),
            )
            .await
            .unwrap()
    }

    /// A key of the tenant `default` that is bound to a role.
    pub(crate) async fn key_for(&self, role: Role) -> String {
        let (operator, all) = (Actor::operator("default", "test"), BTreeSet::new());
        let key = self.app.create_key(&operator, "test", role, &all);
        key.await.unwrap()
    }

    /// A key of a new member of staff of the tenant `default` with these roles.
    pub(crate) async fn staff_key(&self, handle: &str, roles: &[Role]) -> String {
        let (operator, all) = (Actor::operator("default", "test"), BTreeSet::new());
        let new = NewStaff {
            handle: handle.to_owned(),
            roles: roles.iter().copied().collect(),
            ..NewStaff::default()
        };
        self.app.add_staff(&operator, &new).await.unwrap();
        let key = self.app.staff_key(&operator, handle, "test", &all);
        key.await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(bytes.into()).unwrap(),
        }
    }

    /// A request by the key of a service; for what a service may not do, by that of an administrator.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let key = match path.starts_with("/v1/webhooks") {
            true => &self.administrator,
            false => &self.key,
        };
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    /// Asks with another key.
    pub(crate) async fn get_with(&self, key: &str, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {key}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts with another key than that of the sign-ups.
    pub(crate) async fn post_with(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json");
        self.send(request.body(body.to_string().into()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_bytes(path, body.to_string().into_bytes()).await
    }

    pub(crate) async fn post_bytes(&self, path: &str, body: Vec<u8>) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn post_once(&self, path: &str, body: &Value, key: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/json");
        self.send(
            request
                .header("idempotency-key", key)
                .body(body.to_string().into())
                .unwrap(),
        )
        .await
    }

    /// A sign-up that was taken.
    pub(crate) async fn signed_up(&self) -> Value {
        let answer = self.post("/v1/sign-ups", &sign_up()).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    }

    /// A webhook at an address of this machine where nobody listens.
    pub(crate) async fn webhook(&self) -> String {
        let new = json!({"url": "http://127.0.0.1:9/"});
        let answer = self.post("/v1/webhooks", &new).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Gives waiting records their places, and the size of the tree after that.
    pub(crate) async fn ledger_size(&self) -> u64 {
        let tenant = self.app.tenant("default").unwrap();
        self.app.sequence(&tenant).await.unwrap();
        let note = self.get("/v1/ledger/checkpoint").await.text;
        note.lines().nth(1).unwrap().parse().unwrap()
    }
}

/// Opens an application in a folder.
pub(crate) async fn open(folder: &TempDir, clock: Arc<dyn Clock>) -> App {
    let config = Config {
        location: Location::Sqlite(folder.path().join("bonafide.db")),
        keyring: folder.path().join("keys"),
        clock,
        entropy: Arc::new(SeededEntropy::new(7)),
    };
    App::open(config).await.unwrap()
}

/// Makes a shipped pack active.
pub(crate) async fn activate(app: &App, tenant: &str, pack: &str) {
    let text = bonafide_policy::builtin::text(pack).unwrap().to_owned();
    let pack = PackText {
        name: format!("{pack}.toml"),
        text,
        elected_by: None,
        active_since: None,
    };
    app.activate_pack(&Actor::operator(tenant, "test"), &pack)
        .await
        .unwrap();
}

/// A sign-up of one person.
pub(crate) fn sign_up() -> Value {
    json!({
        "external_id": "order-1001",
        "account": { "product": "vps-small" },
        "parties": [{
            "ref": "ana", "kind": "person",
            "claims": [
                { "attribute": "legal_name", "value": "Ana Ferreira" },
                { "attribute": "present_location", "value": "PT" },
                { "attribute": "email", "value": "ana@example.org" },
            ],
        }],
        "roles": [{ "party": "ana", "kind": "holder" }],
    })
}

/// The ids in an answer to [`sign_up`].
pub(crate) fn ids(answer: &Value) -> (String, String) {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    (text(&answer["account"]), text(&answer["parties"][0]["id"]))
}

/// Puts numbers in the place of ids and digests, so that a snapshot shows the shape.
pub(crate) fn redacted(mut value: Value) -> String {
    let mut seen = Vec::new();
    value.sort_all_objects();
    redact(&mut value, &mut seen);
    serde_json::to_string_pretty(&value).unwrap()
}

fn redact(value: &mut Value, seen: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let id = text.len() == 30 && text.as_bytes()[3] == b'_';
            let digest = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
            if id {
                let number = seen.iter().position(|s| s == text).unwrap_or_else(|| {
                    seen.push(text.clone());
                    seen.len() - 1
                });
                *text = format!("{}_#{number}", &text[..3]);
            } else if digest {
                "<sha256>".clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| redact(v, seen)),
        Value::Object(entries) => {
            let taken = std::mem::take(entries);
            for (name, mut inner) in taken {
                let mut name = Value::String(name);
                redact(&mut name, seen);
                redact(&mut inner, seen);
                entries.insert(name.as_str().unwrap().to_owned(), inner);
            }
        }
        _ => {}
    }
}

/// Whether a status is of a kind.
pub(crate) fn is_refusal(status: u16) -> bool {
    StatusCode::from_u16(status).unwrap().is_client_error()
}
