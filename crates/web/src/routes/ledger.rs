//! The ledger, for whoever checks it with tools of their own.

use axum::Json;
use axum::extract::State;
use bonafide_app::App;
use bonafide_app::answers::ProofAnswer;
use bonafide_model::RecordId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::params::{Asked, Id, Size};
use crate::problem::Problem;

/// Read the last signed checkpoint, a C2SP signed note.
#[utoipa::path(get, path = "/v1/ledger/checkpoint", tag = "ledger", operation_id = "read_checkpoint",
    responses((status = 200, description = "The note, as it was signed", body = String, content_type = "text/plain")))]
pub(crate) async fn checkpoint(State(app): State<App>, caller: Caller) -> Result<String, Problem> {
    Ok(app.checkpoint(&caller.0).await?)
}

/// The key that verifies checkpoints.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerKey {
    /// As `name+hash+key`, the form of C2SP signed notes.
    verifier_key: String,
}

/// Read the key that verifies the ledger's checkpoints.
#[utoipa::path(get, path = "/v1/ledger/key", tag = "ledger", operation_id = "read_ledger_key",
    responses((status = 200, description = "The key", body = LedgerKey)))]
pub(crate) async fn key(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<LedgerKey>, Problem> {
    Ok(Json(LedgerKey {
        verifier_key: app.verifier_key(&caller.0)?,
    }))
}

/// Prove that a record stands in the ledger.
#[utoipa::path(get, path = "/v1/ledger/records/{record}/proof", tag = "ledger", operation_id = "prove_record",
    params(("record" = String, Path, description = "The record")),
    responses((status = 200, description = "The leaf and its proof", body = ProofAnswer)))]
pub(crate) async fn proof(
    State(app): State<App>,
    caller: Caller,
    Id(record): Id<RecordId>,
) -> Result<Json<ProofAnswer>, Problem> {
    Ok(Json(app.prove(&caller.0, record).await?))
}

/// From which tree.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// Size of the earlier tree, at most that of the last checkpoint.
    #[param(value_type = u64, minimum = 0)]
    from: Size,
}

/// A proof that the ledger only grew.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsistencyAnswer {
    /// Size of the earlier tree.
    from: u64,
    /// The nodes of the proof of RFC 6962 section 2.1.2, each 64 hexadecimal digits.
    proof: Vec<String>,
    /// The checkpoint that it leads to.
    checkpoint: String,
}

/// Prove that the ledger only grew since an earlier size.
#[utoipa::path(get, path = "/v1/ledger/consistency", tag = "ledger", operation_id = "prove_consistency", params(From),
    responses((status = 200, description = "The proof", body = ConsistencyAnswer)))]
pub(crate) async fn consistency(
    State(app): State<App>,
    caller: Caller,
    Asked(from): Asked<From>,
) -> Result<Json<ConsistencyAnswer>, Problem> {
    let (path, checkpoint) = app.consistency(&caller.0, from.from.0).await?;
    Ok(Json(ConsistencyAnswer {
        from: from.from.0,
        proof: path.iter().map(ToString::to_string).collect(),
        checkpoint,
    }))
}
