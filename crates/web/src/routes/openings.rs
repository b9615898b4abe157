//! Opening sealed fields, and who opened what. What is to be opened stands in a body and never in a URL.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bonafide_app::answers::Page;
use bonafide_app::{App, AppError, OpenedFields, OpeningItem, Openings, ToOpen, VerifiedClaims};
use bonafide_model::{CaseId, PartyId, RecordId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::body::Sent;
use crate::params::{Asked, Id, Limit};
use crate::problem::Problem;

/// What is to be opened, what for, and in which case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpeningIn {
    /// The purpose: `review`, `dispute`, `lawful_process`, `subject_request`, `billing`, `support`, `audit_sample`.
    #[schema(min_length = 1, max_length = 64)]
    purpose: String,
    /// An open case about the party, of a kind that carries the purpose.
    #[schema(value_type = String, pattern = "^cas_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    case: CaseId,
    /// Names of attributes that the purpose needs.
    #[schema(min_items = 1, max_items = 40)]
    fields: Vec<String>,
}

/// Whose openings; one of `party` and `actor`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// Of this party's fields.
    #[param(value_type = String, required = false, nullable = false, pattern = "^pty_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    party: Option<PartyId>,
    /// Made by this actor: a handle.
    #[param(value_type = String, required = false, nullable = false, min_length = 1, max_length = 64)]
    actor: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = String, required = false, nullable = false, pattern = "^rec_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    after: Option<RecordId>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Who may open more, and how much.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllowanceIn {
    /// The handle of a member of staff other than the caller.
    #[schema(min_length = 1, max_length = 64)]
    actor: String,
    /// How many openings more than a day's measure.
    #[schema(minimum = 1, maximum = 1000)]
    more: u32,
}

/// What was allowed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Allowance {
    /// To whom.
    actor: String,
    /// How many openings more.
    more: u32,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// Open sealed fields of a party, for a purpose and in a case; recorded before the values are answered.
#[utoipa::path(post, path = "/v1/parties/{id}/openings", tag = "identity", operation_id = "open_fields",
    params(("id" = String, Path, description = "The party")), request_body = OpeningIn,
    responses((status = 201, description = "Recorded, and the values", body = OpenedFields)))]
pub(crate) async fn open(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
    sent: Sent<OpeningIn>,
) -> Result<(StatusCode, Json<OpenedFields>), Problem> {
    let to_open = ToOpen {
        purpose: sent.value.purpose,
        case: sent.value.case,
        fields: sent.value.fields,
    };
    // An opening that began is finished and recorded even when whoever asked has gone away.
    let opening = tokio::spawn(async move { app.open_fields(&caller.0, party, &to_open).await });
    let opened = opening.await.map_err(AppError::internal)?;
    match opened {
        Ok(opened) => {
            metrics::counter!("bonafide_openings_total", "purpose" => opened.purpose.clone())
                .increment(1);
            Ok((StatusCode::CREATED, Json(opened)))
        }
        Err(error) => {
            if matches!(error, AppError::Refused(_)) {
                metrics::counter!("bonafide_openings_beyond_measure_total").increment(1);
            }
            Err(error.into())
        }
    }
}

/// What for, and in which case.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForWhat {
    /// The purpose: `review`, `dispute`, `lawful_process`, `subject_request`, `billing`, `support`, `audit_sample`.
    #[param(min_length = 1, max_length = 64)]
    purpose: String,
    /// An open case about the party, of a kind that carries the purpose.
    #[param(value_type = String, pattern = "^cas_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    case: CaseId,
}

/// Open the verified claims of a party that a purpose needs, with how they were verified; recorded before they are
/// answered, like any opening.
#[utoipa::path(get, path = "/v1/parties/{id}/verified-claims", tag = "identity", operation_id = "read_verified_claims",
    params(("id" = String, Path, description = "The party"), ForWhat),
    responses((status = 200, description = "Of the form of OpenID Connect for Identity Assurance 1.0", body = VerifiedClaims)))]
pub(crate) async fn verified_claims(
    State(app): State<App>,
    caller: Caller,
    Id(party): Id<PartyId>,
    Asked(what): Asked<ForWhat>,
) -> Result<Json<VerifiedClaims>, Problem> {
    // An opening that began is finished and recorded even when whoever asked has gone away.
    let opening = tokio::spawn(async move {
        app.verified_claims(&caller.0, party, &what.purpose, what.case)
            .await
    });
    Ok(Json(opening.await.map_err(AppError::internal)??))
}

/// List who opened what of a party, or what an actor opened; names of fields, never values.
#[utoipa::path(get, path = "/v1/openings", tag = "identity", operation_id = "list_openings", params(Whose),
    responses((status = 200, description = "A page", body = Page<OpeningItem>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(whose): Asked<Whose>,
) -> Result<Json<Page<OpeningItem>>, Problem> {
    caller.0.may(bonafide_app::Action::ListOpenings)?;
    let of = match (whose.party, whose.actor) {
        (Some(party), None) => Openings::Party(party),
        (None, Some(actor)) if (1..=64).contains(&actor.chars().count()) => Openings::Actor(actor),
        _ => {
            let message = "give one of `party` and `actor`";
            return Err(AppError::invalid("party", message).into());
        }
    };
    Ok(Json(
        app.openings(&caller.0, &of, whose.after, whose.limit.0)
            .await?,
    ))
}

/// Let a member of staff open more than a day's measure in the next 24 hours; nobody allows it to themself.
#[utoipa::path(post, path = "/v1/openings/allowances", tag = "identity", operation_id = "allow_openings",
    request_body = AllowanceIn, responses((status = 201, description = "Recorded", body = Allowance)))]
pub(crate) async fn allow(
    State(app): State<App>,
    caller: Caller,
    sent: Sent<AllowanceIn>,
) -> Result<(StatusCode, Json<Allowance>), Problem> {
    let AllowanceIn { actor, more } = sent.value;
    let until = app.allow_openings(&caller.0, &actor, more).await?;
    Ok((StatusCode::CREATED, Json(Allowance { actor, more, until })))
}
