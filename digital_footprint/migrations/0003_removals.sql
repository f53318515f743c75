-- One saved listing of one person at one broker. `state` and `next_check_at` are what its events
-- amount to. A removed one is no longer looked at; its history stays until it is erased.
CREATE TABLE removals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    broker TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('match_found', 'removal_requested', 'acknowledged', 'verification_due',
                         'not_seen_once', 'removed_verified', 'recheck_due', 'resurfaced',
                         'blocked', 'failed', 'dead_end', 'escalated', 'not_me')),
    next_check_at TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    added_at TEXT NOT NULL,
    removed_at TEXT,
    UNIQUE (person_id, url)
);
CREATE INDEX idx_removals_due ON removals (next_check_at) WHERE removed_at IS NULL;

CREATE TABLE removal_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    removal_id INTEGER NOT NULL REFERENCES removals (id) ON DELETE CASCADE,
    run_id INTEGER REFERENCES scheduled_runs (id) ON DELETE SET NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL
        CHECK (event IN ('match_found', 'requested', 'acknowledged', 'came_due', 'listed',
                         'not_listed', 'inconclusive', 'unverifiable', 'dead_end', 'escalated',
                         'not_me', 'skipped', 'undone')),
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_removal_events_removal ON removal_events (removal_id);
CREATE INDEX idx_removal_events_run ON removal_events (run_id) WHERE run_id IS NOT NULL;
CREATE TRIGGER removal_events_append_only
BEFORE UPDATE OF id, removal_id, at, event, from_state, to_state, details
ON removal_events BEGIN
    SELECT RAISE(ABORT, 'removal_events is append only');
END;

-- One request through California's DROP reaches every registered broker, the future ones too.
CREATE TABLE drop_filings (
    person_id INTEGER PRIMARY KEY REFERENCES persons (id) ON DELETE CASCADE,
    filed_on TEXT NOT NULL
);

-- What leaves is an identifier, or the address of a saved listing.
CREATE TABLE disclosures_with_listings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    identifier_id INTEGER REFERENCES identifiers (id) ON DELETE CASCADE,
    removal_id INTEGER REFERENCES removals (id) ON DELETE CASCADE,
    run_id INTEGER REFERENCES scheduled_runs (id) ON DELETE SET NULL,
    source TEXT NOT NULL,
    recipient TEXT NOT NULL,
    datum TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    CHECK ((identifier_id IS NULL) <> (removal_id IS NULL))
);
INSERT INTO disclosures_with_listings
    (id, person_id, identifier_id, run_id, source, recipient, datum, sent_at)
SELECT id, person_id, identifier_id, run_id, source, recipient, datum, sent_at FROM disclosures;
DROP TABLE disclosures;
ALTER TABLE disclosures_with_listings RENAME TO disclosures;
CREATE INDEX idx_disclosures_run ON disclosures (run_id) WHERE removal_id IS NOT NULL;
