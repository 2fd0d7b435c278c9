CREATE TABLE relay (
    -- "C", so that the order of ids is the same everywhere.
    id                      TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_pubkey           TEXT    NOT NULL,
    schema                  TEXT    NOT NULL UNIQUE,
    secret                  TEXT    NOT NULL UNIQUE,
    subdomain               TEXT    NOT NULL,
    zooid_domain            TEXT    NOT NULL,
    custom_domain           TEXT    NOT NULL,
    custom_domain_verified  BOOLEAN NOT NULL,
    plan_id                 TEXT    NOT NULL,
    status                  TEXT    NOT NULL,
    info_name               TEXT    NOT NULL,
    info_icon               TEXT    NOT NULL,
    info_description        TEXT    NOT NULL,
    policy_public_read      BOOLEAN NOT NULL,
    policy_public_write     BOOLEAN NOT NULL,
    policy_public_join      BOOLEAN NOT NULL,
    policy_strip_signatures BOOLEAN NOT NULL,
    groups_enabled          BOOLEAN NOT NULL,
    management_enabled      BOOLEAN NOT NULL,
    blossom_enabled         BOOLEAN NOT NULL,
    livekit_enabled         BOOLEAN NOT NULL,
    push_enabled            BOOLEAN NOT NULL,
    members_can_invite      BOOLEAN NOT NULL,
    -- What is known of zooid: 0 or the unix seconds of the last sync, and which version that was of.
    synced                  BIGINT  NOT NULL DEFAULT 0,
    sync_error              TEXT    NOT NULL DEFAULT '',
    sync_failures           BIGINT  NOT NULL DEFAULT 0,
    version                 BIGINT  NOT NULL DEFAULT 1,
    synced_version          BIGINT  NOT NULL DEFAULT 0,
    -- What zooid last accepted (a digest), whether a failure was the last attempt, and when the next one is due (unix
    -- seconds).
    accepted                TEXT,
    given_up                BOOLEAN NOT NULL DEFAULT FALSE,
    next_attempt_at         BIGINT,
    -- Which worker is at it, until when, since which version, and what zooid had accepted before. Tokens are never used
    -- twice, so a worker that lost its lease cannot be taken for the one that has it now.
    lease_owner             TEXT,
    lease_token             BIGINT  NOT NULL DEFAULT 0,
    lease_version           BIGINT,
    lease_accepted          TEXT,
    leased_until            TIMESTAMPTZ
);

CREATE INDEX relay_to_sync ON relay (id) WHERE (synced_version < version OR sync_error <> '') AND NOT given_up;

CREATE TABLE activity (
    seq           BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            TEXT   NOT NULL UNIQUE DEFAULT replace(gen_random_uuid()::text, '-', ''),
    tenant_pubkey TEXT   NOT NULL,
    created_at    BIGINT NOT NULL DEFAULT extract(epoch FROM statement_timestamp())::bigint,
    activity_type TEXT   NOT NULL,
    resource_type TEXT   NOT NULL DEFAULT 'relay',
    resource_id   TEXT   NOT NULL
);

-- A relay's own history, newest first.
CREATE INDEX activity_of_resource ON activity (resource_id, seq);

-- Whoever listens reads the table, so nothing need be said.
CREATE FUNCTION activity_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('infra_activity', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER activity_written AFTER INSERT ON activity FOR EACH STATEMENT EXECUTE FUNCTION activity_written();

-- Whether zooid as a whole serves us: no row is yes.
CREATE TABLE zooid (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    cause TEXT    NOT NULL,
    since BIGINT  NOT NULL DEFAULT extract(epoch FROM statement_timestamp())::bigint
);

-- The processes that sync. One that was not seen for two minutes is gone.
CREATE TABLE worker (
    id         TEXT        NOT NULL PRIMARY KEY,
    started_at TIMESTAMPTZ NOT NULL DEFAULT statement_timestamp(),
    seen_at    TIMESTAMPTZ NOT NULL DEFAULT statement_timestamp()
);
