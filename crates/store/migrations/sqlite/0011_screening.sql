-- What a list update is matched against: one sealed profile a party, and how far each rescreening has come.

-- `sealed` is what the lists ask about the party, under the party's own key. A party without a row is read from its entries.
CREATE TABLE screening_profile (
    tenant TEXT NOT NULL,
    party_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (tenant, party_id)
) STRICT, WITHOUT ROWID;

-- Named by the record of the list's activation. `after_party` is the last party that was done.
CREATE TABLE rescreening (
    tenant TEXT NOT NULL,
    record_id TEXT NOT NULL,
    list TEXT NOT NULL,
    from_digest TEXT,
    to_digest TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    after_party TEXT,
    parties INTEGER NOT NULL,
    screened INTEGER NOT NULL,
    alerts INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (tenant, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rescreening_after ON rescreening (tenant, after_party);
