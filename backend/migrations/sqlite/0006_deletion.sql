-- Whether the relay is to be deleted; its row goes once zooid no longer has it.
ALTER TABLE relay ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;

-- Until when a request without an answer may still take effect on zooid, in unix milliseconds.
ALTER TABLE relay ADD COLUMN unsettled_until INTEGER;
