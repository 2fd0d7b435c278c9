use infra_sync::{Activity, ActivityType};
use serde::Serialize;
use sqlx::{Row, Sqlite, Transaction, sqlite::SqliteRow};

use super::{Store, StoreError};

/// An activity and its place in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Grows with each activity.
    pub seq: i64,
    /// What happened.
    #[serde(flatten)]
    pub activity: Activity,
}

impl Store {
    /// What happened after `seq`, oldest first, at most `limit` of it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn activities_after(&self, seq: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let rows = sqlx::query("SELECT * FROM activity WHERE seq > ?1 ORDER BY seq LIMIT ?2")
            .bind(seq)
            .bind(limit)
            .try_map(recorded)
            .fetch_all(&self.reader)
            .await?;
        Ok(rows)
    }

    /// The newest `limit` activities, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn latest_activities(&self, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let mut rows = sqlx::query("SELECT * FROM activity ORDER BY seq DESC LIMIT ?1")
            .bind(limit)
            .try_map(recorded)
            .fetch_all(&self.reader)
            .await?;
        rows.reverse();
        Ok(rows)
    }

    /// The place of the newest activity, 0 before the first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn last_seq(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM activity")
            .fetch_one(&self.reader)
            .await?)
    }
}

/// Writes an activity into the transaction of the change it tells of.
pub(super) async fn record(
    transaction: &mut Transaction<'_, Sqlite>,
    activity_type: &ActivityType,
    tenant_pubkey: &str,
    relay_id: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO activity (activity_type, tenant_pubkey, resource_id) VALUES (?1, ?2, ?3)")
        .bind(activity_type.as_str())
        .bind(tenant_pubkey)
        .bind(relay_id)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) fn recorded(row: SqliteRow) -> sqlx::Result<Recorded> {
    Ok(Recorded {
        seq: row.try_get("seq")?,
        activity: Activity {
            id: row.try_get("id")?,
            tenant_pubkey: row.try_get("tenant_pubkey")?,
            created_at: row.try_get("created_at")?,
            activity_type: row.try_get::<String, _>("activity_type")?.into(),
            resource_type: row.try_get("resource_type")?,
            resource_id: row.try_get("resource_id")?,
        },
    })
}
