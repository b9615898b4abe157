//! Cases: lists, one case and what was said in it, who works on it, and how it is decided.
//!
//! What is said in cases is sealed, and answers do not carry it; `POST …/entries/open` opens it, and records that.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bonafide_app::answers::Page;
use bonafide_app::submission::FieldError;
use bonafide_app::{App, CaseAnswer, CaseCountAnswer, CaseEntryAnswer, Cases, OpenedCaseEntry};
use bonafide_model::{AccountId, CaseId, CaseKind, CaseState, PartyId, RecordId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::body::Sent;
use crate::idempotency::{IdempotencyKey, answer};
use crate::params::{Asked, Id, Limit};
use crate::problem::{Kind, Problem};

mod bodies;

pub(crate) use bodies::{
    AssigneeIn, CaseClockIn, CaseIn, CaseNoteIn, DecisionIn, GroundsIn, NextIn, ProposalIn,
};

/// Which cases to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Of this kind.
    #[param(value_type = String, required = false, nullable = false, pattern = "^(review|appeal|match_review|dispute|remedy|break_glass_review|import_campaign|reseller|process|operations)$")]
    kind: Option<CaseKind>,
    /// In this state.
    #[param(value_type = String, required = false, nullable = false, pattern = "^(open|proposed|decided|closed)$")]
    state: Option<CaseState>,
    /// With this person, by their handle.
    #[param(value_type = String, required = false, nullable = false)]
    assignee: Option<String>,
    /// Due before this instant.
    #[param(value_type = String, required = false, nullable = false, format = DateTime)]
    due_before: Option<Timestamp>,
    /// About this party.
    #[param(value_type = String, required = false, nullable = false, pattern = "^pty_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    party: Option<PartyId>,
    /// About this account.
    #[param(value_type = String, required = false, nullable = false, pattern = "^acc_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    account: Option<AccountId>,
    /// Contesting or reviewing this case.
    #[param(value_type = String, required = false, nullable = false, pattern = "^cas_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    parent: Option<CaseId>,
    /// The `next` of the page before.
    #[param(value_type = String, required = false, nullable = false, pattern = "^cas_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    after: Option<CaseId>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Which part of a case's entries.
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

/// How many cases there are of what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsOut {
    /// By kind, state, outcome, second person and lateness.
    counts: Vec<CaseCountAnswer>,
}

/// The case that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextOut {
    /// The case; left out when none waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    case: Option<CaseAnswer>,
}

/// List cases, oldest first.
#[utoipa::path(get, path = "/v1/cases", tag = "cases", operation_id = "list_cases", params(Which),
    responses((status = 200, description = "A page", body = Page<CaseAnswer>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<CaseAnswer>>, Problem> {
    let filter = Cases {
        kind: which.kind,
        state: which.state,
        assignee: which.assignee,
        due_before: which.due_before,
        party: which.party,
        account: which.account,
        parent: which.parent,
    };
    let page = app.cases(&caller.0, &filter, which.after, which.limit.0);
    Ok(Json(page.await?))
}

/// Open a case.
#[utoipa::path(post, path = "/v1/cases", tag = "cases", operation_id = "open_case", request_body = CaseIn,
    responses((status = 201, description = "Opened", body = CaseAnswer)))]
pub(crate) async fn open(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    sent: Sent<CaseIn>,
) -> Result<Response, Problem> {
    let once = key.once("POST /v1/cases", &sent.bytes);
    let wanted = sent.value.into();
    let opened = app.open_case_once(&caller.0, &wanted, once.as_ref());
    Ok(answer(opened.await?))
}

/// Count cases: pending and late ones, decisions by outcome and by who the second person was.
#[utoipa::path(get, path = "/v1/cases/counts", tag = "cases", operation_id = "count_cases",
    responses((status = 200, description = "The counts", body = CountsOut)))]
pub(crate) async fn counts(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<CountsOut>, Problem> {
    let counts = app.case_counts(&caller.0).await?;
    Ok(Json(CountsOut { counts }))
}

/// Take the most urgent case that nobody has.
#[utoipa::path(post, path = "/v1/cases/next", tag = "cases", operation_id = "take_next_case", request_body = NextIn,
    responses((status = 200, description = "It is yours, or none waits", body = NextOut)))]
