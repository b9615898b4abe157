-- What was erased, and when a party must be looked at again. Ids, times, classes and grounds; nothing about anybody.

-- A party that was erased: why there is no answer any more, and what a restored copy must erase again.
CREATE TABLE erased (
    tenant TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    erased_at BIGINT NOT NULL,
    ground TEXT NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, party_id)
);

-- An account that went with its holder.
CREATE TABLE erased_account (
    tenant TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, account_id)
);

-- A record class of which something was erased while the party stays, by the record that names what.
CREATE TABLE expired (
    tenant TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    class TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    ground TEXT NOT NULL,
    PRIMARY KEY (tenant, party_id, record_id, class)
);

-- When something about the party may become due by time alone; 0 when that must be reckoned anew.
ALTER TABLE party ADD COLUMN keep_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX party_keep ON party (tenant, keep_at, party_id);
CREATE INDEX hold_expiry ON hold (tenant, expires_at) WHERE released_at IS NULL AND expires_at IS NOT NULL;
