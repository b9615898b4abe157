-- The histories of addresses: the accounts that slots stand for, the assignments, the segments of accesses.

-- `token` is a keyed hash of the id that the account has outside, `name` that id, sealed. Both are gone when the slot was
-- unlinked: its rows are then nobody's.
CREATE TABLE address_slot (
    tenant TEXT NOT NULL,
    slot INTEGER NOT NULL,
    token BLOB,
    name BLOB,
    account_id TEXT,
    referred_to TEXT,
    unlinked_at INTEGER,
    PRIMARY KEY (tenant, slot)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX address_slot_token ON address_slot (tenant, token);
CREATE INDEX address_slot_account ON address_slot (tenant, account_id);

-- Who was given an address, a prefix, or ports of one, from when to when, in microseconds. A correction is another row;
-- the one that it corrects stays and says until when it was believed.
CREATE TABLE assignment (
    tenant TEXT NOT NULL,
    bits INTEGER NOT NULL,
    span INTEGER NOT NULL,
    first BLOB NOT NULL,
    from_at INTEGER NOT NULL,
    port_from INTEGER NOT NULL,
    transport INTEGER NOT NULL,
    known_at INTEGER NOT NULL,
    last BLOB NOT NULL,
    port_to INTEGER NOT NULL,
    to_at INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    resource TEXT NOT NULL,
    source TEXT NOT NULL,
    precision_us INTEGER NOT NULL,
    superseded_at INTEGER,
    PRIMARY KEY (tenant, bits, span, first, from_at, port_from, transport, known_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_slot ON assignment (tenant, slot, from_at);

-- Which lengths of prefixes and classes of duration there are, so that a look-up asks for no others.
CREATE TABLE assignment_shape (
    tenant TEXT NOT NULL,
    bits INTEGER NOT NULL,
    span INTEGER NOT NULL,
    PRIMARY KEY (tenant, bits, span)
) STRICT, WITHOUT ROWID;

-- The segments of accesses that the ledger holds the digests of, those that are no more too.
CREATE TABLE access_segment (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    gone_record_id TEXT,
    gone_at INTEGER,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;
