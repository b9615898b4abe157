//! Accounts: lists, judgements, entitlements, what is added to them, and their end.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_app::answers::{AccountSummary, JudgedAccount, Page, PartiesAddedAnswer};
use bonafide_app::submission::AccountAddition;
use bonafide_app::{Accounts, App, EntitlementsAnswer, TokenAnswer};
use bonafide_model::{AccountId, Timestamp};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::body::Sent;
use crate::idempotency::{IdempotencyKey, answer};
use crate::params::{Asked, Id, Limit};
use crate::problem::Problem;
use crate::schema::{DecisionOut, RiskOut};

/// Which accounts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// With this decision.
    #[param(value_type = String, required = false, nullable = false, pattern = "^(refuse|refer|provisional|approve)$")]
    decision: Option<DecisionOut>,
    /// With this risk band.
    #[param(value_type = String, required = false, nullable = false, pattern = "^(low|medium|high)$")]
    risk: Option<RiskOut>,
    /// With this product.
    #[param(value_type = String, required = false, nullable = false)]
    product: Option<String>,
    /// Due for review before this instant.
    #[param(value_type = String, required = false, nullable = false, format = DateTime)]
    review_before: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = String, required = false, nullable = false, pattern = "^acc_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    after: Option<AccountId>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl Which {
    fn filter(&self) -> Accounts {
        let decision = self.decision.map(|d| match d {
            DecisionOut::Refuse => "refuse",
            DecisionOut::Refer => "refer",
            DecisionOut::Provisional => "provisional",
            DecisionOut::Approve => "approve",
        });
        let risk = self.risk.map(|r| match r {
            RiskOut::Low => "low",
            RiskOut::Medium => "medium",
            RiskOut::High => "high",
        });
        Accounts {
            decision: decision.map(str::to_owned),
            risk: risk.map(str::to_owned),
            product: self.product.clone(),
            review_before: self.review_before,
        }
    }
}

/// List accounts, oldest first.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", operation_id = "list_accounts", params(Which),
    responses((status = 200, description = "A page", body = Page<AccountSummary>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<AccountSummary>>, Problem> {
    Ok(Json(
        app.accounts(&caller.0, &which.filter(), which.after, which.limit.0)
            .await?,
    ))
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// What would have been judged at this instant from what was known then; records nothing.
    #[param(value_type = String, required = false, nullable = false, format = DateTime)]
    known_at: Option<Timestamp>,
}

/// Read the judgement of an account.
///
/// The recorded one while it stands; else it is made anew and recorded.
#[utoipa::path(get, path = "/v1/accounts/{id}/assessment", tag = "accounts", operation_id = "read_assessment",
    params(("id" = String, Path, description = "The account"), AsOf),
    responses((status = 200, description = "The judgement", body = JudgedAccount)))]
pub(crate) async fn assessment(
    State(app): State<App>,
    caller: Caller,
    Id(account): Id<AccountId>,
    Asked(as_of): Asked<AsOf>,
) -> Result<Json<JudgedAccount>, Problem> {
    Ok(Json(
        app.assessment(&caller.0, account, as_of.known_at).await?,
    ))
}

/// Read what an account may use, for the provisioner.
#[utoipa::path(get, path = "/v1/accounts/{id}/entitlements", tag = "accounts", operation_id = "read_entitlements",
    params(("id" = String, Path, description = "The account")),
    responses((status = 200, description = "The limits", body = EntitlementsAnswer)))]
pub(crate) async fn entitlements(
    State(app): State<App>,
    caller: Caller,
    Id(account): Id<AccountId>,
) -> Result<Json<EntitlementsAnswer>, Problem> {
    Ok(Json(app.entitlements(&caller.0, account).await?))
}

/// Read what an account may use as a signed, expiring token.
///
/// A provisioner checks it offline with the keys under `/.well-known`, and finds in it what to do while this service cannot be
/// reached.
#[utoipa::path(get, path = "/v1/accounts/{id}/entitlements/token", tag = "accounts", operation_id = "read_entitlements_token",
    params(("id" = String, Path, description = "The account")),
    responses((status = 200, description = "The token", body = TokenAnswer)))]
pub(crate) async fn token(
    State(app): State<App>,
    caller: Caller,
    Id(account): Id<AccountId>,
) -> Result<Json<TokenAnswer>, Problem> {
    Ok(Json(app.entitlements_token(&caller.0, account).await?))
}

/// Add parties and roles to an account and judge it.
#[utoipa::path(post, path = "/v1/accounts/{id}/parties", tag = "sign-ups", operation_id = "add_parties",
    params(("id" = String, Path, description = "The account")), request_body = AccountAddition,
    responses((status = 201, description = "Recorded and judged", body = PartiesAddedAnswer)))]
pub(crate) async fn add_parties(
    State(app): State<App>,
    caller: Caller,
    Id(account): Id<AccountId>,
    key: IdempotencyKey,
    sent: Sent<AccountAddition>,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/accounts/{account}/parties");
    let once = key.once(&route, &sent.bytes);
    Ok(answer(
        app.add_to_account(&caller.0, account, &sent.value, once.as_ref())
            .await?,
    ))
}

/// When an account was used.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessIn {
    /// When; not in the future.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Note that an account was used; terms of keeping that are counted from the last access run from then.
///
/// A day is as fine as it is kept: an access on the day of the last one, or before it, changes nothing.
#[utoipa::path(post, path = "/v1/accounts/{id}/accesses", tag = "accounts", operation_id = "note_access",
    params(("id" = String, Path, description = "The account")), request_body = AccessIn,
    responses((status = 204, description = "Noted")))]
pub(crate) async fn note_access(
    State(app): State<App>,
    caller: Caller,
    Id(account): Id<AccountId>,
    sent: Sent<AccessIn>,
) -> Result<StatusCode, Problem> {
    app.note_access(&caller.0, account, sent.value.at).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Close an account; the terms of keeping run from then.
#[utoipa::path(post, path = "/v1/accounts/{id}/close", tag = "accounts", operation_id = "close_account",
    params(("id" = String, Path, description = "The account")),
    responses((status = 204, description = "Closed")))]
pub(crate) async fn close(
    State(app): State<App>,
    caller: Caller,
    Id(account): Id<AccountId>,
) -> Result<StatusCode, Problem> {
    app.close_account(&caller.0, account).await?;
    Ok(StatusCode::NO_CONTENT)
}
