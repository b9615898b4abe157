-- Every table has the tenant first in its primary key. Times are milliseconds since 1970, ids and dates are text.

CREATE TABLE tenant (
    tenant TEXT NOT NULL PRIMARY KEY,
    origin TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- Keys wrapped under an earlier epoch are no longer taken: that epoch is about to be destroyed.
    least_epoch INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE party (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, party_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    tenant TEXT NOT NULL,
    account_id TEXT NOT NULL,
    holder TEXT NOT NULL,
    product TEXT NOT NULL,
    state TEXT NOT NULL,
    decision TEXT NOT NULL,
    risk TEXT NOT NULL,
    review_at INTEGER,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    closed_at INTEGER,
    last_access_at INTEGER,
    PRIMARY KEY (tenant, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_holder ON account (tenant, holder);
CREATE INDEX account_decision ON account (tenant, decision, account_id);
CREATE INDEX account_review ON account (tenant, review_at) WHERE review_at IS NOT NULL;

CREATE TABLE account_party (
    tenant TEXT NOT NULL,
    account_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    PRIMARY KEY (tenant, account_id, party_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_party_party ON account_party (tenant, party_id, account_id);

CREATE TABLE entry (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    account_id TEXT,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (tenant, party_id, record_id)
) STRICT;

-- `leaf` is kept until the record has its place; from then on the bundle has it.
CREATE TABLE record (
    tenant TEXT NOT NULL,
    record_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    leaf BLOB,
    leaf_hash BLOB,
    leaf_index INTEGER,
    PRIMARY KEY (tenant, record_id),
    UNIQUE (tenant, leaf_index)
) STRICT;
CREATE INDEX record_pending ON record (tenant, record_id) WHERE leaf_index IS NULL;

CREATE TABLE key_row (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (tenant, party_id)
) STRICT;
CREATE INDEX key_row_epoch ON key_row (tenant, epoch);

CREATE TABLE blind (
    tenant TEXT NOT NULL,
    token BLOB NOT NULL,
    party_id TEXT NOT NULL,
    attribute TEXT NOT NULL,
    PRIMARY KEY (tenant, token, party_id, attribute)
) STRICT, WITHOUT ROWID;
CREATE INDEX blind_party ON blind (tenant, party_id, attribute);

CREATE TABLE idempotency (
    tenant TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    body_mac BLOB NOT NULL,
    status INTEGER NOT NULL,
    party_id TEXT,
    envelope BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, route, key)
) STRICT;
CREATE INDEX idempotency_party ON idempotency (tenant, party_id);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE api_key (
    tenant TEXT NOT NULL,
    key_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (tenant, key_id)
) STRICT;
CREATE INDEX api_key_id ON api_key (key_id);

CREATE TABLE pack (
    tenant TEXT NOT NULL,
    pack_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    elected_by TEXT,
    elected_at INTEGER,
    activated_at INTEGER NOT NULL,
    active INTEGER NOT NULL,
    PRIMARY KEY (tenant, pack_id, digest)
) STRICT;

CREATE TABLE list (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    published_on TEXT,
    loaded_at INTEGER NOT NULL,
    report TEXT NOT NULL,
    active INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, digest)
) STRICT;

CREATE TABLE list_file (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    part TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (tenant, digest, part)
) STRICT;

CREATE TABLE setting (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;

CREATE TABLE hold (
    tenant TEXT NOT NULL,
    hold_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    expires_at INTEGER,
    released_at INTEGER,
    envelope BLOB NOT NULL,
    PRIMARY KEY (tenant, hold_id)
) STRICT;
CREATE INDEX hold_party ON hold (tenant, party_id);

CREATE TABLE head (
    tenant TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL
) STRICT;

-- A partial tile or bundle is overwritten by the fuller one of its place.
CREATE TABLE tile (
    tenant TEXT NOT NULL,
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (tenant, level, idx)
) STRICT;

CREATE TABLE bundle (
    tenant TEXT NOT NULL,
    idx INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (tenant, idx)
) STRICT;

CREATE TABLE checkpoint (
    tenant TEXT NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, size)
) STRICT;
