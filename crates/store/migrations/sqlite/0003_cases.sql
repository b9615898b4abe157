-- Cases: ids, kinds, states, handles of staff, times. What is said in them is sealed in entries.
CREATE TABLE case_file (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    party_id TEXT,
    account_id TEXT,
    parent TEXT,
    restricted INTEGER NOT NULL,
    opened_by TEXT NOT NULL,
    assignee TEXT,
    proposed_by TEXT,
    decided_by TEXT,
    approved_by TEXT,
    second TEXT,
    outcome TEXT,
    opened_at INTEGER NOT NULL,
    earliest_at INTEGER,
    due_at INTEGER,
    overdue_at INTEGER,
    decided_at INTEGER,
    closed_at INTEGER,
    PRIMARY KEY (tenant, case_id)
) STRICT, WITHOUT ROWID;
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
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    party_id TEXT,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at INTEGER NOT NULL,
    text TEXT,
    PRIMARY KEY (tenant, case_id, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_entry_party ON case_entry (tenant, party_id) WHERE party_id IS NOT NULL;
