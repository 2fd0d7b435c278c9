//! The store in one SQLite file: one connection writes, others read.

mod open;

use std::{collections::BTreeMap, future::pending, time::Duration};

use infra_sync::{Activity, ActivityType, Claim, Digest, Relay, SyncFailure, ZooidState};
use sqlx::{SqlitePool, Transaction};
use tokio::sync::Notify;

use super::{
    ActivityRecord, Filter, RelayState, RelaySummary, RelayView, StoreError, Worker,
    contact::{self, Contact, contacts, keep},
    engine::Engine,
    overview::{self, list, state, summary_columns},
    ownership::{self, UsedSchema, ownership_statements},
    sql::{self, columns_at, pending, restore_at},
};

pub(super) use open::open;

/// Unix milliseconds.
macro_rules! now {
    () => {
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    };
}

macro_rules! columns {
    () => {
        columns_at!(now!())
    };
}

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

const LIST_TO_SYNC: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM relay INDEXED BY relay_to_sync WHERE ",
    pending!(),
    " AND given_up = 0 AND id > $1 ORDER BY id LIMIT $2"
);

/// A version newer than the one that was sent stays pending, being greater than synced_version. It may be there to force a
/// request, so what was accepted is forgotten.
const COMPLETE: &str = "UPDATE relay SET synced = unixepoch(), synced_version = $2,
       accepted = CASE version WHEN $2 THEN $3 END, sync_error = '', sync_failures = 0, given_up = FALSE,
       next_attempt_at = NULL, synced_host = $4
WHERE id = $1 AND synced_version <= $2 RETURNING tenant_pubkey";

/// Whatever was changed meanwhile: a deletion is final.
const REMOVE: &str = "DELETE FROM relay WHERE id = $1 AND deleted RETURNING tenant_pubkey";

