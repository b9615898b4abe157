//! Erasure: no row of any table names the party afterwards.
//!
//! The ledger's leaves stay: they hold commitments that nobody can open once the entries with their openings are gone. The
//! party's own version is locked by the change, so nothing can be added to it meanwhile.

use bonafide_model::PartyId;

use super::Trouble;
use crate::database::{Transaction, params};

/// What is deleted, in order; `$1` is the tenant and `$2` the party. Accounts that the party holds go as a whole, with the
/// links of others to them; entries about those others stay with them.
const DELETIONS: &[&str] = &[
    "DELETE FROM campaign_account WHERE tenant = $1 AND account_id IN \
     (SELECT account_id FROM account WHERE tenant = $1 AND holder = $2)",
    "DELETE FROM imported WHERE tenant = $1 AND (party_id = $2 OR account_id IN \
     (SELECT account_id FROM account WHERE tenant = $1 AND holder = $2))",
    "DELETE FROM account_party WHERE tenant = $1 AND account_id IN \
     (SELECT account_id FROM account WHERE tenant = $1 AND holder = $2)",
    "UPDATE case_file SET account_id = NULL WHERE tenant = $1 AND account_id IN \
     (SELECT account_id FROM account WHERE tenant = $1 AND holder = $2)",
    "UPDATE address_slot SET token = NULL, name = NULL, account_id = NULL, referred_to = NULL, unlinked_at = 0 \
     WHERE tenant = $1 AND account_id IN (SELECT account_id FROM account WHERE tenant = $1 AND holder = $2)",
    "DELETE FROM account WHERE tenant = $1 AND holder = $2",
    "DELETE FROM account_party WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM entry WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM key_row WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM blind WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM idempotency WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM job WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM opening WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM expired WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM cut_again WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM case_entry WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM case_file WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM webhook_attempt WHERE tenant = $1 AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant = $1 \
     AND d.party_id = $2 AND d.endpoint_id = webhook_attempt.endpoint_id AND d.sequence = webhook_attempt.sequence)",
    "DELETE FROM webhook_delivery WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM event WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM hold WHERE tenant = $1 AND party_id = $2",
    "DELETE FROM screening_profile WHERE tenant = $1 AND party_id = $2",
    "UPDATE rescreening SET after_party = (SELECT MAX(p.party_id) FROM party p WHERE p.tenant = $1 AND p.party_id < $2) \
     WHERE tenant = $1 AND after_party = $2",
    "DELETE FROM party WHERE tenant = $1 AND party_id = $2",
];

pub(super) async fn party(
    tx: &mut dyn Transaction,
    tenant: &str,
    party: PartyId,
) -> Result<(), Trouble> {
    for sql in DELETIONS.iter().copied() {
        tx.execute(sql.into(), params![tenant, party]).await?;
    }
    Ok(())
}
