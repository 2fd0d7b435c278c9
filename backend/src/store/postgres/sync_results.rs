//! What came of syncs. A result is kept by whoever still has the relay's lease, which ends with it.

use infra_sync::{ActivityType, Digest, Relay, SyncFailure};
use sqlx::Transaction;

use super::{Postgres, now, take_turn, without_nul};
use crate::store::{StoreError, engine::Engine, sql};

/// Without further words to the server, since whoever waits for this turn waits for each of them. No row is kept before the
/// turn is taken, since `turn` is part of each.
///
/// A version newer than the one that was sent stays pending, being greater than synced_version. It may be there to force a
/// request, so what was accepted is forgotten. A deleted row goes whatever was changed meanwhile: a deletion is final.
const COMPLETE: &str = concat!(
    "WITH turn AS MATERIALIZED (",
    take_turn!(),
    "), result AS (
        SELECT * FROM turn, unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $7::boolean[],
            $8::text[])
            AS result (id, version, accepted, owner, token, deleted, host)
    ), kept AS (
        UPDATE relay SET
            lease_owner = NULL, lease_accepted = NULL, leased_until = NULL,
            synced = extract(epoch FROM statement_timestamp())::bigint, synced_version = result.version,
            accepted = CASE relay.version WHEN result.version THEN result.accepted END,
            sync_error = '', sync_failures = 0, given_up = FALSE, next_attempt_at = NULL,
            synced_host = result.host
        FROM result
        WHERE NOT result.deleted AND relay.id = result.id AND synced_version <= result.version
          AND lease_owner IS NOT DISTINCT FROM result.owner AND (result.token IS NULL OR lease_token = result.token)
        RETURNING relay.id, tenant_pubkey
    ), removed AS (
        DELETE FROM relay USING result
        WHERE result.deleted AND relay.deleted AND relay.id = result.id
          AND lease_owner IS NOT DISTINCT FROM result.owner AND (result.token IS NULL OR lease_token = result.token)
        RETURNING relay.id, tenant_pubkey
    ), ended AS (
        SELECT id, tenant_pubkey FROM kept UNION ALL SELECT id, tenant_pubkey FROM removed
    ), told AS (
        INSERT INTO activity (activity_type, tenant_pubkey, resource_id)
        SELECT $6, tenant_pubkey, id FROM ended
    )
    SELECT id FROM ended"
);

/// What zooid has is not known, and for a time ($2) may still change. What a lease holds must not come back with it.
const FORGET_ACCEPTED: &str = concat!(
    "UPDATE relay SET accepted = NULL, lease_accepted = NULL, unsettled_until = greatest(unsettled_until, ",
    now!(),
    " + $2)
WHERE id = $1"
);

const FAIL: &str = "UPDATE relay SET sync_error = $3, sync_failures = sync_failures + $4, given_up = $5,
       next_attempt_at = extract(epoch FROM statement_timestamp())::bigint + $6
WHERE id = $1 AND version = $2 RETURNING tenant_pubkey";

pub(super) async fn complete(engine: &Postgres, accepted: &[(&Relay, &Digest)]) -> Result<(), StoreError> {
    let leases = &engine.leases;
    let ids: Vec<_> = accepted.iter().map(|(relay, _)| relay.id.as_str()).collect();
    let versions: Vec<_> = accepted.iter().map(|(relay, _)| relay.version).collect();
    let digests: Vec<_> = accepted.iter().map(|(_, digest)| digest.to_string()).collect();
    let deleted: Vec<_> = accepted.iter().map(|(relay, _)| relay.deleted).collect();
    let hosts: Vec<_> = accepted.iter().map(|(relay, _)| relay.host()).collect();
    let tokens: Vec<_> = ids.iter().map(|id| leases.end(id)).collect();
    let owners: Vec<_> = tokens
        .iter()
        .map(|token| token.map(|_| leases.owner.as_str()))
        .collect();
    let kept: Vec<String> = sqlx::query_scalar(COMPLETE)
        .bind(&ids)
        .bind(versions)
        .bind(digests)
        .bind(owners)
        .bind(tokens)
        .bind(ActivityType::CompleteRelaySync.as_str())
        .bind(deleted)
        .bind(hosts)
        .fetch_all(&engine.writer)
        .await?;
    // The row has a newer success, or is gone, and there is a lease to end; or the lease was lost.
    for id in ids {
        if !kept.iter().any(|kept| kept == id) {
            let mut transaction = engine.begin().await?;
            leases.release(&mut transaction, id).await?;
            Postgres::commit(transaction).await?;
        }
    }
    Ok(())
}

pub(super) async fn fail(engine: &Postgres, failed: &[(&Relay, &SyncFailure)]) -> Result<(), StoreError> {
    let mut transaction = engine.begin().await?;
    for (relay, failure) in failed {
        if engine.leases.release(&mut transaction, &relay.id).await? {
            keep_failure(&mut transaction, relay, failure).await?;
        }
    }
    Postgres::commit(transaction).await
}

async fn keep_failure(
    transaction: &mut Transaction<'static, sqlx::Postgres>,
    relay: &Relay,
    failure: &SyncFailure,
) -> Result<(), StoreError> {
    // What failed for an older version says nothing of the newer, whose own activity is on its way. But zooid may have
    // done it all the same.
    sqlx::query(FORGET_ACCEPTED)
        .bind(&relay.id)
        .bind(failure.unsettled_for.map(sql::milliseconds))
        .execute(&mut **transaction)
        .await?;
    let news: Option<String> = sqlx::query_scalar(FAIL)
        .bind(&relay.id)
        .bind(relay.version)
        .bind(without_nul(&failure.message))
        .bind(i64::from(failure.kind.counts()))
        .bind(failure.kind.is_last())
        .bind(failure.retry_in.map(|delay| delay.as_secs() as i64))
        .fetch_optional(&mut **transaction)
        .await?;
    match news {
        Some(tenant) => Postgres::record(transaction, &ActivityType::FailRelaySync, &tenant, &relay.id).await,
        None => Ok(()),
    }
}