pub(crate) async fn next(
    State(app): State<App>,
    caller: Caller,
    sent: Sent<NextIn>,
) -> Result<Json<NextOut>, Problem> {
    let case = app.take_next_case(&caller.0, sent.value.kind).await?;
    Ok(Json(NextOut { case }))
}

/// Read a case, without what was said in it.
#[utoipa::path(get, path = "/v1/cases/{id}", tag = "cases", operation_id = "read_case",
    params(("id" = String, Path, description = "The case")),
    responses((status = 200, description = "The case", body = CaseAnswer)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
) -> Result<Json<CaseAnswer>, Problem> {
    Ok(Json(app.case(&caller.0, case).await?))
}

/// List what was said in a case, unopened: who, when, what kind.
#[utoipa::path(get, path = "/v1/cases/{id}/entries", tag = "cases", operation_id = "list_case_entries",
    params(("id" = String, Path, description = "The case"), Since),
    responses((status = 200, description = "A page", body = Page<CaseEntryAnswer>)))]
pub(crate) async fn entries(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    Asked(since): Asked<Since>,
) -> Result<Json<Page<CaseEntryAnswer>>, Problem> {
    let page = app.case_entries(&caller.0, case, since.after, since.limit.0);
    Ok(Json(page.await?))
}

/// Open what was said in a case; that it was opened is recorded.
#[utoipa::path(post, path = "/v1/cases/{id}/entries/open", tag = "cases", operation_id = "open_case_entries",
    params(("id" = String, Path, description = "The case"), Since),
    responses((status = 200, description = "A page", body = Page<OpenedCaseEntry>)))]
pub(crate) async fn open_entries(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    Asked(since): Asked<Since>,
) -> Result<Json<Page<OpenedCaseEntry>>, Problem> {
    let page = app.open_case_entries(&caller.0, case, since.after, since.limit.0);
    Ok(Json(page.await?))
}

/// Add a note to a case; notes cannot be changed.
#[utoipa::path(post, path = "/v1/cases/{id}/notes", tag = "cases", operation_id = "note_case",
    params(("id" = String, Path, description = "The case")), request_body = CaseNoteIn,
    responses((status = 201, description = "Recorded", body = CaseAnswer)))]
pub(crate) async fn note(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    key: IdempotencyKey,
    sent: Sent<CaseNoteIn>,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/cases/{case}/notes");
    let once = key.once(&route, &sent.bytes);
    let noted = app.note_case_once(&caller.0, case, &sent.value.text, once.as_ref());
    Ok(answer(noted.await?))
}

/// Take a case that nobody has.
#[utoipa::path(post, path = "/v1/cases/{id}/take", tag = "cases", operation_id = "take_case",
    params(("id" = String, Path, description = "The case")),
    responses((status = 200, description = "It is yours", body = CaseAnswer)))]
pub(crate) async fn take(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
) -> Result<Json<CaseAnswer>, Problem> {
    Ok(Json(app.take_case(&caller.0, case).await?))
}

/// Give a case back to the queue.
#[utoipa::path(post, path = "/v1/cases/{id}/release", tag = "cases", operation_id = "release_case",
    params(("id" = String, Path, description = "The case")),
    responses((status = 200, description = "Nobody has it", body = CaseAnswer)))]
pub(crate) async fn release(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
) -> Result<Json<CaseAnswer>, Problem> {
    Ok(Json(app.release_case(&caller.0, case).await?))
}

/// Give a case to somebody.
#[utoipa::path(post, path = "/v1/cases/{id}/assign", tag = "cases", operation_id = "assign_case",
    params(("id" = String, Path, description = "The case")), request_body = AssigneeIn,
    responses((status = 200, description = "It is theirs", body = CaseAnswer)))]
pub(crate) async fn assign(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    sent: Sent<AssigneeIn>,
) -> Result<Json<CaseAnswer>, Problem> {
    Ok(Json(
        app.assign_case(&caller.0, case, &sent.value.to).await?,
    ))
}

/// Move the clock of a case, and say why.
#[utoipa::path(post, path = "/v1/cases/{id}/clock", tag = "cases", operation_id = "set_case_clock",
    params(("id" = String, Path, description = "The case")), request_body = CaseClockIn,
    responses((status = 200, description = "Moved", body = CaseAnswer)))]
