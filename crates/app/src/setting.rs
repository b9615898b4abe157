//! Texts that are set for a tenant, by name.

use bonafide_ledger::{Kind, sha256};
use bonafide_store::{Change, Op};

use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Actor, App};

impl App {
    /// Sets what somebody decided, and records who did and the digest of the text.
    pub(crate) async fn record_setting(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        name: &str,
        text: &str,
    ) -> Result<(), AppError> {
        let digest = sha256(text.as_bytes());
        let mut recorder = Recorder::new(self, tenant, actor, vec![digest], self.now());
        recorder.push(self.setting(name, text));
        let details = [("setting", name), ("digest", &digest.to_string())];
        recorder.event(Kind::PolicyActivated, Vec::new(), &details)?;
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    /// Notes how far a pass of the service's own is. That is no fact about anybody and nobody's decision: it is not recorded.
    pub(crate) async fn note_setting(
        &self,
        tenant: &Tenant,
        name: &str,
        text: &str,
    ) -> Result<(), AppError> {
        let change = Change {
            tenant: tenant.name.clone(),
            expect: Vec::new(),
            ops: vec![self.setting(name, text)],
        };
        Ok(self.writer().commit(change).await?)
    }

    fn setting(&self, name: &str, text: &str) -> Op {
        Op::PutSetting {
            name: name.to_owned(),
            text: text.to_owned(),
            at: self.now(),
        }
    }
}
