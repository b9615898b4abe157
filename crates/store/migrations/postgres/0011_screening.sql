-- What a list update is matched against: one sealed profile a party, and how far each rescreening has come.

-- `sealed` is what the lists ask about the party, under the party's own key. A party without a row is read from its entries.
CREATE TABLE screening_profile (
    tenant TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (tenant, party_id)
);

-- Named by the record of the list's activation. `after_party` is the last party that was done.
CREATE TABLE rescreening (
    tenant TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    list TEXT COLLATE "C" NOT NULL,
    from_digest TEXT COLLATE "C",
    to_digest TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    after_party TEXT COLLATE "C",
    parties BIGINT NOT NULL,
    screened BIGINT NOT NULL,
    alerts BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (tenant, record_id)
);
CREATE INDEX rescreening_after ON rescreening (tenant, after_party);
