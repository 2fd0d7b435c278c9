CREATE FUNCTION released.activity_written() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('infra_activity', '');
    RETURN NULL;
END
$$;
CREATE TABLE released._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE released.activity (
    seq bigint NOT NULL,
    id text DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    tenant_pubkey text NOT NULL,
    created_at bigint DEFAULT (EXTRACT(epoch FROM statement_timestamp()))::bigint NOT NULL,
    activity_type text NOT NULL,
    resource_type text DEFAULT 'relay'::text NOT NULL,
    resource_id text NOT NULL
);
ALTER TABLE released.activity ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME released.activity_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE released.relay (
    id text NOT NULL COLLATE pg_catalog."C",
    tenant_pubkey text NOT NULL,
    schema text NOT NULL,
    secret text NOT NULL,
    subdomain text NOT NULL,
    zooid_domain text NOT NULL,
    custom_domain text NOT NULL,
    custom_domain_verified boolean NOT NULL,
    plan_id text NOT NULL,
    status text NOT NULL,
    info_name text NOT NULL,
    info_icon text NOT NULL,
    info_description text NOT NULL,
    policy_public_read boolean NOT NULL,
    policy_public_write boolean NOT NULL,
    policy_public_join boolean NOT NULL,
    policy_strip_signatures boolean NOT NULL,
    groups_enabled boolean NOT NULL,
    management_enabled boolean NOT NULL,
    blossom_enabled boolean NOT NULL,
    livekit_enabled boolean NOT NULL,
    push_enabled boolean NOT NULL,
    members_can_invite boolean NOT NULL,
    synced bigint DEFAULT 0 NOT NULL,
    sync_error text DEFAULT ''::text NOT NULL,
    sync_failures bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    synced_version bigint DEFAULT 0 NOT NULL,
    accepted text,
    given_up boolean DEFAULT false NOT NULL,
    next_attempt_at bigint,
    lease_owner text,
    lease_token bigint DEFAULT 0 NOT NULL,
    lease_version bigint,
    lease_accepted text,
    leased_until timestamp with time zone
)
WITH (fillfactor='70');
CREATE TABLE released.worker (
    id text NOT NULL,
    started_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    seen_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE SEQUENCE released.worker_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE released.zooid (
    one integer NOT NULL,
    cause text NOT NULL,
    since bigint DEFAULT (EXTRACT(epoch FROM statement_timestamp()))::bigint NOT NULL,
    CONSTRAINT zooid_one_check CHECK ((one = 1))
);
INSERT INTO released._sqlx_migrations VALUES (1, 'relays', '2026-11-24 22:47:37.115085+00', true, '\xc1c4618098226b73993a68f5986030648382844f6dbb68b0fafbf045b8d2d78b2977fd910ecf1a9c0ff9d879d394aa23', 13932526);
INSERT INTO released._sqlx_migrations VALUES (2, 'workers', '2026-11-24 22:47:37.134063+00', true, '\xf66f1a6bc1abdfd7c62ada67c73ed0e5c75e720a60d1bf3763a5de9d5b34beb69dc3f4d8ec6f9536340cf917282cd76e', 2631654);
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (1, '8d3f663331c341bd9760b21d097c156b', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'alice');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (2, '3fcbdd6144be4550b9d199e13249c762', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'alice-2');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (3, '8493edd0b282494795f6a16e2211b93f', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'twin-1');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (4, '483858d567f04d2a90d901a48d93e5e2', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'twin-2');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (5, '3faa5cc8f7f04bf3ae0b4c5339b99342', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'Upper');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (6, '2114c845b55744018dd8be0b5aa2f2af', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'port');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (7, 'c244ef65fdff4f36977385d37249504b', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'refused');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (8, '43c8257616f44ff6802e38daa44ac06b', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'idle');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (9, '5f5e68ba3bdc4633bdfef1d7f0b743b3', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'changing');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (10, 'bf465b33c3594aed985b8c2350559287', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'long');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (11, '1f0593499ad14a42b667f417811722b3', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'deleted');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (12, '1b91c99e5414472aa3e166fb514c0217', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'custom');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (13, 'ec65d4f2db8e4db19f5d065315d67ec8', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'alice');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (14, '3719bb0bbddb4ebfbf270b38cba6a9a8', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'alice-2');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (15, 'f14331f382e741d2a45e354ed8e91367', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'twin-1');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (16, '4194df7cfe354cff8d1d0bccf92ced7a', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'fail_relay_sync', 'relay', 'twin-2');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (17, 'c0622651634b4a8294a29f88cdd2e1d6', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'Upper');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (18, '28dce28e71a14199914ba77bcab8e36a', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'port');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (19, 'ae8662daa84742bb83a87e63bd8297b1', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'fail_relay_sync', 'relay', 'refused');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (20, 'c47b653d42dd48829d60d8b2c978c408', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'idle');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (21, '878ce741fed942b2a4717e55b5835ce7', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'changing');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (22, '85240440427743f1868a482f68145cd2', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'long');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (23, '46ee07bd80054a27ab3b3ba7987b6546', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'deleted');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (24, '7a7758f19f534f9faae44d5ccc647121', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'complete_relay_sync', 'relay', 'custom');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (25, '5dfd9a08c16c4f0b8f03dc837878dbe1', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'update_relay', 'relay', 'changing');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (26, '96cccee441e146148e0f6b3af2ebffcf', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'deactivate_relay', 'relay', 'deleted');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (27, '08246a9a69734baf99fecc500838becb', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'delete_relay', 'relay', 'deleted');
INSERT INTO released.activity OVERRIDING SYSTEM VALUE VALUES (28, 'ec3b0321f2b9476d93ae775d962af674', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 1795560457, 'create_relay', 'relay', 'reserved');
INSERT INTO released.relay VALUES ('refused', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'refused', '0000000000000000000000000000000000000000000000000000000000000007', 'refused', 'relays.example', '', false, '', 'active', 'refused''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 0, 'cannot create relay refused: zooid answered 400 Bad Request: no such luck', 1, 1, 0, NULL, true, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('alice', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'alice', '0000000000000000000000000000000000000000000000000000000000000001', 'alice', 'relays.example', '', false, '', 'active', 'alice''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, '857df02b5d199290f9a525d0aaf6ddb65f4cd63aff8afb227ff245cb383afdf2', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('port', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'port', '0000000000000000000000000000000000000000000000000000000000000006', 'port', 'relays.example', 'chat.bob.example:8443', true, '', 'active', 'port''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, 'c5428c52ea632447d40bae0e6b7a155e61189ef260be582019b1b0037fb2fd09', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('alice-2', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', '_alice', '0000000000000000000000000000000000000000000000000000000000000002', 'alice-2', 'relays.example', '', false, '', 'active', 'alice-2''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, 'b4507732ace165eeb00cb84788edf11a3690079a35d2653e2ef0d020277c5762', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('changing', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'changing', '0000000000000000000000000000000000000000000000000000000000000009', 'changing', 'relays.example', '', false, '', 'active', 'Changed', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 2, 1, '8c6da79d031805550d14196b05333c7858d7d29815180bb23fafb16e5c33aaa9', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('twin-1', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'twin_1', '0000000000000000000000000000000000000000000000000000000000000003', 'twin-1', 'relays.example', '', false, '', 'active', 'twin-1''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, '4ec57d97cc215ea2f66cff3f5606ae46eab517f81b8023ff5c78027c745b8fe0', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('twin-2', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'twin_2', '0000000000000000000000000000000000000000000000000000000000000004', 'twin-1', 'relays.example', '', false, '', 'active', 'twin-2''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 0, 'cannot create relay twin-2: zooid answered 409 Conflict: host "twin-1.relays.example" is already in use', 1, 1, 0, NULL, false, 1795562355, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('Upper', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'upper', '0000000000000000000000000000000000000000000000000000000000000005', 'Upper', 'Relays.Example', '', false, '', 'active', 'Upper''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, '59eab8e415f4c3ee8e269a11f2619b7942a7a17eb19b9f0401395374358a9640', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('long', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'long', '000000000000000000000000000000000000000000000000000000000000000a', 'long', 'relays.example', '', false, '', 'active', 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, '576866b28a14b385fc7f16cdb3a63bc3c5b10f8bca1d0ac814de91e8c2bbfb7c', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('idle', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'idle', '0000000000000000000000000000000000000000000000000000000000000008', 'idle', 'relays.example', '', false, '', 'inactive', 'idle''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, 'f119afc7a9fb7c2cc4c7267eeeb26a3709f13cd3b2401999661f8a5b16353fc1', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('custom', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'custom', '000000000000000000000000000000000000000000000000000000000000000d', 'custom', 'relays.example', 'chat.example', true, '', 'active', 'custom''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 1795560457, '', 0, 1, 1, '46b61c8fd45509e2dc67730062a7777f92f5255dbd2982a094ccd4319861cd04', false, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO released.relay VALUES ('reserved', '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'sqlite_x', '000000000000000000000000000000000000000000000000000000000000000c', 'reserved', 'relays.example', '', false, '', 'active', 'reserved''s relay', '', '', true, false, false, false, false, false, false, false, false, false, 0, '', 0, 1, 0, NULL, false, NULL, NULL, 0, NULL, NULL, NULL);
SELECT pg_catalog.setval('released.activity_seq_seq', 28, true);
SELECT pg_catalog.setval('released.worker_number', 1, false);
ALTER TABLE ONLY released._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY released.activity
    ADD CONSTRAINT activity_id_key UNIQUE (id);
ALTER TABLE ONLY released.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY released.relay
    ADD CONSTRAINT relay_pkey PRIMARY KEY (id);
ALTER TABLE ONLY released.relay
    ADD CONSTRAINT relay_schema_key UNIQUE (schema);
ALTER TABLE ONLY released.relay
    ADD CONSTRAINT relay_secret_key UNIQUE (secret);
ALTER TABLE ONLY released.worker
    ADD CONSTRAINT worker_pkey PRIMARY KEY (id);
ALTER TABLE ONLY released.zooid
    ADD CONSTRAINT zooid_pkey PRIMARY KEY (one);
CREATE INDEX activity_of_resource ON released.activity USING btree (resource_id, seq);
CREATE INDEX relay_to_sync ON released.relay USING btree (((hashtextextended(id, (0)::bigint) & (31)::bigint)), id) WHERE (((synced_version < version) OR (sync_error <> ''::text)) AND (NOT given_up));
CREATE TRIGGER activity_written AFTER INSERT ON released.activity FOR EACH STATEMENT EXECUTE FUNCTION released.activity_written();
