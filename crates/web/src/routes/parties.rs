//! Parties: what is known about them without the values, what is added, and who has a value.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bonafide_app::answers::{AddedAnswer, Page, PartyAnswer, TimelineItem};
use bonafide_app::submission::{CheckIn, ClaimIn, EvidenceIn};
use bonafide_app::{Addition, App, AppError, Erased, KeepingAnswer};
use bonafide_model::{PartyId, RecordId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::body::Sent;
use crate::idempotency::{IdempotencyKey, answer};
use crate::params::{Asked, Id, Limit};
use crate::problem::Problem;

/// Claims to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimsIn {
    /// What is asserted.
    #[schema(min_items = 1, max_items = 100)]
    claims: Vec<ClaimIn>,
}

/// Evidence to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllEvidenceIn {
    /// What supports the claims.
    #[schema(min_items = 1, max_items = 100)]
    evidence: Vec<EvidenceIn>,
}

/// Checks to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChecksIn {
    /// Runs of methods.
    #[schema(min_items = 1, max_items = 100)]
    checks: Vec<CheckIn>,
}

/// What to look for; in a body, so that no value stands in a URL.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// A searchable attribute.
    attribute: String,
    /// The exact value; of a name, whole parts in any order.
    #[schema(min_length = 1, max_length = 500)]
    value: String,
    /// What for: `duplicate_check`, `review`, `dispute`, `lawful_process`, `subject_request`, `billing`, `support`.
    #[schema(min_length = 1, max_length = 64)]
    purpose: String,
}

/// Who was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// The parties' ids, at most 200.
    #[schema(value_type = Vec<String>)]
    parties: Vec<PartyId>,
}

/// Which part of a timeline.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// The `next` of the page before.
    #[param(value_type = String, required = false, nullable = false, pattern = "^rec_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    after: Option<RecordId>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Read what is known about a party, without the values.
#[utoipa::path(get, path = "/v1/parties/{id}", tag = "parties", operation_id = "read_party",
    params(("id" = String, Path, description = "The party")),
    responses((status = 200, description = "The party", body = PartyAnswer)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
) -> Result<Json<PartyAnswer>, Problem> {
    Ok(Json(app.party(&caller.0, party).await?))
}

/// Add claims about a party and judge its accounts.
#[utoipa::path(post, path = "/v1/parties/{id}/claims", tag = "parties", operation_id = "add_claims",
    params(("id" = String, Path, description = "The party")), request_body = ClaimsIn,
    responses((status = 201, description = "Recorded and judged", body = AddedAnswer)))]
pub(crate) async fn add_claims(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
    key: IdempotencyKey,
    sent: Sent<ClaimsIn>,
) -> Result<Response, Problem> {
    let addition = Addition {
        claims: sent.value.claims,
        ..Addition::default()
    };
    let route = format!("POST /v1/parties/{party}/claims");
    let once = key.once(&route, &sent.bytes);
    Ok(answer(
        app.add_to_party(&caller.0, party, &addition, once.as_ref())
            .await?,
    ))
}

/// Add evidence about a party and judge its accounts.
#[utoipa::path(post, path = "/v1/parties/{id}/evidence", tag = "parties", operation_id = "add_evidence",
    params(("id" = String, Path, description = "The party")), request_body = AllEvidenceIn,
    responses((status = 201, description = "Recorded and judged", body = AddedAnswer)))]
pub(crate) async fn add_evidence(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
    key: IdempotencyKey,
    sent: Sent<AllEvidenceIn>,
) -> Result<Response, Problem> {
    let addition = Addition {
        evidence: sent.value.evidence,
        ..Addition::default()
    };
    let route = format!("POST /v1/parties/{party}/evidence");
    let once = key.once(&route, &sent.bytes);
    Ok(answer(
        app.add_to_party(&caller.0, party, &addition, once.as_ref())
            .await?,
    ))
}

/// Add the results of checks on a party and judge its accounts.
#[utoipa::path(post, path = "/v1/parties/{id}/checks", tag = "parties", operation_id = "add_checks",
    params(("id" = String, Path, description = "The party")), request_body = ChecksIn,
    responses((status = 201, description = "Recorded and judged", body = AddedAnswer)))]
pub(crate) async fn add_checks(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
    key: IdempotencyKey,
    sent: Sent<ChecksIn>,
) -> Result<Response, Problem> {
    let addition = Addition {
        checks: sent.value.checks,
        ..Addition::default()
    };
    let route = format!("POST /v1/parties/{party}/checks");
    let once = key.once(&route, &sent.bytes);
    Ok(answer(
        app.add_to_party(&caller.0, party, &addition, once.as_ref())
            .await?,
    ))
}

/// Find the parties that have exactly this value; that it was asked, and what for, is recorded.
#[utoipa::path(post, path = "/v1/parties/search", tag = "parties", operation_id = "search_parties", request_body = Search,
    responses((status = 200, description = "Who has it", body = Found)))]
pub(crate) async fn search(
    State(app): State<App>,
    caller: Caller,
    sent: Sent<Search>,
) -> Result<Json<Found>, Problem> {
    let parties = app
        .find_parties(
            &caller.0,
            &sent.value.attribute,
            &sent.value.value,
            &sent.value.purpose,
        )
        .await?;
    Ok(Json(Found { parties }))
}

/// Read the records about a party, oldest first.
#[utoipa::path(get, path = "/v1/parties/{id}/timeline", tag = "parties", operation_id = "read_timeline",
    params(("id" = String, Path, description = "The party"), Since),
    responses((status = 200, description = "A page", body = Page<TimelineItem>)))]
pub(crate) async fn timeline(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
    Asked(since): Asked<Since>,
) -> Result<Json<Page<TimelineItem>>, Problem> {
    Ok(Json(
        app.timeline(&caller.0, party, since.after, since.limit.0)
            .await?,
    ))
}

/// Read what is kept of a party, why and until when.
#[utoipa::path(get, path = "/v1/parties/{id}/keeping", tag = "keeping", operation_id = "read_keeping",
    params(("id" = String, Path, description = "The party")),
    responses((status = 200, description = "By class and attribute", body = KeepingAnswer)))]
pub(crate) async fn keeping(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
) -> Result<Json<KeepingAnswer>, Problem> {
    Ok(Json(app.party_keeping(&caller.0, party).await?))
}

/// On what ground a party is to be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasureIn {
    /// Such as `GDPR 17(1)(a)`, without a word about the person: it stays when they are gone.
    #[schema(min_length = 1, max_length = 200)]
    ground: String,
}

/// Erase a party, or what of it may be erased.
///
/// What must stay is listed with its reason and its end. Where everything must stay nothing is erased: that is refused with the
/// reasons, and recorded. A party that was erased as a whole is gone.
#[utoipa::path(post, path = "/v1/parties/{id}/erasure", tag = "keeping", operation_id = "erase_party",
    params(("id" = String, Path, description = "The party")), request_body = ErasureIn,
    responses((status = 200, description = "What was erased, and what stays", body = Erased)))]
pub(crate) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
    sent: Sent<ErasureIn>,
) -> Result<Json<Erased>, Problem> {
    let ground = sent.value.ground;
    // What began is finished even when whoever asked has gone away.
    let erasing = tokio::spawn(async move { app.erase_party(&caller.0, party, &ground).await });
    Ok(Json(erasing.await.map_err(AppError::internal)??))
}
