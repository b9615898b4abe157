-- The histories of addresses: the accounts that slots stand for, the assignments, the segments of accesses.

-- `token` is a keyed hash of the id that the account has outside, `name` that id, sealed. Both are gone when the slot was
-- unlinked: its rows are then nobody's.
CREATE TABLE address_slot (
    tenant TEXT COLLATE "C" NOT NULL,
    slot BIGINT NOT NULL,
    token BYTEA,
    name BYTEA,
    account_id TEXT COLLATE "C",
    referred_to TEXT COLLATE "C",
    unlinked_at BIGINT,
    PRIMARY KEY (tenant, slot)
);
CREATE UNIQUE INDEX address_slot_token ON address_slot (tenant, token);
CREATE INDEX address_slot_account ON address_slot (tenant, account_id);

CREATE TYPE address_range AS RANGE (subtype = BYTEA);

-- Who was given an address, a prefix, or ports of one, from when to when, in microseconds. A correction is another row;
-- the one that it corrects stays and says until when it was believed.
CREATE TABLE assignment (
    tenant TEXT COLLATE "C" NOT NULL,
    bits BIGINT NOT NULL,
    span BIGINT NOT NULL,
    first BYTEA NOT NULL,
    from_at BIGINT NOT NULL,
    port_from BIGINT NOT NULL,
    transport BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    last BYTEA NOT NULL,
    port_to BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    precision_us BIGINT NOT NULL,
    superseded_at BIGINT,
    PRIMARY KEY (tenant, bits, span, first, from_at, port_from, transport, known_at),
    -- No two hold the same ports of the same address at once. `tenant` is compared by its hash, since ranges are what
    -- an index of this kind compares without an extension.
    CONSTRAINT assignment_one_holder EXCLUDE USING gist (
        int8range(hashtextextended(tenant, 0), hashtextextended(tenant, 0), '[]') WITH &&,
        address_range(first, last, '[]') WITH &&,
        int8range(port_from, port_to, '[]') WITH &&,
        int8range(transport, CASE WHEN transport = 0 THEN 255 ELSE transport END, '[]') WITH &&,
        int8range(from_at, to_at, '[)') WITH &&
    ) WHERE (superseded_at IS NULL)
);
CREATE INDEX assignment_slot ON assignment (tenant, slot, from_at);

-- Which lengths of prefixes and classes of duration there are, so that a look-up asks for no others.
CREATE TABLE assignment_shape (
    tenant TEXT COLLATE "C" NOT NULL,
    bits BIGINT NOT NULL,
    span BIGINT NOT NULL,
    PRIMARY KEY (tenant, bits, span)
);

-- The segments of accesses that the ledger holds the digests of, those that are no more too.
CREATE TABLE access_segment (
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    row_count BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    gone_record_id TEXT COLLATE "C",
    gone_at BIGINT,
    PRIMARY KEY (tenant, name)
);
