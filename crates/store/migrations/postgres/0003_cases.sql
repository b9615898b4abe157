-- Cases: ids, kinds, states, handles of staff, times. What is said in them is sealed in entries.
CREATE TABLE case_file (
    tenant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C",
    account_id TEXT COLLATE "C",
    parent TEXT COLLATE "C",
    restricted BIGINT NOT NULL,
    opened_by TEXT COLLATE "C" NOT NULL,
    assignee TEXT COLLATE "C",
    proposed_by TEXT COLLATE "C",
    decided_by TEXT COLLATE "C",
    approved_by TEXT COLLATE "C",
    second TEXT COLLATE "C",
    outcome TEXT COLLATE "C",
    opened_at BIGINT NOT NULL,
    earliest_at BIGINT,
    due_at BIGINT,
    overdue_at BIGINT,
    decided_at BIGINT,
    closed_at BIGINT,
    PRIMARY KEY (tenant, case_id)
);
CREATE INDEX case_file_party ON case_file (tenant, party_id) WHERE party_id IS NOT NULL;
CREATE INDEX case_file_account ON case_file (tenant, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX case_file_parent ON case_file (tenant, parent) WHERE parent IS NOT NULL;
CREATE INDEX case_file_pending ON case_file (tenant, due_at, case_id) WHERE state IN ('open', 'proposed');
-- An account has at most one review at a time.
CREATE UNIQUE INDEX case_file_review ON case_file (tenant, account_id)
    WHERE kind = 'review' AND state IN ('open', 'proposed');

-- What was said in a case: which record says it. `text` is there in cases about nobody alone, where it may hold nothing about
-- anybody.
CREATE TABLE case_entry (
    tenant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    text TEXT COLLATE "C",
    PRIMARY KEY (tenant, case_id, record_id)
);
CREATE INDEX case_entry_party ON case_entry (tenant, party_id) WHERE party_id IS NOT NULL;
