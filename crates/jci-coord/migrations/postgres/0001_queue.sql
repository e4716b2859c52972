-- Times are milliseconds since 1970; yes and no are 1 and 0; what is sorted is sorted by its
-- bytes, whatever the language of the server.

CREATE TABLE job (
    id TEXT COLLATE "C" PRIMARY KEY,
    repository TEXT COLLATE "C" NOT NULL,
    commit_id TEXT COLLATE "C" NOT NULL,
    -- What was asked for, as JSON: it never changes. Labels and priority are in it, too.
    spec TEXT NOT NULL,
    labels TEXT COLLATE "C" NOT NULL,
    priority BIGINT NOT NULL,
    view_key TEXT NOT NULL,
    state TEXT NOT NULL,
    approved BIGINT NOT NULL,
    -- Two things that follow from the state, for the indexes.
    ready BIGINT NOT NULL,
    active BIGINT NOT NULL,
    attempt BIGINT,
    not_before BIGINT,
    cancelled_by TEXT,
    rerun_of TEXT,
    created BIGINT NOT NULL,
    started BIGINT,
    finished BIGINT,
    exit_code BIGINT,
    reason TEXT,
    run TEXT
);

CREATE UNIQUE INDEX job_active ON job (repository, commit_id) WHERE active = 1;
CREATE INDEX job_ready ON job (repository, labels, priority, id) WHERE ready = 1;
CREATE INDEX job_waiting ON job (id) WHERE not_before IS NOT NULL;
CREATE INDEX job_ended ON job (finished) WHERE active = 0;
CREATE INDEX job_commit ON job (repository, commit_id, id);
CREATE INDEX job_repository ON job (repository, id);
CREATE INDEX job_state ON job (state, id);

-- How many jobs of a repository are assigned or running. Whoever changes a lane of the repository
-- changes this row first, so that no two do so at once.
CREATE TABLE load (
    repository TEXT COLLATE "C" PRIMARY KEY,
    running BIGINT NOT NULL
);

-- The jobs that are ready, by what decides whose turn it is: a claim looks at the first lane for
-- its labels and never at the queue, however long that is.
CREATE TABLE lane (
    repository TEXT COLLATE "C" NOT NULL,
    labels TEXT COLLATE "C" NOT NULL,
    priority BIGINT NOT NULL,
    running BIGINT NOT NULL,
    oldest TEXT COLLATE "C" NOT NULL,
    jobs BIGINT NOT NULL,
    PRIMARY KEY (repository, labels, priority)
);

CREATE INDEX lane_turn ON lane (labels, priority DESC, running, oldest);

CREATE TABLE attempt (
    job TEXT COLLATE "C" NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    runner TEXT NOT NULL,
    state TEXT NOT NULL,
    live BIGINT NOT NULL,
    -- How often it was renewed; none for a runner of the old protocol.
    beat BIGINT,
    cancel BIGINT NOT NULL,
    request TEXT,
    -- The SHA-256 of the token, in hex.
    token TEXT NOT NULL,
    assigned BIGINT NOT NULL,
    started BIGINT,
    deadline BIGINT NOT NULL,
    ended BIGINT,
    -- How it ended, as JSON.
    ending TEXT,
    PRIMARY KEY (job, number)
);

CREATE INDEX attempt_live ON attempt (job, number) WHERE live = 1;
CREATE UNIQUE INDEX attempt_token ON attempt (token);
CREATE INDEX attempt_request ON attempt (runner, request) WHERE live = 1;

CREATE TABLE status (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository TEXT COLLATE "C" NOT NULL,
    commit_id TEXT COLLATE "C" NOT NULL,
    job TEXT COLLATE "C" NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    attempt BIGINT,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    created BIGINT NOT NULL,
    progress TEXT NOT NULL,
    failures BIGINT NOT NULL,
    next_try BIGINT NOT NULL,
    claims BIGINT NOT NULL,
    claimed BIGINT NOT NULL,
    last_error TEXT
);

CREATE INDEX status_unsent ON status (repository, commit_id, id) WHERE progress = 'unsent';
CREATE INDEX status_due ON status (next_try, id) WHERE progress = 'unsent' AND claimed = 0;
CREATE INDEX status_claimed ON status (id) WHERE claimed = 1;
CREATE INDEX status_job ON status (job, id);

CREATE TABLE delivery (
    delivery TEXT PRIMARY KEY,
    job TEXT COLLATE "C" NOT NULL,
    time BIGINT NOT NULL
);

CREATE INDEX delivery_time ON delivery (time);

CREATE TABLE schedule (
    repository TEXT COLLATE "C" NOT NULL,
    entry TEXT COLLATE "C" NOT NULL,
    fields TEXT,
    branch TEXT NOT NULL,
    name TEXT,
    next BIGINT,
    pending BIGINT,
    claims BIGINT NOT NULL,
    claimed BIGINT NOT NULL,
    PRIMARY KEY (repository, entry)
);

CREATE INDEX schedule_next ON schedule (next) WHERE next IS NOT NULL;
CREATE INDEX schedule_pending ON schedule (pending) WHERE pending IS NOT NULL;

CREATE TABLE runner (
    id TEXT COLLATE "C" PRIMARY KEY,
    labels TEXT COLLATE "C" NOT NULL,
    seen BIGINT NOT NULL
);

CREATE TABLE audit (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    refused BIGINT NOT NULL,
    job TEXT COLLATE "C",
    repository TEXT COLLATE "C",
    detail TEXT NOT NULL
);

CREATE INDEX audit_job ON audit (job, number);
CREATE INDEX audit_repository ON audit (repository, number);
CREATE INDEX audit_time ON audit (time);
