-- Limits of a second or two need finer times than whole seconds: milliseconds since 1970.
ALTER TABLE budgets RENAME TO budgets_in_seconds;
DROP INDEX idx_budgets_key;
CREATE TABLE budgets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    key_id TEXT NOT NULL,
    requested_ms INTEGER NOT NULL
);
CREATE INDEX idx_budgets_key ON budgets (service, key_id, requested_ms);
-- What was cut to whole seconds may have been up to one later.
INSERT INTO budgets (service, key_id, requested_ms)
SELECT service, key_id, CAST(strftime('%s', requested_at) AS INTEGER) * 1000 + 999
FROM budgets_in_seconds ORDER BY id;
DROP TABLE budgets_in_seconds;

-- What a service said of its own limit; it takes the place of the one that is assumed.
CREATE TABLE learned_limits (
    service TEXT NOT NULL,
    key_id TEXT NOT NULL,
    period_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL CHECK (requests > 0),
    learned_at TEXT NOT NULL,
    PRIMARY KEY (service, key_id, period_ms)
);
