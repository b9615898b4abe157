//! The API's document and a page to read it with. The page's files are in the program: nothing is fetched from elsewhere.

use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::Config;

use crate::problem::{Kind, Problem};
use crate::state::Web;

static DOCUMENT: LazyLock<String> = LazyLock::new(crate::document::openapi);
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(config(Config::from("/openapi.json"))));

/// The page around the reader: a name, a width for telephones, and no bar in which to type another document's address.
const PAGE: &str = include_str!("docs.html");

/// Without the bar above, without asking a stranger's service whether the document is valid, with the types folded.
fn config(config: Config<'static>) -> Config<'static> {
    config
        .use_base_layout()
        .validator_url("none")
        .default_models_expand_depth(0)
        .display_request_duration(true)
}

/// The page draws with styles of its own and with pictures inside them, and talks to this service alone.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Read this document.
#[utoipa::path(get, path = "/openapi.json", tag = "operation", operation_id = "read_document",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(crate) async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

/// The pages, which are for people and not in the document.
pub(crate) fn pages() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(|| async { page("index.html") }))
        .route(
            "/docs/{file}",
            get(|Path(file): Path<String>| async move { page(&file) }),
        )
}

fn page(name: &str) -> Response {
    if name == "index.html" {
        let policy = HeaderValue::from_static(PAGE_POLICY);
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        return (
            [(CONTENT_SECURITY_POLICY, policy), (CONTENT_TYPE, kind)],
            PAGE,
        )
            .into_response();
    }
    match utoipa_swagger_ui::serve(name, CONFIG.clone()) {
        Ok(Some(file)) => {
            let policy = (
                CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(PAGE_POLICY),
            );
            let kind = HeaderValue::from_str(&file.content_type);
            let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            ([policy, (CONTENT_TYPE, kind)], file.bytes.into_owned()).into_response()
        }
        _ => Problem::new(Kind::NotFound, "the documentation has no such file").into_response(),
    }
}
