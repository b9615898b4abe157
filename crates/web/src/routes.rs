//! Every path of the service, by who calls it. `docs/api.md` has the same list with scopes.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Web;

mod accounts;
pub(crate) mod cases;
pub(crate) mod docs;
mod health;
mod holds;
mod jobs;
mod ledger;
pub(crate) mod metrics;
mod openings;
mod orders;
mod parties;
mod sign_ups;
mod webhooks;
mod well_known;

/// The router, and with it the raw document.
pub(crate) fn all() -> OpenApiRouter<Web> {
    OpenApiRouter::with_openapi(crate::document::frame())
        // Whoever takes sign-ups.
        .routes(routes!(sign_ups::create))
        .routes(routes!(accounts::add_parties))
        // Whoever decides and provisions.
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::assessment))
        .routes(routes!(accounts::entitlements))
        .routes(routes!(accounts::token))
        .routes(routes!(accounts::note_access))
        .routes(routes!(accounts::close))
        .routes(routes!(orders::authorize))
        .routes(routes!(well_known::only))
        .routes(routes!(well_known::of_issuer))
        // Whoever verifies.
        .routes(routes!(parties::read))
        .routes(routes!(parties::add_claims))
        .routes(routes!(parties::add_evidence))
        .routes(routes!(parties::add_checks))
        .routes(routes!(parties::search))
        .routes(routes!(parties::timeline))
        // Whoever answers for what is kept.
        .routes(routes!(parties::keeping))
        .routes(routes!(parties::erase))
        .routes(routes!(holds::list, holds::place))
        .routes(routes!(holds::release))
        // Whoever decides what the rules leave to people.
        .routes(routes!(cases::list, cases::open))
        .routes(routes!(cases::counts))
        .routes(routes!(cases::next))
        .routes(routes!(cases::read))
        .routes(routes!(cases::entries))
        .routes(routes!(cases::open_entries))
        .routes(routes!(cases::note))
        .routes(routes!(cases::take))
        .routes(routes!(cases::release))
        .routes(routes!(cases::assign))
        .routes(routes!(cases::clock))
        .routes(routes!(cases::propose))
        .routes(routes!(cases::approve))
        .routes(routes!(cases::send_back))
        .routes(routes!(cases::decide))
        .routes(routes!(cases::appeal))
        .routes(routes!(cases::close))
        // Whoever must know who it is.
        .routes(routes!(openings::open))
        .routes(routes!(openings::verified_claims))
        .routes(routes!(openings::list))
        .routes(routes!(openings::allow))
        // Whoever audits.
        .routes(routes!(ledger::checkpoint))
        .routes(routes!(ledger::key))
        .routes(routes!(ledger::proof))
        .routes(routes!(ledger::consistency))
        // Whoever is told.
        .routes(routes!(webhooks::events))
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::read, webhooks::remove))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::disable))
        .routes(routes!(webhooks::enable))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::replay))
        // Whoever runs it.
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::discard))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::read))
        .routes(routes!(docs::document))
        .merge(docs::pages())
}
