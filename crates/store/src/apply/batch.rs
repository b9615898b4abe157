//! The rows of several changes, gathered by table and written by few statements.

use std::collections::HashSet;

use super::bulk::{Bulk, run};
use super::check::Checked;
use super::{Trouble, case, import, screening, single, webhook, work};
use crate::database::{Param, Transaction, params};
use crate::rows::{AccountRow, PartyRow};
use crate::{CaseOp, ImportOp, Op, ScreeningOp, Subject, WebhookOp, WorkOp};

/// Statements in the order in which they are run.
const STATEMENTS: [Bulk; 18] = [
    Bulk {
        before: "INSERT INTO party (tenant, party_id, version, kind, created_at) VALUES ",
        after: "",
        columns: 5,
    },
    Bulk {
        before: "WITH v(tenant, party_id, version, kind, created_at) AS (VALUES ",
        after: ") UPDATE party SET version = v.version, kind = v.kind, keep_at = 0 FROM v \
                WHERE party.tenant = v.tenant AND party.party_id = v.party_id",
        columns: 5,
    },
    Bulk {
        before: "WITH v(tenant, party_id, version) AS (VALUES ",
        after: ") UPDATE party SET version = v.version, keep_at = 0 FROM v \
                WHERE party.tenant = v.tenant AND party.party_id = v.party_id",
        columns: 3,
    },
    Bulk {
        before: "INSERT INTO account (tenant, account_id, version, holder, product, state, decision, risk, review_at, \
                 created_at, closed_at, last_access_at) VALUES ",
        after: "",
        columns: 12,
    },
    Bulk {
        before: "WITH v(tenant, account_id, version, holder, product, state, decision, risk, review_at, created_at, \
                 closed_at, last_access_at) AS (VALUES ",
        after: ") UPDATE account SET version = v.version, holder = v.holder, product = v.product, state = v.state, \
                decision = v.decision, risk = v.risk, review_at = v.review_at, closed_at = v.closed_at, \
                last_access_at = v.last_access_at FROM v \
                WHERE account.tenant = v.tenant AND account.account_id = v.account_id",
        columns: 12,
    },
    Bulk {
        before: "WITH v(tenant, account_id, version) AS (VALUES ",
        after: ") UPDATE account SET version = v.version FROM v \
                WHERE account.tenant = v.tenant AND account.account_id = v.account_id",
        columns: 3,
    },
    Bulk {
        before: "INSERT INTO account_party (tenant, account_id, party_id) VALUES ",
        after: " ON CONFLICT (tenant, account_id, party_id) DO NOTHING",
        columns: 3,
    },
    Bulk {
        before: "INSERT INTO entry (tenant, party_id, record_id, account_id, kind, at, envelope) VALUES ",
        after: "",
        columns: 7,
    },
    Bulk {
        before: "INSERT INTO record (tenant, record_id, kind, at, leaf) VALUES ",
        after: "",
        columns: 5,
    },
    Bulk {
        before: "INSERT INTO key_row (tenant, party_id, epoch, wrapped) VALUES ",
        after: " ON CONFLICT (tenant, party_id) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped",
        columns: 4,
    },
    Bulk {
        before: "INSERT INTO blind (tenant, token, party_id, attribute) VALUES ",
        after: " ON CONFLICT (tenant, token, party_id, attribute) DO NOTHING",
        columns: 4,
    },
    Bulk {
        before: "INSERT INTO idempotency (tenant, route, key, body_mac, status, party_id, envelope, at) VALUES ",
        after: "",
        columns: 8,
    },
    Bulk {
        before: "INSERT INTO job (tenant, job_id, kind, task, timer, lane, party_id, state, run_at, attempts, created_at) \
                 VALUES ",
        after: "",
        columns: 11,
    },
    Bulk {
        before: "INSERT INTO case_file (tenant, case_id, version, kind, party_id, account_id, parent, restricted, \
                 opened_by, opened_at, state, assignee, proposed_by, decided_by, approved_by, second, outcome, \
                 earliest_at, due_at, overdue_at, decided_at, closed_at) VALUES ",
        after: "",
        columns: 22,
    },
    Bulk {
        before: "INSERT INTO case_entry (tenant, case_id, record_id, party_id, kind, actor, at, text) VALUES ",
        after: "",
        columns: 8,
    },
    import::IMPORTED,
    import::CAMPAIGN_ACCOUNT,
    screening::PROFILE,
];

/// Places in [`STATEMENTS`].
#[derive(Clone, Copy)]
enum To {
    NewParty,
    Party,
    PartyVersion,
    NewAccount,
    Account,
    AccountVersion,
    Link,
    Entry,
    Record,
    Keys,
    Token,
    Idempotency,
    Job,
    Case,
    CaseEntry,
    Imported,
    CampaignAccount,
    Profile,
}

/// Rows that wait to be written.
#[derive(Default)]
pub(super) struct Batch {
    rows: [Vec<Vec<Param>>; STATEMENTS.len()],
    /// Whose version is among them: a second time needs a second statement.
    touched: HashSet<(String, Subject)>,
    announced: webhook::Announced,
}

