-- Every table has the tenant first in its primary key. Times are milliseconds since 1970, ids and dates are text, in byte order.

CREATE TABLE tenant (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    origin TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Keys wrapped under an earlier epoch are no longer taken: that epoch is about to be destroyed.
    least_epoch BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE party (
    tenant TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, party_id)
);

CREATE TABLE account (
    tenant TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    product TEXT NOT NULL,
    state TEXT NOT NULL,
    decision TEXT COLLATE "C" NOT NULL,
    risk TEXT NOT NULL,
    review_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    closed_at BIGINT,
    last_access_at BIGINT,
    PRIMARY KEY (tenant, account_id)
);
CREATE INDEX account_holder ON account (tenant, holder);
CREATE INDEX account_decision ON account (tenant, decision, account_id);
CREATE INDEX account_review ON account (tenant, review_at) WHERE review_at IS NOT NULL;

CREATE TABLE account_party (
    tenant TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, account_id, party_id)
);
CREATE INDEX account_party_party ON account_party (tenant, party_id, account_id);

CREATE TABLE entry (
    tenant TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C",
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    envelope BYTEA NOT NULL,
    PRIMARY KEY (tenant, party_id, record_id)
);

-- `leaf` is kept until the record has its place; from then on the bundle has it.
CREATE TABLE record (
    tenant TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    leaf BYTEA,
    leaf_hash BYTEA,
    leaf_index BIGINT,
    PRIMARY KEY (tenant, record_id),
    UNIQUE (tenant, leaf_index)
);
CREATE INDEX record_pending ON record (tenant, record_id) WHERE leaf_index IS NULL;

CREATE TABLE key_row (
    tenant TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    PRIMARY KEY (tenant, party_id)
);
CREATE INDEX key_row_epoch ON key_row (tenant, epoch);

CREATE TABLE blind (
    tenant TEXT COLLATE "C" NOT NULL,
    token BYTEA NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, token, party_id, attribute)
);
CREATE INDEX blind_party ON blind (tenant, party_id, attribute);

CREATE TABLE idempotency (
    tenant TEXT COLLATE "C" NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    body_mac BYTEA NOT NULL,
    status BIGINT NOT NULL,
    party_id TEXT COLLATE "C",
    envelope BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, route, key)
);
CREATE INDEX idempotency_party ON idempotency (tenant, party_id);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE api_key (
    tenant TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (tenant, key_id)
);
CREATE INDEX api_key_id ON api_key (key_id);

CREATE TABLE pack (
    tenant TEXT COLLATE "C" NOT NULL,
    pack_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    elected_by TEXT,
    elected_at BIGINT,
    activated_at BIGINT NOT NULL,
    active BIGINT NOT NULL,
    PRIMARY KEY (tenant, pack_id, digest)
);

CREATE TABLE list (
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    published_on TEXT,
    loaded_at BIGINT NOT NULL,
    report TEXT NOT NULL,
    active BIGINT NOT NULL,
    PRIMARY KEY (tenant, name, digest)
);

CREATE TABLE list_file (
    tenant TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    part TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (tenant, digest, part)
);

CREATE TABLE setting (
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE hold (
    tenant TEXT COLLATE "C" NOT NULL,
    hold_id TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT NOT NULL,
    expires_at BIGINT,
    released_at BIGINT,
    envelope BYTEA NOT NULL,
    PRIMARY KEY (tenant, hold_id)
);
CREATE INDEX hold_party ON hold (tenant, party_id);

CREATE TABLE head (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL
);

-- A partial tile or bundle is overwritten by the fuller one of its place.
CREATE TABLE tile (
    tenant TEXT COLLATE "C" NOT NULL,
    level BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (tenant, level, idx)
);

CREATE TABLE bundle (
    tenant TEXT COLLATE "C" NOT NULL,
    idx BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (tenant, idx)
);

CREATE TABLE checkpoint (
    tenant TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, size)
);

-- Ciphertext and hashes do not compress: do not try.
ALTER TABLE entry ALTER COLUMN envelope SET STORAGE EXTERNAL;
ALTER TABLE tile ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE idempotency ALTER COLUMN envelope SET STORAGE EXTERNAL;
