-- The host that zooid last accepted for a relay.
ALTER TABLE relay ADD COLUMN synced_host TEXT;