impl Batch {
    /// Adds a change whose versions were checked; runs at once what cannot wait.
    pub(super) async fn add(
        &mut self,
        tx: &mut dyn Transaction,
        checked: &Checked,
    ) -> Result<(), Trouble> {
        let tenant = checked.change.tenant.as_str();
        let subjects = || checked.expect.keys().map(|s| (tenant.to_owned(), *s));
        if subjects().any(|subject| self.touched.contains(&subject)) {
            self.flush(tx).await?;
        }
        self.touched.extend(subjects());
        self.versions(tenant, checked);
        let mut leaves = checked.leaves.iter();
        for op in &checked.change.ops {
            match op {
                Op::AddRecord(row) => {
                    let Some((kind, at)) = leaves.next() else {
                        continue;
                    };
                    let leaf = row.leaf.clone();
                    self.push(
                        To::Record,
                        params![tenant, row.record, kind.as_str(), *at, leaf],
                    );
                }
                Op::Webhook(WebhookOp::Announce(row)) => self.announced.add(tenant, row),
                op => {
                    if !self.gather(tenant, op) {
                        self.flush(tx).await?;
                        single::run(tx, tenant, op).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes what waits.
    pub(super) async fn flush(&mut self, tx: &mut dyn Transaction) -> Result<(), Trouble> {
        self.touched.clear();
        for (bulk, rows) in STATEMENTS.iter().zip(&mut self.rows) {
            run(tx, bulk, std::mem::take(rows)).await?;
        }
        self.announced.flush(tx).await
    }

    fn push(&mut self, to: To, params: Vec<Param>) {
        if let Some(rows) = self.rows.get_mut(to as usize) {
            rows.push(params);
        }
    }

    /// The parties and accounts themselves, with their new versions. Of several rows for one the last counts.
    fn versions(&mut self, tenant: &str, checked: &Checked) {
        for (subject, expected) in &checked.expect {
            let version = expected + 1;
            let ops = || checked.change.ops.iter().rev();
            match subject {
                Subject::Party(id) => {
                    let put = ops().find_map(|op| match op {
                        Op::PutParty(row) if row.party == *id => Some(row),
                        _ => None,
                    });
                    match put {
                        Some(row) if *expected == 0 => {
                            self.push(To::NewParty, party(tenant, version, row))
                        }
                        Some(row) => self.push(To::Party, party(tenant, version, row)),
                        None => self.push(To::PartyVersion, params![tenant, *id, version]),
                    }
                }
                Subject::Account(id) => {
                    let put = ops().find_map(|op| match op {
                        Op::PutAccount(row) if row.account == *id => Some(row),
                        _ => None,
                    });
                    match put {
                        Some(row) if *expected == 0 => {
                            self.push(To::NewAccount, account(tenant, version, row))
                        }
                        Some(row) => self.push(To::Account, account(tenant, version, row)),
                        None => self.push(To::AccountVersion, params![tenant, *id, version]),
                    }
                }
                // The operation that the change has on it counts it up.
                Subject::Case(_) => {}
            }
        }
    }

    /// Whether the operation is one whose rows can be gathered, which is then done.
    fn gather(&mut self, tenant: &str, op: &Op) -> bool {
        let (to, row) = match op {
            Op::PutParty(_) | Op::PutAccount(_) => return true,
            Op::LinkParty { account, party } => (To::Link, params![tenant, *account, *party]),
            Op::AddEntry(row) => (
                To::Entry,
                params![
                    tenant,
                    row.party,
                    row.record,
                    row.account,
                    row.kind.as_str(),
                    row.at,
                    row.envelope.clone()
                ],
            ),
            Op::PutKeys(row) => (
                To::Keys,
                params![tenant, row.party, row.epoch, row.wrapped.clone()],
            ),
            Op::AddToken {
                token,
                party,
                attribute,
            } => (
                To::Token,
                params![tenant, token.clone(), *party, attribute.as_str()],
            ),
            Op::AddIdempotency(row) => (
                To::Idempotency,
                params![
                    tenant,
                    row.route.as_str(),
                    row.key.as_str(),
                    row.body_mac.clone(),
                    i64::from(row.status),
                    row.party,
                    row.envelope.clone(),
                    row.at
                ],
            ),
            // A timer may take the place of another, which rows of one statement cannot do to each other.
            Op::Work(WorkOp::Put(row)) if row.timer.is_none() => {
                (To::Job, work::params_of(tenant, row))
            }
            Op::Case(CaseOp::Open(row)) => (To::Case, case::opened(tenant, row)),
            Op::Case(CaseOp::AddEntry(row)) => (To::CaseEntry, case::entry(tenant, row)),
            Op::Import(ImportOp::Add(row)) => (To::Imported, import::added(tenant, row)),
            Op::Import(ImportOp::SetDue {
                campaign,
                account,
                due_at,
                ..
            }) => (
                To::CampaignAccount,
                params![tenant, campaign.as_str(), *account, *due_at],
            ),
            Op::Screening(ScreeningOp::PutProfile { party, sealed }) => {
                (To::Profile, params![tenant, *party, sealed.clone()])
            }
            _ => return false,
        };
        self.push(to, row);
        true
    }
}

fn party(tenant: &str, version: i64, row: &PartyRow) -> Vec<Param> {
    params![
        tenant,
        row.party,
        version,
        row.kind.as_str(),
        row.created_at
    ]
}

fn account(tenant: &str, version: i64, row: &AccountRow) -> Vec<Param> {
    params![
        tenant,
        row.account,
        version,
        row.holder,
        row.product.as_str(),
        row.state.as_str(),
        row.decision.as_str(),
        row.risk.as_str(),
        row.review_at,
        row.created_at,
        row.closed_at,
        row.last_access_at
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every place with the table that its rows are for, whether they are new, and their first columns.
    const PLACES: [(To, &str, bool, &str); 18] = [
        (
            To::NewParty,
            "party",
            true,
            "tenant, party_id, version, kind",
        ),
        (To::Party, "party", false, "tenant, party_id, version, kind"),
        (
            To::PartyVersion,
            "party",
            false,
            "tenant, party_id, version)",
        ),
        (
            To::NewAccount,
            "account",
            true,
            "tenant, account_id, version, holder",
        ),
        (
            To::Account,
            "account",
            false,
            "tenant, account_id, version, holder",
        ),
        (
            To::AccountVersion,
            "account",
            false,
            "tenant, account_id, version)",
        ),
        (
            To::Link,
            "account_party",
            true,
            "tenant, account_id, party_id",
        ),
        (To::Entry, "entry", true, "tenant, party_id, record_id"),
        (
            To::Record,
            "record",
            true,
            "tenant, record_id, kind, at, leaf",
        ),
        (
            To::Keys,
            "key_row",
            true,
            "tenant, party_id, epoch, wrapped",
        ),
        (
            To::Token,
            "blind",
            true,
            "tenant, token, party_id, attribute",
        ),
        (To::Idempotency, "idempotency", true, "tenant, route, key"),
        (To::Job, "job", true, "tenant, job_id, kind, task"),
        (
            To::Case,
            "case_file",
            true,
            "tenant, case_id, version, kind",
        ),
        (
            To::CaseEntry,
            "case_entry",
            true,
            "tenant, case_id, record_id",
        ),
        (
            To::Imported,
            "imported",
            true,
            "tenant, token, source, party_id",
        ),
        (
            To::CampaignAccount,
            "campaign_account",
            true,
            "tenant, campaign",
        ),
        (
            To::Profile,
            "screening_profile",
            true,
            "tenant, party_id, sealed",
        ),
    ];

    /// A place that is added must be added to the list above.
    const fn listed(to: To) -> bool {
        match to {
            To::NewParty | To::Party | To::PartyVersion | To::NewAccount | To::Account => true,
            To::AccountVersion | To::Link | To::Entry | To::Record | To::Keys | To::Token => true,
            To::Idempotency | To::Job | To::Case | To::CaseEntry => true,
            To::Imported | To::CampaignAccount | To::Profile => true,
        }
    }

    #[test]
    fn each_place_is_that_of_the_statement_for_its_rows() {
        assert_eq!(STATEMENTS.len(), PLACES.len());
        for (place, (to, table, is_new, first)) in PLACES.into_iter().enumerate() {
            assert!(listed(to));
            assert_eq!(to as usize, place, "{table}");
            let bulk = &STATEMENTS[place];
            let (names, verb) = match is_new {
                true => (bulk.before, format!("INSERT INTO {table} (")),
                false => (bulk.after, format!(") UPDATE {table} SET ")),
            };
            assert!(names.contains(&verb), "{place}: {}", bulk.before);
            let listed = bulk.before.split_once('(').unwrap().1;
            assert!(listed.starts_with(first), "{place}: {listed}");
            let columns = listed.split_once(')').unwrap().0;
            assert_eq!(columns.split(',').count(), bulk.columns, "{place}");
        }
    }

    #[test]
    fn rows_have_as_many_values_as_their_statements_have_columns() {
        let at = bonafide_model::Timestamp::from_millis(0).unwrap();
        let party_row = PartyRow::new(bonafide_model::PartyId::from_bits(1), "person", at);
        assert_eq!(
            party("t", 1, &party_row).len(),
            STATEMENTS[To::NewParty as usize].columns
        );
        let account_row = AccountRow {
            account: bonafide_model::AccountId::from_bits(1),
            holder: party_row.party,
            product: String::new(),
            state: String::new(),
            decision: String::new(),
            risk: String::new(),
            review_at: None,
            version: 1,
            created_at: at,
            closed_at: None,
            last_access_at: None,
        };
        assert_eq!(
            account("t", 1, &account_row).len(),
            STATEMENTS[To::NewAccount as usize].columns
        );
    }
}
