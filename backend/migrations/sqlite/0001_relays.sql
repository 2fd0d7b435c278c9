CREATE TABLE relay (
    id                      TEXT    NOT NULL PRIMARY KEY,
    tenant_pubkey           TEXT    NOT NULL,
    schema                  TEXT    NOT NULL UNIQUE,
    secret                  TEXT    NOT NULL UNIQUE,
    subdomain               TEXT    NOT NULL,
    zooid_domain            TEXT    NOT NULL,
    custom_domain           TEXT    NOT NULL,
    custom_domain_verified  INTEGER NOT NULL,
    plan_id                 TEXT    NOT NULL,
    status                  TEXT    NOT NULL,
    info_name               TEXT    NOT NULL,
    info_icon               TEXT    NOT NULL,
    info_description        TEXT    NOT NULL,
    policy_public_read      INTEGER NOT NULL,
    policy_public_write     INTEGER NOT NULL,
    policy_public_join      INTEGER NOT NULL,
    policy_strip_signatures INTEGER NOT NULL,
    groups_enabled          INTEGER NOT NULL,
    management_enabled      INTEGER NOT NULL,
    blossom_enabled         INTEGER NOT NULL,
    livekit_enabled         INTEGER NOT NULL,
    push_enabled            INTEGER NOT NULL,
    members_can_invite      INTEGER NOT NULL,
    -- What is known of zooid: 0 or the unix seconds of the last sync, and which version that was of.
    synced                  INTEGER NOT NULL DEFAULT 0,
    sync_error              TEXT    NOT NULL DEFAULT '',
    sync_failures           INTEGER NOT NULL DEFAULT 0,
    version                 INTEGER NOT NULL DEFAULT 1,
    synced_version          INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX relay_to_sync ON relay (id) WHERE synced_version < version OR sync_error <> '';

CREATE TABLE activity (
    seq           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
    tenant_pubkey TEXT    NOT NULL,
    created_at    INTEGER NOT NULL DEFAULT (unixepoch()),
    activity_type TEXT    NOT NULL,
    resource_type TEXT    NOT NULL DEFAULT 'relay',
    resource_id   TEXT    NOT NULL
) STRICT;
