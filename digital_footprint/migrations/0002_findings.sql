-- Each witness keeps what its own source tells; what a finding shows is put together from them.
-- Until now every finding had one witness, whose word stood with the finding.
ALTER TABLE witnesses ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE witnesses ADD COLUMN data_classes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE witnesses ADD COLUMN occurred_on TEXT;
ALTER TABLE witnesses ADD COLUMN details TEXT;
-- Successive answers of this source about this identifier that lacked the finding.
ALTER TABLE witnesses ADD COLUMN missed INTEGER NOT NULL DEFAULT 0 CHECK (missed >= 0);
UPDATE witnesses SET (title, data_classes, occurred_on, details) =
    (SELECT title, data_classes, occurred_on, details FROM findings WHERE id = witnesses.finding);

-- The last day of a snooze or of an acceptance; NULL: without end.
ALTER TABLE findings ADD COLUMN until TEXT;

-- The kinds of data of a finding that the person has dealt with, by slug.
CREATE TABLE resolutions (
    finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
    data_class TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    resolved_at TEXT NOT NULL,
    PRIMARY KEY (finding, data_class)
);
