//! Metrics in the text format of Prometheus. Labels are routes, methods, statuses and tenants: nothing about a person.

use std::sync::OnceLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the latency buckets in seconds; the promise is 100 ms for a sign-up.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts collecting, once for the process. A program that has installed its own collector keeps it.
pub(crate) fn install() {
    METRICS.get_or_init(|| {
        let latency = Matcher::Full("bonafide_http_request_seconds".to_owned());
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(latency, &BUCKETS)
            .ok()?;
        let handle = builder.install_recorder().ok()?;
        metrics::describe_counter!(
            "bonafide_http_requests_total",
            "Requests answered, by method, route and status."
        );
        metrics::describe_histogram!(
            "bonafide_http_request_seconds",
            "Seconds from the head of a request to its answer."
        );
        metrics::describe_gauge!("bonafide_http_requests_in_work", "Requests in work now.");
        metrics::describe_gauge!(
            "bonafide_ledger_size",
            "Records that have their place in the ledger, by tenant."
        );
        metrics::describe_counter!(
            "bonafide_openings_total",
            "Openings of sealed fields over the API, by purpose."
        );
        metrics::describe_counter!(
            "bonafide_openings_beyond_measure_total",
            "Openings refused since an actor had made more in a day than one person's measure."
        );
        metrics::describe_counter!(
            "bonafide_sequencing_failures_total",
            "Passes over the ledger that failed."
        );
        metrics::describe_counter!(
            "bonafide_jobs_total",
            "Attempts at jobs that ended, by outcome: done, failed and tried again, dead."
        );
        metrics::describe_gauge!(
            "bonafide_cases",
            "Cases that somebody must still do something about, by tenant and kind."
        );
        metrics::describe_gauge!(
            "bonafide_cases_overdue",
            "Those of them whose clock has run out, by tenant and kind."
        );
        metrics::describe_gauge!(
            "bonafide_lists",
            "Screening lists in use, by tenant."
        );
        metrics::describe_gauge!(
            "bonafide_list_age_days",
            "Whole days since a list in use was published, or loaded where nobody says when, by tenant and list."
        );
        metrics::describe_counter!(
            "bonafide_housekeeping_failures_total",
            "Times that what is done from time to time failed."
        );
        metrics::describe_gauge!("bonafide_parties", "Parties, by tenant.");
        metrics::describe_gauge!(
            "bonafide_records_pending",
            "Records that wait for their place in the ledger, by tenant."
        );
        metrics::describe_gauge!(
            "bonafide_accounts",
            "Accounts, by tenant and decision."
        );
        metrics::describe_gauge!("bonafide_jobs", "Jobs, by tenant, kind and state.");
        metrics::describe_gauge!(
            "bonafide_jobs_late_seconds",
            "How long the earliest job of a tenant, kind and state has been due."
        );
        metrics::describe_counter!(
            "bonafide_work_failures_total",
            "Passes over the jobs that failed."
        );
        metrics::describe_counter!(
            "bonafide_webhook_attempts_total",
            "Attempts to tell another system of an event, by outcome."
        );
        metrics::describe_gauge!(
            "bonafide_webhook_pending",
            "Events that a webhook has not received yet, by tenant and webhook."
        );
        metrics::describe_gauge!(
            "bonafide_webhook_oldest_seconds",
            "Age of the oldest event whose delivery waits, by tenant and webhook."
        );
        metrics::describe_gauge!(
            "bonafide_webhook_dead",
            "Deliveries that were given up, by tenant and webhook."
        );
        metrics::describe_gauge!(
            "bonafide_webhook_disabled",
            "1 where a webhook is disabled, by tenant and webhook."
        );
        Some(handle)
    });
}

/// Read the service's metrics.
#[utoipa::path(get, path = "/metrics", tag = "operation", operation_id = "read_metrics",
    responses((status = 200, description = "Metrics in the text format of Prometheus", body = String, content_type = "text/plain")))]
pub(crate) async fn read() -> Response {
    let text = METRICS.get().and_then(Option::as_ref).map(|handle| {
        handle.run_upkeep();
        handle.render()
    });
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text.unwrap_or_default(),
    )
        .into_response()
}
