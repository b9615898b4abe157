-- What was erased, and when a party must be looked at again. Ids, times, classes and grounds; nothing about anybody.

-- A party that was erased: why there is no answer any more, and what a restored copy must erase again.
CREATE TABLE erased (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    ground TEXT NOT NULL,
    record_id TEXT NOT NULL,
    PRIMARY KEY (tenant, party_id)
) STRICT, WITHOUT ROWID;

-- An account that went with its holder.
CREATE TABLE erased_account (
    tenant TEXT NOT NULL,
    account_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    PRIMARY KEY (tenant, account_id)
) STRICT, WITHOUT ROWID;

-- A record class of which something was erased while the party stays, by the record that names what.
CREATE TABLE expired (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    class TEXT NOT NULL,
    at INTEGER NOT NULL,
    ground TEXT NOT NULL,
    PRIMARY KEY (tenant, party_id, record_id, class)
) STRICT, WITHOUT ROWID;

-- When something about the party may become due by time alone; 0 when that must be reckoned anew.
ALTER TABLE party ADD COLUMN keep_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX party_keep ON party (tenant, keep_at, party_id);
CREATE INDEX hold_expiry ON hold (tenant, expires_at) WHERE released_at IS NULL AND expires_at IS NOT NULL;
