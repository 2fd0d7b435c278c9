-- What each worker last observed of zooid as a whole. An empty cause means that zooid accepted a request. Times are unix
-- seconds. The table zooid is no longer read; workers of the version before may still write to it.
CREATE TABLE zooid_contact (
    worker            TEXT   NOT NULL PRIMARY KEY,
    cause             TEXT   NOT NULL,
    since             BIGINT NOT NULL DEFAULT extract(epoch FROM statement_timestamp())::bigint,
    seen_at           BIGINT NOT NULL DEFAULT extract(epoch FROM statement_timestamp())::bigint,
    next_heartbeat_at BIGINT
);
