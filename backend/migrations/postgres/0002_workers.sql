-- Each worker goes through what is to be synced in an order of its own: slot by slot, beginning with its own.
DROP INDEX relay_to_sync;
CREATE INDEX relay_to_sync ON relay ((hashtextextended(id, 0) & 31), id)
    WHERE (synced_version < version OR sync_error <> '') AND NOT given_up;

CREATE SEQUENCE worker_number;

-- A relay's lease changes often: with room on its page that need not be written to all indexes.
ALTER TABLE relay SET (fillfactor = 70);
