-- What is to be done later. A row goes when it is done; one that was given up stays until somebody retries or discards it.
-- `task` names ids and states only, never anything about a person.

CREATE TABLE job (
    tenant TEXT NOT NULL,
    job_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    task TEXT NOT NULL,
    -- At most one job of this name waits: putting another replaces it.
    timer TEXT,
    -- Jobs of one lane are done one after another, in the order of their ids.
    lane TEXT,
    -- Whom it is about, so that it goes when they are erased.
    party_id TEXT,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_until BIGINT,
    leased_by TEXT,
    error TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, job_id)
);
CREATE UNIQUE INDEX job_timer ON job (tenant, timer) WHERE timer IS NOT NULL AND state = 'waiting';
CREATE INDEX job_timers ON job (tenant, timer) WHERE timer IS NOT NULL;
CREATE INDEX job_due ON job (run_at, job_id) WHERE state = 'waiting';
CREATE INDEX job_leased ON job (leased_until) WHERE state = 'running';
CREATE INDEX job_lane ON job (tenant, lane, job_id) WHERE lane IS NOT NULL;
CREATE INDEX job_party ON job (tenant, party_id) WHERE party_id IS NOT NULL;
