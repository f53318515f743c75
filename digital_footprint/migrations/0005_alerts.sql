-- One message on one channel: what was to be told there of one run, or of one digest.
-- `sending` found by who holds the lock: its sender died, and nobody knows whether it got through.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    run_id INTEGER REFERENCES scheduled_runs (id) ON DELETE SET NULL,
    state TEXT NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'sending', 'sent', 'uncertain', 'dropped')),
    created_at TEXT NOT NULL,
    not_before TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    unseen_ends INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    sent_at TEXT
);
CREATE INDEX idx_messages_waiting ON messages (channel) WHERE state IN ('pending', 'sending');

-- What is to be told on a channel: written with what it tells of, in one transaction, and only
-- once for each event of each subject.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    event TEXT NOT NULL
        CHECK (event IN ('baseline', 'new', 'upgraded', 'resurfaced', 'removed', 'listed_again',
                         'late', 'failing', 'not_started', 'blind', 'open', 'report', 'drill')),
    subject TEXT NOT NULL,
    run_id INTEGER REFERENCES scheduled_runs (id) ON DELETE SET NULL,
    person_id INTEGER REFERENCES persons (id) ON DELETE CASCADE,
    finding INTEGER REFERENCES findings (id) ON DELETE CASCADE,
    removal_id INTEGER REFERENCES removals (id) ON DELETE CASCADE,
    details TEXT NOT NULL DEFAULT '{}',
    created_at TEXT NOT NULL,
    message INTEGER REFERENCES messages (id) ON DELETE SET NULL,
    UNIQUE (channel, subject, event)
);
CREATE INDEX idx_outbox_unbound ON outbox (channel) WHERE message IS NULL;
CREATE INDEX idx_outbox_message ON outbox (message) WHERE message IS NOT NULL;

-- Since when a channel is told things, and until when it is not to be.
CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    known_since TEXT NOT NULL,
    muted_until TEXT
);

-- What is wrong with the watcher itself: one row per episode, ended when it is over.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL CHECK (event IN ('late', 'failing', 'not_started', 'blind')),
    subject TEXT NOT NULL,
    episode TEXT NOT NULL,
    raised_at TEXT NOT NULL,
    ended_at TEXT,
    UNIQUE (event, subject, episode)
);

-- When a report was opened, and whose: NULL is the household's.
CREATE TABLE report_openings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER REFERENCES persons (id) ON DELETE CASCADE,
    opened_at TEXT NOT NULL
);

-- What leaves is an identifier, the address of a saved listing, or a message of ours; a message
-- may speak of nobody.
CREATE TABLE disclosures_with_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER REFERENCES persons (id) ON DELETE CASCADE,
    identifier_id INTEGER REFERENCES identifiers (id) ON DELETE CASCADE,
    removal_id INTEGER REFERENCES removals (id) ON DELETE CASCADE,
    message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE,
    run_id INTEGER REFERENCES scheduled_runs (id) ON DELETE SET NULL,
    source TEXT NOT NULL,
    recipient TEXT NOT NULL,
    datum TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    CHECK ((identifier_id IS NOT NULL) + (removal_id IS NOT NULL) + (message_id IS NOT NULL) = 1),
    CHECK (person_id IS NOT NULL OR message_id IS NOT NULL)
);
INSERT INTO disclosures_with_messages
    (id, person_id, identifier_id, removal_id, run_id, source, recipient, datum, sent_at)
SELECT id, person_id, identifier_id, removal_id, run_id, source, recipient, datum, sent_at
FROM disclosures;
DROP TABLE disclosures;
ALTER TABLE disclosures_with_messages RENAME TO disclosures;
CREATE INDEX idx_disclosures_run ON disclosures (run_id) WHERE removal_id IS NOT NULL;
