//! The store in PostgreSQL, where several workers may share it.
//!
//! Changes are made one after the other, whichever process makes them: `seq` is given out when an activity is written,
//! not when it is committed, so a tail would otherwise pass one that is committed late. That is what SQLite does anyway,
//! and relays do not change a thousand times a second.

mod connections;
mod lease;
mod listen;
mod open;
mod scan_order;
mod sync_results;
mod worker;

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use infra_sync::{Activity, ActivityType, Claim, Digest, Relay, SyncFailure, ZooidState};
use sqlx::{PgPool, Transaction, postgres::PgConnectOptions};
use tokio::{sync::Notify, time::timeout};

use super::{
    ActivityRecord, Filter, RelayState, RelaySummary, RelayView, StoreError, Worker,
    contact::{self, Contact, contacts, keep},
    engine::Engine,
    overview::{self, list, state, summary_columns},
    ownership::{self, UsedSchema, ownership_statements},
    spawn_detached::spawn_detached,
    sql::{self, pending, restore_at},
};
use connections::Connections;
use lease::Leases;
use scan_order::ScanOrder;

pub(super) use open::open;

/// One at a time, on this table. The number keeps clear of other programs' locks.
macro_rules! take_turn {
    () => {
        "SELECT pg_advisory_xact_lock((x'696e6672'::bigint << 32) | 'activity'::regclass::oid::bigint)"
    };
}
use take_turn;

/// Unix milliseconds.
macro_rules! now {
    () => {
        "(extract(epoch FROM statement_timestamp()) * 1000)::bigint"
    };
}

macro_rules! columns {
    () => {
        crate::store::sql::columns_at!(crate::store::postgres::now!())
    };
}
use {columns, now};

const GET: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    state!(),
    " AS state FROM relay WHERE id = $1"
);
const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    state!(),
    " AS state FROM relay WHERE id > $1 ORDER BY id LIMIT $2"
);
const RESTORE: &str = restore_at!(now!());
const FETCH: &str = concat!("SELECT ", columns!(), " FROM relay WHERE id = $1 FOR UPDATE");

const OLDEST_PENDING: &str = concat!(
    "SELECT min(changed) FROM (
        SELECT (SELECT max(created_at) FROM activity
                WHERE resource_id = relay.id
                  AND activity_type IN ('create_relay', 'update_relay', 'activate_relay', 'deactivate_relay',
                                        'delete_relay', 'resync_relay')) AS changed
        FROM relay WHERE ",
    pending!(),
    " AND NOT given_up ORDER BY id LIMIT 1000) AS oldest"
);

const KEEP_CONTACT: &str = keep!("extract(epoch FROM statement_timestamp())::bigint");
const CONTACTS: &str = contacts!("extract(epoch FROM statement_timestamp())::bigint");

const LIST: &str = list!("strpos");

const NEXT_ATTEMPTS: &str = concat!(
    "SELECT ",
    summary_columns!(),
    " FROM relay WHERE ",
    pending!(),
    " AND NOT given_up AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at, id LIMIT $1"
);

/// The order of commits is, nearly, that of time: the oldest come first.
const PRUNE: &str = "DELETE FROM activity WHERE seq IN (SELECT seq FROM activity ORDER BY seq LIMIT $1)
AND created_at < extract(epoch FROM statement_timestamp())::bigint - $2";

/// For giving leases back when all ends; they expire by themselves.
const FAREWELL: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(super) struct Postgres {
    /// Transactions, which wait for each other.
    writer: PgPool,
    /// Single statements, which wait for nobody.
    pool: PgPool,
    listener: Arc<PgConnectOptions>,
    leases: Arc<Leases>,
    scan_order: Arc<ScanOrder>,
    connections: Arc<Connections>,
}

impl Engine for Postgres {
    type Transaction = Transaction<'static, sqlx::Postgres>;

    const POLL: Duration = Duration::from_secs(5);

