-- The host that zooid last accepted for a relay.
ALTER TABLE relay ADD COLUMN synced_host TEXT;

-- The host that the worker with the lease may send, which the row may have given up since. It stays when the lease ends, so that
-- a lease changes no indexed column.
ALTER TABLE relay ADD COLUMN lease_host TEXT;
CREATE INDEX relay_lease_host ON relay (lease_host);
