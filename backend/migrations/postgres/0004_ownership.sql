-- The host that zooid is sent for a relay. Empty: a row of an older version, which is completed when the store is opened.
ALTER TABLE relay ADD COLUMN host TEXT NOT NULL DEFAULT '';
CREATE INDEX relay_without_host ON relay (id) WHERE host = '';

-- The hosts a relay occupies, active or not. Rows of older versions may share a host; no other relay is given one.
CREATE TABLE relay_host (
    host     TEXT COLLATE "C" NOT NULL,
    relay_id TEXT COLLATE "C" NOT NULL REFERENCES relay (id) ON DELETE CASCADE,
    PRIMARY KEY (host, relay_id)
);
CREATE INDEX relay_host_of_relay ON relay_host (relay_id);

-- Every schema ever given to a relay, and to which. A deleted relay's tables and media stay on zooid, so no row is ever
-- deleted here.
CREATE TABLE used_schema (
    normal_form TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    schema      TEXT NOT NULL,
    relay_id    TEXT NOT NULL
);
