use infra_sync::Query;

use crate::database::Database;

/// As many rows as a large platform has, one in two hundred of them to be synced.
const FILL: &str = "
    INSERT INTO relay (id, tenant_pubkey, schema, secret, subdomain, zooid_domain, custom_domain,
        custom_domain_verified, plan_id, status, info_name, info_icon, info_description, policy_public_read,
        policy_public_write, policy_public_join, policy_strip_signatures, groups_enabled, management_enabled,
        blossom_enabled, livekit_enabled, push_enabled, members_can_invite, host, synced, synced_version)
    SELECT 'relay' || n, 'tenant', 'schema' || n, 'secret' || n, 'r' || n, 'relays.example', '', FALSE, '', 'active',
        'name', '', '', TRUE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE,
        'r' || n || '.relays.example', 1, (n % 200 <> 0)::int
    FROM generate_series(1, 100000) AS n;
    ANALYZE relay";

const ROWS_READ: &str = "SELECT seq_tup_read FROM pg_stat_user_tables
    WHERE relname = 'relay' AND schemaname = current_schema()";
const INDEX_READS: &str = "SELECT idx_scan FROM pg_stat_user_indexes
    WHERE indexrelname = 'relay_to_sync' AND schemaname = current_schema()";

#[tokio::test]
async fn what_is_to_be_synced_is_found_without_reading_a_hundred_thousand_rows() {
    let database = Database::postgres().await;
    database.open().await.close().await;
    database.execute(FILL).await;

    let store = database.open().await;
    let mut found = 0;
    // Often enough for the server to settle for one plan.
    for _ in 0..10 {
        let page = store.list_relays_to_sync(None, 1000).await.unwrap();
        found = page.len();
    }
    assert_eq!(found, 500);
    // What a connection has counted is seen once it is closed.
    store.close().await;
    database.until(INDEX_READS, 10 * 32).await;
    assert_eq!(database.count(ROWS_READ).await, 0, "other than by the index");
}
