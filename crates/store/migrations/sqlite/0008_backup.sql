-- The ledgers that ended: after a restore the ledger goes on under another origin, as an acknowledged incarnation.
-- Entries below `size` were recorded under `origin`; the `carried` ones after it too, and were given their places later.
CREATE TABLE incarnation (
    tenant TEXT NOT NULL,
    number INTEGER NOT NULL,
    origin TEXT NOT NULL,
    verifier TEXT NOT NULL,
    size INTEGER NOT NULL,
    carried INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    statement TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, number)
) STRICT;

-- A tenant that was restored and whose ledger nobody has reopened yet.
CREATE TABLE restored (
    tenant TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    backup TEXT NOT NULL,
    backup_at INTEGER NOT NULL,
    erased_again INTEGER NOT NULL
) STRICT;

-- A party that was erased again when a back-up was restored, and the leaves of its records, until that is recorded.
CREATE TABLE erased_again (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    leaves BLOB NOT NULL,
    PRIMARY KEY (tenant, party_id)
) STRICT;
