CREATE TABLE scheduled_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_name TEXT NOT NULL,
    started_at TEXT NOT NULL,
    completed_at TEXT,
    status TEXT DEFAULT 'running'
        CHECK (status IN ('running', 'success', 'partial', 'skipped', 'failed', 'interrupted')),
    details TEXT DEFAULT '{}',
    error TEXT,
    trigger TEXT NOT NULL DEFAULT 'manual' CHECK (trigger IN ('timer', 'catchup', 'manual', 'mcp')),
    scheduled_for TEXT,
    attempt INTEGER NOT NULL DEFAULT 1,
    boot_id TEXT,
    invocation_id TEXT,
    version TEXT
);
CREATE INDEX idx_scheduled_runs_job ON scheduled_runs (job_name);

CREATE TABLE persons (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    relation TEXT NOT NULL,
    consent TEXT CHECK (consent IN ('self', 'given', 'guardian')),
    region TEXT,
    added_at TEXT NOT NULL
);

-- A removed identifier is no longer watched; its history stays until it is erased.
CREATE TABLE identifiers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    added_at TEXT NOT NULL,
    removed_at TEXT,
    UNIQUE (person_id, kind, value)
);
-- A watched address belongs to one person; a city or a street may be shared.
CREATE UNIQUE INDEX idx_identifiers_email ON identifiers (value)
    WHERE kind = 'email' AND removed_at IS NULL;

CREATE TABLE consents (
    person_id INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    version INTEGER NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('self', 'given', 'guardian', 'configuration')),
    given_at TEXT NOT NULL,
    withdrawn_at TEXT,
    PRIMARY KEY (person_id, source, version)
);

-- One check: what one source said about one identifier in one run.
CREATE TABLE observations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES scheduled_runs (id) ON DELETE CASCADE,
    identifier_id INTEGER NOT NULL REFERENCES identifiers (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('found', 'clean', 'inconclusive', 'skipped')),
    reason TEXT,
    note TEXT NOT NULL DEFAULT '',
    retry_at TEXT,
    found INTEGER NOT NULL DEFAULT 0,
    new INTEGER NOT NULL DEFAULT 0,
    baseline INTEGER NOT NULL DEFAULT 0,
    undetailed INTEGER NOT NULL DEFAULT 0,
    observed_at TEXT NOT NULL,
    CHECK ((verdict = 'found') = (found > 0)),
    UNIQUE (run_id, identifier_id, source),
    -- No verdict without an answer goes without its reason, and no answer has one.
    CHECK ((verdict IN ('found', 'clean')) = (reason IS NULL))
);
CREATE INDEX idx_observations_pair ON observations (identifier_id, source);

CREATE TABLE findings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    identifier_id INTEGER NOT NULL REFERENCES identifiers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL
        CHECK (kind IN ('breach', 'paste', 'mention', 'stealer', 'account', 'listing')),
    key TEXT NOT NULL CHECK (key <> ''),
    title TEXT NOT NULL,
    tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 4),
    data_classes TEXT NOT NULL DEFAULT '[]',
    occurred_on TEXT,
    details TEXT,
    state TEXT NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'in_progress', 'resolved', 'snoozed', 'accepted', 'not_me',
                         'withdrawn', 'resurfaced')),
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    UNIQUE (identifier_id, kind, key)
);

CREATE TABLE witnesses (
    finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (finding, source)
);

CREATE TABLE finding_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
    run_id INTEGER REFERENCES scheduled_runs (id) ON DELETE SET NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_finding_events_finding ON finding_events (finding);
CREATE TRIGGER finding_events_append_only BEFORE UPDATE OF id, finding, at, event, details
ON finding_events BEGIN
    SELECT RAISE(ABORT, 'finding_events is append only');
END;

-- One row per request that carried a datum of a person, written before it was sent.
CREATE TABLE disclosures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    identifier_id INTEGER NOT NULL REFERENCES identifiers (id) ON DELETE CASCADE,
    run_id INTEGER REFERENCES scheduled_runs (id) ON DELETE SET NULL,
    source TEXT NOT NULL,
    recipient TEXT NOT NULL,
    datum TEXT NOT NULL,
    sent_at TEXT NOT NULL
);

CREATE TABLE source_state (
    source TEXT PRIMARY KEY,
    last_asked_at TEXT,
    last_answered_at TEXT,
    last_reason TEXT,
    blocked_until TEXT,
    -- Whether `enabled = true` in the file was taken up as consent, or written by our own command.
    configuration_taken INTEGER NOT NULL DEFAULT 0
);

-- One row per request that counts against a limit, whoever it was about.
CREATE TABLE budgets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    key_id TEXT NOT NULL,
    requested_at TEXT NOT NULL
);
CREATE INDEX idx_budgets_key ON budgets (service, key_id, requested_at);
