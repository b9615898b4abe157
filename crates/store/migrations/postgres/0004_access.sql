-- Who may do what. What a person is called is sealed; a handle is a pseudonym.

-- Keys of before are keys of services, narrowed to the scopes they have.
ALTER TABLE api_key ADD COLUMN role TEXT NOT NULL DEFAULT 'service';
-- The member of staff behind the key; the grants are theirs.
ALTER TABLE api_key ADD COLUMN staff TEXT COLLATE "C";

CREATE TABLE staff (
    tenant TEXT COLLATE "C" NOT NULL,
    handle TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    suspended_at BIGINT,
    envelope BYTEA,
    PRIMARY KEY (tenant, handle)
);

CREATE TABLE staff_grant (
    tenant TEXT COLLATE "C" NOT NULL,
    handle TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    granted_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (tenant, handle, role)
);

-- `fields` are names of attributes, separated by spaces; never values.
CREATE TABLE opening (
    tenant TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    case_id TEXT NOT NULL,
    fields TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, party_id, record_id)
);
CREATE INDEX opening_actor ON opening (tenant, actor, record_id);

-- A second person let somebody open more than a day's measure.
CREATE TABLE opening_allowance (
    tenant TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    allowed_by TEXT NOT NULL,
    more BIGINT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, actor, record_id)
);

-- Searches by a value: who asked for what purpose and how many were found; neither the value nor whom.
CREATE TABLE search_made (
    tenant TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    attribute TEXT NOT NULL,
    found BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, actor, record_id)
);