    fn answered<T: Send>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        self.connections.answered(work)
    }

    ownership_statements!(pool);

    async fn begin(&self) -> Result<Self::Transaction, StoreError> {
        let mut transaction = self.writer.begin().await?;
        sqlx::query(take_turn!()).execute(&mut *transaction).await?;
        Ok(transaction)
    }

    async fn commit(transaction: Self::Transaction) -> Result<(), StoreError> {
        Ok(transaction.commit().await?)
    }

    async fn fetch(transaction: &mut Self::Transaction, id: &str) -> Result<Option<Relay>, StoreError> {
        Ok(sqlx::query(FETCH)
            .bind(id)
            .try_map(|row| sql::relay(&row))
            .fetch_optional(&mut **transaction)
            .await?)
    }

    async fn insert(transaction: &mut Self::Transaction, relay: &Relay) -> Result<(), StoreError> {
        sql::bind_all(sql::INSERT, relay)
            .execute(&mut **transaction)
            .await
            .map_err(|error| StoreError::of_insert(&relay.id, error))?;
        Ok(())
    }

    async fn update(transaction: &mut Self::Transaction, relay: &Relay) -> Result<(), StoreError> {
        sql::bind(sql::UPDATE, relay).execute(&mut **transaction).await?;
        Ok(())
    }

    async fn forget_accepted(transaction: &mut Self::Transaction, id: &str) -> Result<(), StoreError> {
        // What a lease holds must not come back with it.
        sqlx::query("UPDATE relay SET accepted = NULL, lease_accepted = NULL WHERE id = $1")
            .bind(id)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    async fn mark_deleted(transaction: &mut Self::Transaction, id: &str) -> Result<(), StoreError> {
        sqlx::query(sql::MARK_DELETED)
            .bind(id)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    async fn record(
        transaction: &mut Self::Transaction,
        activity: &ActivityType,
        tenant_pubkey: &str,
        relay_id: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(sql::RECORD)
            .bind(activity.as_str())
            .bind(tenant_pubkey)
            .bind(relay_id)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    async fn restore(transaction: &mut Self::Transaction, view: &RelayView) -> Result<(), StoreError> {
        let record = &view.relay.record;
        sqlx::query(RESTORE)
            .bind(&view.relay.id)
            .bind(view.relay.version)
            .bind(record.version)
            .bind(&view.relay.sync_error)
            .bind(i64::from(record.failures))
            .bind(record.given_up)
            .bind(record.accepted.map(|accepted| accepted.to_string()))
            .bind(view.next_attempt_at)
            .bind(view.relay.deleted)
            .bind(record.unsettled_for.map(sql::milliseconds))
            .bind(&record.host)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    async fn record_again(transaction: &mut Self::Transaction, activity: &Activity) -> Result<(), StoreError> {
        sqlx::query(sql::RECORD_AGAIN)
            .bind(&activity.id)
            .bind(&activity.tenant_pubkey)
            .bind(activity.created_at)
            .bind(activity.activity_type.as_str())
            .bind(&activity.resource_type)
            .bind(&activity.resource_id)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    async fn complete(&self, accepted: &[(&Relay, &Digest)]) -> Result<(), StoreError> {
        sync_results::complete(self, accepted).await
    }

    async fn fail(&self, failed: &[(&Relay, &SyncFailure)]) -> Result<(), StoreError> {
        sync_results::fail(self, failed).await
    }

    fn ended(&self, id: &str) {
        self.leases.end(id);
    }

    fn reported(&self, id: &str) {
        self.leases.forget(id);
    }

    async fn claim(&self, id: &str) -> Result<Claim, StoreError> {
        self.leases.keep_renewed(&self.pool, &self.connections);
        self.leases.claim(self, id).await
    }

    fn claim_outlasts_request(&self, id: &str) -> bool {
        self.leases.lasts(id)
    }

    async fn release_claim(&self, relay: &Relay) -> Result<(), StoreError> {
        self.leases.release_claim(&self.pool, relay).await
    }

    async fn relay_view(&self, id: &str) -> Result<Option<RelayView>, StoreError> {
        Ok(sqlx::query(GET)
            .bind(id)
            .try_map(|row| sql::relay_view(&row))
            .fetch_optional(&self.pool)
            .await?)
    }

    async fn relay_views(&self, after: &str, limit: u32) -> Result<Vec<RelayView>, StoreError> {
        Ok(sqlx::query(PAGE)
            .bind(after)
            .bind(i64::from(limit))
            .try_map(|row| sql::relay_view(&row))
            .fetch_all(&self.pool)
            .await?)
    }

    async fn list_to_sync(&self, after: &str, limit: i64) -> Result<Vec<Relay>, StoreError> {
        self.scan_order.list(&self.pool, after, limit).await
    }

    async fn has_work(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(sql::HAS_WORK).fetch_one(&self.pool).await?)
    }

    async fn activities_after(&self, seq: i64, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        Ok(sqlx::query(sql::ACTIVITIES_AFTER)
            .bind(seq)
            .bind(i64::from(limit))
            .try_map(|row| sql::activity_record(&row))
            .fetch_all(&self.pool)
            .await?)
    }

    async fn latest_activities(&self, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        Ok(sqlx::query(sql::LATEST_ACTIVITIES)
            .bind(i64::from(limit))
            .try_map(|row| sql::activity_record(&row))
            .fetch_all(&self.pool)
            .await?)
    }

    async fn relay_ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::IDS).fetch_all(&self.pool).await?)
    }

    async fn counts_by_state(&self) -> Result<BTreeMap<RelayState, u64>, StoreError> {
        let counted = sqlx::query(overview::COUNTS_BY_STATE).try_map(overview::count_of_state);
        Ok(counted.fetch_all(&self.pool).await?.into_iter().collect())
    }

    async fn oldest_pending(&self) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar(OLDEST_PENDING).fetch_one(&self.pool).await?)
    }

    async fn keep_contact(&self, state: &ZooidState) -> Result<(), StoreError> {
        let (cause, next_heartbeat_in) = contact::columns(state);
        sqlx::query(KEEP_CONTACT)
            .bind(&self.leases.owner)
            .bind(without_nul(cause))
            .bind(next_heartbeat_in)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn contacts(&self) -> Result<Vec<Contact>, StoreError> {
        Ok(sqlx::query(CONTACTS)
            .try_map(contact::contact)
            .fetch_all(&self.pool)
            .await?)
    }

    async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        worker::all(&self.pool).await
    }

    async fn relay_summaries(&self, filter: &Filter, limit: u32) -> Result<Vec<RelaySummary>, StoreError> {
        Ok(sqlx::query(LIST)
            .bind(&filter.after)
            .bind(filter.state())
            .bind(filter.search.to_lowercase())
            .bind(i64::from(limit))
            .try_map(overview::relay_summary)
            .fetch_all(&self.pool)
            .await?)
    }

    async fn next_attempts(&self, limit: u32) -> Result<Vec<RelaySummary>, StoreError> {
        Ok(sqlx::query(NEXT_ATTEMPTS)
            .bind(i64::from(limit))
            .try_map(overview::relay_summary)
            .fetch_all(&self.pool)
            .await?)
    }

    async fn history(&self, relay_id: &str, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        Ok(sqlx::query(overview::HISTORY)
            .bind(relay_id)
            .bind(i64::from(limit))
            .try_map(|row| sql::activity_record(&row))
            .fetch_all(&self.pool)
            .await?)
    }

    async fn prune(&self, keep_seconds: i64, batch: u32) -> Result<u64, StoreError> {
        let pruned = sqlx::query(PRUNE)
            .bind(i64::from(batch))
            .bind(keep_seconds)
            .execute(&self.pool)
            .await?;
        Ok(pruned.rows_affected())
    }

    async fn last_seq(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(sql::LAST_SEQ).fetch_one(&self.pool).await?)
    }

    async fn listen(&self, written: &Notify) {
        listen::listen(&self.listener, &self.pool, written).await;
    }

    async fn close(&self) {
        let (leases, pool) = (Arc::clone(&self.leases), self.pool.clone());
        let farewell = spawn_detached(async move {
            if let Err(error) = leases.release_all(&pool).await {
                tracing::warn!(%error, "leases could not be given back; they expire");
            }
        });
        let close = async {
            farewell.await;
            self.pool.close().await;
            self.writer.close().await;
        };
        if timeout(FAREWELL, close).await.is_err() {
            tracing::warn!("PostgreSQL takes too long; what is leased expires");
        }
    }
}

/// zooid may say what PostgreSQL cannot keep.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
