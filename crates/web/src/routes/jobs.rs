//! Jobs: what waits, what runs, what was given up, and what is to happen with that.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bonafide_app::answers::Page;
use bonafide_app::{App, JobState, JobSummary};
use bonafide_model::JobId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::params::{Asked, Id, Limit};
use crate::problem::Problem;

/// Where a job stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateIn {
    Waiting,
    Running,
    Dead,
}

/// Which jobs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// In this state.
    #[param(value_type = String, required = false, nullable = false, pattern = "^(waiting|running|dead)$")]
    state: Option<StateIn>,
    /// The `next` of the page before.
    #[param(value_type = String, required = false, nullable = false, pattern = "^job_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    after: Option<JobId>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// List jobs, oldest first.
#[utoipa::path(get, path = "/v1/jobs", tag = "operation", operation_id = "list_jobs", params(Which),
    responses((status = 200, description = "A page", body = Page<JobSummary>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<JobSummary>>, Problem> {
    let state = which.state.map(|s| match s {
        StateIn::Waiting => JobState::Waiting,
        StateIn::Running => JobState::Running,
        StateIn::Dead => JobState::Dead,
    });
    let page = app.jobs(&caller.0, state, which.after, which.limit.0);
    Ok(Json(page.await?))
}

/// Try a job again that was given up.
#[utoipa::path(post, path = "/v1/jobs/{id}/retry", tag = "operation", operation_id = "retry_job",
    params(("id" = String, Path, description = "The job")),
    responses((status = 204, description = "It is tried again at once")))]
pub(crate) async fn retry(
    State(app): State<App>,
    caller: Caller,
    Id(job): Id<JobId>,
) -> Result<StatusCode, Problem> {
    app.retry_job(&caller.0, job).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a job that was given up.
#[utoipa::path(post, path = "/v1/jobs/{id}/discard", tag = "operation", operation_id = "discard_job",
    params(("id" = String, Path, description = "The job")),
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn discard(
    State(app): State<App>,
    caller: Caller,
    Id(job): Id<JobId>,
) -> Result<StatusCode, Problem> {
    app.discard_job(&caller.0, job).await?;
    Ok(StatusCode::NO_CONTENT)
}
