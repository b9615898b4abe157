-- Who may do what. What a person is called is sealed; a handle is a pseudonym.

-- Keys of before are keys of services, narrowed to the scopes they have.
ALTER TABLE api_key ADD COLUMN role TEXT NOT NULL DEFAULT 'service';
-- The member of staff behind the key; the grants are theirs.
ALTER TABLE api_key ADD COLUMN staff TEXT;

CREATE TABLE staff (
    tenant TEXT NOT NULL,
    handle TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    suspended_at INTEGER,
    envelope BLOB,
    PRIMARY KEY (tenant, handle)
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_grant (
    tenant TEXT NOT NULL,
    handle TEXT NOT NULL,
    role TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (tenant, handle, role)
) STRICT, WITHOUT ROWID;

-- `fields` are names of attributes, separated by spaces; never values.
CREATE TABLE opening (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    purpose TEXT NOT NULL,
    case_id TEXT NOT NULL,
    fields TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, party_id, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX opening_actor ON opening (tenant, actor, record_id);

-- A second person let somebody open more than a day's measure.
CREATE TABLE opening_allowance (
    tenant TEXT NOT NULL,
    actor TEXT NOT NULL,
    record_id TEXT NOT NULL,
    allowed_by TEXT NOT NULL,
    more INTEGER NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, actor, record_id)
) STRICT, WITHOUT ROWID;

-- Searches by a value: who asked for what purpose and how many were found; neither the value nor whom.
CREATE TABLE search_made (
    tenant TEXT NOT NULL,
    actor TEXT NOT NULL,
    record_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    attribute TEXT NOT NULL,
    found INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, actor, record_id)
) STRICT, WITHOUT ROWID;
