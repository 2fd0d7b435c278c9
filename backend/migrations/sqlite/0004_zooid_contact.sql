-- What each worker last observed of zooid as a whole (a file has one worker, called ''). An empty cause means that zooid
-- accepted a request. Times are unix seconds.
CREATE TABLE zooid_contact (
    worker            TEXT    NOT NULL PRIMARY KEY,
    cause             TEXT    NOT NULL,
    since             INTEGER NOT NULL DEFAULT (unixepoch()),
    seen_at           INTEGER NOT NULL DEFAULT (unixepoch()),
    next_heartbeat_at INTEGER
) STRICT;

DROP TABLE zooid;
