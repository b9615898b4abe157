-- Customers taken over from an earlier system, and the campaigns that verify them.

-- `token` is a keyed hash of the source and its own id of the customer, `content` one of what the row said.
CREATE TABLE imported (
    tenant TEXT COLLATE "C" NOT NULL,
    token BYTEA NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, token)
);
CREATE INDEX imported_party ON imported (tenant, party_id);
CREATE INDEX imported_account ON imported (tenant, account_id);

CREATE TABLE campaign (
    tenant TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    cohort TEXT COLLATE "C" NOT NULL,
    first_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, campaign_id)
);

CREATE TABLE campaign_account (
    tenant TEXT COLLATE "C" NOT NULL,
    campaign_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, campaign_id, account_id)
);
CREATE INDEX campaign_account_account ON campaign_account (tenant, account_id);