pub(crate) async fn clock(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    sent: Sent<CaseClockIn>,
) -> Result<Json<CaseAnswer>, Problem> {
    let moved = app.set_case_clock(&caller.0, case, sent.value.clock(), &sent.value.grounds);
    Ok(Json(moved.await?))
}

/// Propose an answer, for somebody else to approve.
#[utoipa::path(post, path = "/v1/cases/{id}/propose", tag = "cases", operation_id = "propose_in_case",
    params(("id" = String, Path, description = "The case")), request_body = ProposalIn,
    responses((status = 200, description = "Proposed", body = CaseAnswer)))]
pub(crate) async fn propose(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    sent: Sent<ProposalIn>,
) -> Result<Json<CaseAnswer>, Problem> {
    let (outcome, grounds) = (sent.value.outcome, &sent.value.grounds);
    let settling = sent.value.settling();
    let proposed = app.propose_in_case(&caller.0, case, outcome, grounds, &settling);
    Ok(Json(proposed.await?))
}

/// Approve a proposed answer: the case is decided. Whoever proposed it cannot.
#[utoipa::path(post, path = "/v1/cases/{id}/approve", tag = "cases", operation_id = "approve_case",
    params(("id" = String, Path, description = "The case")), request_body = GroundsIn,
    responses((status = 200, description = "Decided", body = CaseAnswer)))]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    sent: Sent<GroundsIn>,
) -> Result<Json<CaseAnswer>, Problem> {
    let approved = app.approve_case(&caller.0, case, &sent.value.grounds);
    Ok(Json(approved.await?))
}

/// Send a proposed answer back: the case is open again.
#[utoipa::path(post, path = "/v1/cases/{id}/return", tag = "cases", operation_id = "return_case",
    params(("id" = String, Path, description = "The case")), request_body = GroundsIn,
    responses((status = 200, description = "Open again", body = CaseAnswer)))]
pub(crate) async fn send_back(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    sent: Sent<GroundsIn>,
) -> Result<Json<CaseAnswer>, Problem> {
    let returned = app.return_case(&caller.0, case, &sent.value.grounds);
    Ok(Json(returned.await?))
}

/// Decide a case.
#[utoipa::path(post, path = "/v1/cases/{id}/decide", tag = "cases", operation_id = "decide_case",
    params(("id" = String, Path, description = "The case")), request_body = DecisionIn,
    responses((status = 200, description = "Decided", body = CaseAnswer)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    sent: Sent<DecisionIn>,
) -> Result<Json<CaseAnswer>, Problem> {
    let decision = sent.value.read();
    let decision =
        decision.map_err(|why| Problem::at(Kind::Invalid, FieldError::new("second", why)))?;
    Ok(Json(app.decide_case(&caller.0, case, &decision).await?))
}

/// Contest the decision of a case: opens an appeal, which somebody else decides.
#[utoipa::path(post, path = "/v1/cases/{id}/appeal", tag = "cases", operation_id = "appeal_case",
    params(("id" = String, Path, description = "The case")), request_body = GroundsIn,
    responses((status = 201, description = "The appeal", body = CaseAnswer)))]
pub(crate) async fn appeal(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    key: IdempotencyKey,
    sent: Sent<GroundsIn>,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/cases/{case}/appeal");
    let once = key.once(&route, &sent.bytes);
    let appeal = app.appeal_case_once(&caller.0, case, &sent.value.grounds, once.as_ref());
    Ok(answer(appeal.await?))
}

/// Close a case.
#[utoipa::path(post, path = "/v1/cases/{id}/close", tag = "cases", operation_id = "close_case",
    params(("id" = String, Path, description = "The case")), request_body = GroundsIn,
    responses((status = 200, description = "Closed", body = CaseAnswer)))]
pub(crate) async fn close(
    State(app): State<App>,
    caller: Caller,
    Id(case): Id<CaseId>,
    sent: Sent<GroundsIn>,
) -> Result<Json<CaseAnswer>, Problem> {
    let closed = app.close_case(&caller.0, case, &sent.value.grounds);
    Ok(Json(closed.await?))
}
