-- Who put a back-up or a keyring back, and whether anybody could be asked if they may. `record_id` is empty until the next
-- start has recorded it.
CREATE TABLE restoration (
    tenant TEXT NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    source TEXT NOT NULL,
    source_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    asked TEXT NOT NULL,
    record_id TEXT,
    PRIMARY KEY (tenant, at, what)
) STRICT;

-- Items of a party that were erased again when a back-up was restored, until that is recorded: the record of each, its name
-- there, and its class.
CREATE TABLE cut_again (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    item TEXT NOT NULL,
    class TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, party_id, record_id, item)
) STRICT;
