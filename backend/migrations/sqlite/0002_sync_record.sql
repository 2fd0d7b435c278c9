-- What zooid last accepted (a digest), whether a failure was the last attempt, and when the next one is due (unix seconds).
ALTER TABLE relay ADD COLUMN accepted TEXT;
ALTER TABLE relay ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
ALTER TABLE relay ADD COLUMN next_attempt_at INTEGER;

DROP INDEX relay_to_sync;
CREATE INDEX relay_to_sync ON relay (id) WHERE (synced_version < version OR sync_error <> '') AND given_up = 0;

-- Whether zooid as a whole serves us: no row is yes.
CREATE TABLE zooid (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    cause TEXT    NOT NULL,
    since INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;
