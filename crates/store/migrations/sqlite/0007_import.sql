-- Customers taken over from an earlier system, and the campaigns that verify them.

-- `token` is a keyed hash of the source and its own id of the customer, `content` one of what the row said.
CREATE TABLE imported (
    tenant TEXT NOT NULL,
    token BLOB NOT NULL,
    source TEXT NOT NULL,
    party_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    content BLOB NOT NULL,
    run_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX imported_party ON imported (tenant, party_id);
CREATE INDEX imported_account ON imported (tenant, account_id);

CREATE TABLE campaign (
    tenant TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    cohort TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, campaign_id)
) STRICT;

CREATE TABLE campaign_account (
    tenant TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, campaign_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX campaign_account_account ON campaign_account (tenant, account_id);