/// What zooid has is not known, and for a time ($2) may still change.
const FORGET_ACCEPTED: &str = concat!(
    "UPDATE relay SET accepted = NULL,
       unsettled_until = coalesce(max(coalesce(unsettled_until, 0), ",
    now!(),
    " + $2), unsettled_until)
WHERE id = $1 AND (accepted IS NOT NULL OR $2 IS NOT NULL)"
);

/// The row of the claim says what zooid has ($3: or that it is not known), and how long requests may still take effect ($2).
const RELEASE: &str = concat!(
    "UPDATE relay SET accepted = CASE WHEN $3 THEN accepted END,
       unsettled_until = coalesce(max(coalesce(unsettled_until, 0), ",
    now!(),
    " + $2), unsettled_until)
WHERE id = $1"
);

const FAIL: &str = "UPDATE relay SET sync_error = $3, sync_failures = sync_failures + $4, given_up = $5,
       next_attempt_at = unixepoch() + $6
WHERE id = $1 AND version = $2 RETURNING tenant_pubkey";

const OLDEST_PENDING: &str = concat!(
    "SELECT min(changed) FROM (
        SELECT (SELECT max(created_at) FROM activity
                WHERE resource_id = relay.id
                  AND activity_type IN ('create_relay', 'update_relay', 'activate_relay', 'deactivate_relay',
                                        'delete_relay', 'resync_relay')) AS changed
        FROM relay INDEXED BY relay_to_sync WHERE ",
    pending!(),
    " AND given_up = 0 ORDER BY id LIMIT 1000)"
);

const KEEP_CONTACT: &str = keep!("unixepoch()");
const CONTACTS: &str = contacts!("unixepoch()");

const LIST: &str = list!("instr");

const NEXT_ATTEMPTS: &str = concat!(
    "SELECT ",
    summary_columns!(),
    " FROM relay INDEXED BY relay_to_sync WHERE ",
    pending!(),
    " AND given_up = 0 AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at, id LIMIT $1"
);

/// The order of commits is, nearly, that of time: the oldest come first.
const PRUNE: &str = "DELETE FROM activity WHERE seq IN (SELECT seq FROM activity ORDER BY seq LIMIT $1)
AND created_at < unixepoch() - $2";

#[derive(Clone, Debug)]
pub(super) struct Sqlite {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl Engine for Sqlite {
    type Transaction = Transaction<'static, sqlx::Sqlite>;

    const POLL: Duration = Duration::from_millis(250);

    ownership_statements!(reader);

    async fn begin(&self) -> Result<Self::Transaction, StoreError> {
        // A deferred transaction that reads first fails at once when another process writes in between.
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn commit(transaction: Self::Transaction) -> Result<(), StoreError> {
        Ok(transaction.commit().await?)
    }

    async fn fetch(transaction: &mut Self::Transaction, id: &str) -> Result<Option<Relay>, StoreError> {
        Ok(sqlx::query(GET)
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
        sqlx::query(FORGET_ACCEPTED)
            .bind(id)
            .bind(None::<i64>)
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
        let mut transaction = self.begin().await?;
        for (relay, accepted) in accepted {
            let completed = match relay.deleted {
                true => sqlx::query_scalar(REMOVE).bind(&relay.id),
                false => sqlx::query_scalar(COMPLETE)
                    .bind(&relay.id)
                    .bind(relay.version)
                    .bind(accepted.to_string())
                    .bind(relay.host()),
            };
            let news: Option<String> = completed.fetch_optional(&mut *transaction).await?;
            if let Some(tenant) = news {
                Self::record(&mut transaction, &ActivityType::CompleteRelaySync, &tenant, &relay.id).await?;
            }
        }
        Self::commit(transaction).await
    }

    async fn fail(&self, failed: &[(&Relay, &SyncFailure)]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for (relay, failure) in failed {
            // What failed for an older version says nothing of the newer, whose own activity is on its way. But zooid may
            // have done it all the same.
            sqlx::query(FORGET_ACCEPTED)
                .bind(&relay.id)
                .bind(failure.unsettled_for.map(sql::milliseconds))
                .execute(&mut *transaction)
                .await?;
            let news: Option<String> = sqlx::query_scalar(FAIL)
                .bind(&relay.id)
                .bind(relay.version)
                .bind(&failure.message)
                .bind(failure.kind.counts())
                .bind(failure.kind.is_last())
                .bind(failure.retry_in.map(|delay| delay.as_secs() as i64))
                .fetch_optional(&mut *transaction)
                .await?;
            if let Some(tenant) = news {
                Self::record(&mut transaction, &ActivityType::FailRelaySync, &tenant, &relay.id).await?;
            }
        }
        Self::commit(transaction).await
    }

    fn ended(&self, _: &str) {}

    fn reported(&self, _: &str) {}

    /// There is one worker on a file.
    async fn claim(&self, id: &str) -> Result<Claim, StoreError> {
        let view = self.relay_view(id).await?;
        Ok(view.map_or(Claim::NotFound, |view| Claim::Row(Box::new(view.relay))))
    }

    fn claim_outlasts_request(&self, _id: &str) -> bool {
        true
    }

    async fn release_claim(&self, relay: &Relay) -> Result<(), StoreError> {
        let record = &relay.record;
        if record.accepted.is_none() || record.unsettled_for.is_some() {
            sqlx::query(RELEASE)
                .bind(&relay.id)
                .bind(record.unsettled_for.map(sql::milliseconds))
                .bind(record.accepted.is_some())
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }

    async fn relay_view(&self, id: &str) -> Result<Option<RelayView>, StoreError> {
        Ok(sqlx::query(GET)
            .bind(id)
            .try_map(|row| sql::relay_view(&row))
            .fetch_optional(&self.reader)
            .await?)
    }

    async fn relay_views(&self, after: &str, limit: u32) -> Result<Vec<RelayView>, StoreError> {
        Ok(sqlx::query(PAGE)
            .bind(after)
            .bind(i64::from(limit))
            .try_map(|row| sql::relay_view(&row))
            .fetch_all(&self.reader)
            .await?)
    }

    async fn list_to_sync(&self, after: &str, limit: i64) -> Result<Vec<Relay>, StoreError> {
        Ok(sqlx::query(LIST_TO_SYNC)
            .bind(after)
            .bind(limit)
            .try_map(|row| sql::relay(&row))
            .fetch_all(&self.reader)
            .await?)
    }

    async fn has_work(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(sql::HAS_WORK).fetch_one(&self.reader).await?)
    }

    async fn activities_after(&self, seq: i64, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        Ok(sqlx::query(sql::ACTIVITIES_AFTER)
            .bind(seq)
            .bind(i64::from(limit))
            .try_map(|row| sql::activity_record(&row))
            .fetch_all(&self.reader)
            .await?)
    }

    async fn latest_activities(&self, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        Ok(sqlx::query(sql::LATEST_ACTIVITIES)
            .bind(i64::from(limit))
            .try_map(|row| sql::activity_record(&row))
            .fetch_all(&self.reader)
            .await?)
    }

    async fn relay_ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::IDS).fetch_all(&self.reader).await?)
    }

    async fn counts_by_state(&self) -> Result<BTreeMap<RelayState, u64>, StoreError> {
        let counted = sqlx::query(overview::COUNTS_BY_STATE).try_map(overview::count_of_state);
        Ok(counted.fetch_all(&self.reader).await?.into_iter().collect())
    }

    async fn oldest_pending(&self) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar(OLDEST_PENDING).fetch_one(&self.reader).await?)
    }

    async fn keep_contact(&self, state: &ZooidState) -> Result<(), StoreError> {
        let (cause, next_heartbeat_in) = contact::columns(state);
        sqlx::query(KEEP_CONTACT)
            .bind("")
            .bind(cause)
            .bind(next_heartbeat_in)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn contacts(&self) -> Result<Vec<Contact>, StoreError> {
        Ok(sqlx::query(CONTACTS)
            .try_map(contact::contact)
            .fetch_all(&self.reader)
            .await?)
    }

    /// There is one worker on a file.
    async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        Ok(Vec::new())
    }

    async fn relay_summaries(&self, filter: &Filter, limit: u32) -> Result<Vec<RelaySummary>, StoreError> {
        Ok(sqlx::query(LIST)
            .bind(&filter.after)
            .bind(filter.state())
            .bind(filter.search.to_lowercase())
            .bind(i64::from(limit))
            .try_map(overview::relay_summary)
            .fetch_all(&self.reader)
            .await?)
    }

    async fn next_attempts(&self, limit: u32) -> Result<Vec<RelaySummary>, StoreError> {
        Ok(sqlx::query(NEXT_ATTEMPTS)
            .bind(i64::from(limit))
            .try_map(overview::relay_summary)
            .fetch_all(&self.reader)
            .await?)
    }

    async fn history(&self, relay_id: &str, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        Ok(sqlx::query(overview::HISTORY)
            .bind(relay_id)
            .bind(i64::from(limit))
            .try_map(|row| sql::activity_record(&row))
            .fetch_all(&self.reader)
            .await?)
    }

    async fn prune(&self, keep_seconds: i64, batch: u32) -> Result<u64, StoreError> {
        let pruned = sqlx::query(PRUNE)
            .bind(i64::from(batch))
            .bind(keep_seconds)
            .execute(&self.writer)
            .await?;
        Ok(pruned.rows_affected())
    }

    async fn last_seq(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(sql::LAST_SEQ).fetch_one(&self.reader).await?)
    }

    /// SQLite tells other processes nothing.
    async fn listen(&self, _: &Notify) {
        pending().await
    }

    async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}
