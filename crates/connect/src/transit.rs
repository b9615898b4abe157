//! The transit engine of OpenBao or HashiCorp Vault as a key-encryption key: the key never leaves the vault.
//!
//! A source is `transit:URL/MOUNT/KEY`, such as `transit:https://vault.example:8200/transit/bonafide`. The token is read from the
//! environment (`BAO_TOKEN`, `VAULT_TOKEN`) or from a file that the environment names (`BAO_TOKEN_FILE`, `VAULT_TOKEN_FILE`), a
//! namespace from `BAO_NAMESPACE` or `VAULT_NAMESPACE`. A version of the key that the vault rotates away from stays usable as
//! long as the vault keeps it.
//!
//! Refuses: plain HTTP to another machine, redirects, proxies of the environment.
//!
//! Source: the HTTP API of the transit secrets engine, `encrypt` and `decrypt`.

use std::env;
use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::Entropy;
use bonafide_seal::{Kek, KekError, Secret};
use reqwest::{Client, Url};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// Until the vault has answered: a service that starts waits for it.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Bytes of an answer: a wrapped key has some hundred.
const REPLY_MAX_BYTES: usize = 64 * 1024;
/// Bytes of the keys that are wrapped.
const KEY_BYTES: usize = 32;

/// A key in a vault.
pub struct TransitKek {
    base: Url,
    mount: String,
    key: String,
    token: Zeroizing<String>,
    namespace: Option<String>,
}

impl TransitKek {
    /// The key that a source names, without its `transit:`. Nothing is asked yet.
    ///
    /// # Errors
    /// If it is not of that form, or there is no token.
    pub fn new(source: &str) -> Result<Self, KekError> {
        let form = || {
            KekError::Unavailable(
                "write `transit:URL/MOUNT/KEY`, such as `transit:https://vault.example:8200/transit/bonafide`".to_owned(),
            )
        };
        let mut base = Url::parse(source).map_err(|_| form())?;
        let path = base.path().trim_matches('/').to_owned();
        let (mount, key) = path.rsplit_once('/').ok_or_else(form)?;
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        };
        if !plain(mount) || !plain(key) || base.query().is_some() || base.fragment().is_some() {
            return Err(form());
        }
        let local = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if base.scheme() != "https" && !(base.scheme() == "http" && local) {
            return Err(KekError::Unavailable(
                "a vault on another machine is asked over `https` only".to_owned(),
            ));
        }
        let (mount, key) = (mount.to_owned(), key.to_owned());
        base.set_path("/");
        Ok(Self {
            base,
            mount,
            key,
            token: token()?,
            namespace: variable(&["BAO_NAMESPACE", "VAULT_NAMESPACE"]),
        })
    }

    /// Asks on a thread of its own, since whoever needs a key may be within a runtime or not.
    fn ask(&self, verb: &str, body: &Value, field: &str) -> Result<Zeroizing<String>, KekError> {
        let asked = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build();
                    let runtime = runtime.map_err(|e| KekError::Unavailable(e.to_string()))?;
                    runtime.block_on(self.post(verb, body, field))
                })
                .join()
        });
        asked.unwrap_or_else(|_| Err(KekError::Unavailable("the vault was not asked".to_owned())))
    }

    async fn post(
        &self,
        verb: &str,
        body: &Value,
        field: &str,
    ) -> Result<Zeroizing<String>, KekError> {
        let unavailable = |why: &str| {
            let host = self.base.host_str().unwrap_or_default();
            KekError::Unavailable(format!("the vault at `{host}` {why}"))
        };
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_MAX)
            .build()
            .map_err(|_| unavailable("cannot be asked from this machine"))?;
        let path = format!("v1/{}/{verb}/{}", self.mount, self.key);
        let url = self
            .base
            .join(&path)
            .map_err(|_| unavailable("has no such path"))?;
        let mut request = client
            .post(url)
            .header("X-Vault-Token", self.token.as_str())
            .json(body);
        if let Some(namespace) = &self.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        let mut response = request
            .send()
            .await
            .map_err(|_| unavailable("does not answer, or its certificate is not trusted"))?;
        let status = response.status().as_u16();
        let mut bytes = Zeroizing::new(Vec::new());
        while let Ok(Some(chunk)) = response.chunk().await {
            if bytes.len() + chunk.len() > REPLY_MAX_BYTES {
                return Err(unavailable("answers with too much"));
            }
            bytes.extend_from_slice(&chunk);
        }
        match status {
            200 => {}
            400 => return Err(KekError::Wrong),
            403 => return Err(unavailable("does not let this token use the key")),
            404 => return Err(unavailable("has no such mount or key")),
            503 => return Err(unavailable("is sealed")),
            other => return Err(unavailable(&format!("answers with status {other}"))),
        }
        let answer: Value =
            serde_json::from_slice(&bytes).map_err(|_| unavailable("does not answer in JSON"))?;
        let text = answer
            .pointer(&format!("/data/{field}"))
            .and_then(Value::as_str);
        let text = text.ok_or_else(|| unavailable("answers without a value"))?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

impl Kek for TransitKek {
    fn wrap(&self, key: &Secret<[u8; KEY_BYTES]>, _: &dyn Entropy) -> Result<Vec<u8>, KekError> {
        let plain = Zeroizing::new(STANDARD.encode(key.expose()));
        let wrapped = self.ask(
            "encrypt",
            &json!({"plaintext": plain.as_str()}),
            "ciphertext",
        )?;
        Ok(wrapped.as_bytes().to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret<[u8; KEY_BYTES]>, KekError> {
        let wrapped = std::str::from_utf8(wrapped).map_err(|_| KekError::Wrong)?;
        let plain = self.ask("decrypt", &json!({"ciphertext": wrapped}), "plaintext")?;
        let bytes = STANDARD.decode(plain.as_bytes()).map(Zeroizing::new);
        Secret::from_slice(&bytes.map_err(|_| KekError::Wrong)?).ok_or(KekError::Wrong)
    }
}

fn variable(names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()))
}

fn token() -> Result<Zeroizing<String>, KekError> {
    if let Some(token) = variable(&["BAO_TOKEN", "VAULT_TOKEN"]) {
        return Ok(Zeroizing::new(token));
    }
    let path = variable(&["BAO_TOKEN_FILE", "VAULT_TOKEN_FILE"]).ok_or_else(|| {
        KekError::Unavailable(
            "there is no token for the vault: set `BAO_TOKEN`, `VAULT_TOKEN`, or the path of a file in `BAO_TOKEN_FILE`".to_owned(),
        )
    })?;
    let text = fs::read_to_string(&path).map(Zeroizing::new);
    let text = text.map_err(|e| KekError::Unavailable(format!("`{path}` cannot be read: {e}")))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}
