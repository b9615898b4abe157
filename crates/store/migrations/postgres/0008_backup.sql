-- The ledgers that ended: after a restore the ledger goes on under another origin, as an acknowledged incarnation.
-- Entries below `size` were recorded under `origin`; the `carried` ones after it too, and were given their places later.
CREATE TABLE incarnation (
    tenant TEXT NOT NULL,
    number BIGINT NOT NULL,
    origin TEXT NOT NULL,
    verifier TEXT NOT NULL,
    size BIGINT NOT NULL,
    carried BIGINT NOT NULL,
    record_id TEXT NOT NULL,
    statement TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, number)
);

-- A tenant that was restored and whose ledger nobody has reopened yet.
CREATE TABLE restored (
    tenant TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    backup TEXT NOT NULL,
    backup_at BIGINT NOT NULL,
    erased_again BIGINT NOT NULL
);

-- A party that was erased again when a back-up was restored, and the leaves of its records, until that is recorded.
CREATE TABLE erased_again (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    erased_at BIGINT NOT NULL,
    leaves BYTEA NOT NULL,
    PRIMARY KEY (tenant, party_id)
);
