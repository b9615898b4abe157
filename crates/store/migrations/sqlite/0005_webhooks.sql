-- What happened, as handles and states, for other systems; and what was sent to whom.
-- `data` holds ids, states and paths, never anything about a person.

-- The number of the last event. It is taken under lock and kept until the commit, so that whoever has read up to a number
-- never finds an earlier one afterwards.
CREATE TABLE event_head (
    tenant TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
    tenant TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- What must stay in order: an account, or what else it is about.
    subject TEXT NOT NULL,
    -- Whom it is about, so that it goes when they are erased.
    party_id TEXT,
    at INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (tenant, sequence),
    UNIQUE (tenant, event_id)
) STRICT;
CREATE INDEX event_party ON event (tenant, party_id) WHERE party_id IS NOT NULL;
CREATE INDEX event_at ON event (tenant, at);

CREATE TABLE webhook_endpoint (
    tenant TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    -- Address, description and keys, sealed under a key of the tenant: an address may hold a secret too.
    envelope BLOB NOT NULL,
    -- Kinds of events, separated by spaces; `*` is every kind.
    filter TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Why it is disabled.
    reason TEXT,
    -- The last event that was looked at for it.
    cursor INTEGER NOT NULL,
    -- Since when nothing has arrived.
    failing_since INTEGER,
    -- Nothing is sent before this instant.
    paused_until INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, endpoint_id)
) STRICT;

CREATE TABLE webhook_delivery (
    tenant TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    subject TEXT NOT NULL,
    party_id TEXT,
    state TEXT NOT NULL,
    -- Attempts ever, and failures since it was last put.
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    -- Not before this instant, while it is pending.
    next_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, endpoint_id, sequence)
) STRICT;
CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant, endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_order ON webhook_delivery (tenant, endpoint_id, subject, sequence) WHERE state = 'pending';
CREATE INDEX webhook_delivery_party ON webhook_delivery (tenant, party_id) WHERE party_id IS NOT NULL;

CREATE TABLE webhook_attempt (
    tenant TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    -- The status of the answer, or the word for why there was none.
    status INTEGER,
    error TEXT,
    PRIMARY KEY (tenant, endpoint_id, sequence, attempt)
) STRICT;
