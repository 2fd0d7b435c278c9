//! What `Infra` asks of a backend.

use infra_sync::{Activity, ActivityType, Command, Query, Relay};
use sqlx::Row;
use tokio::sync::broadcast;

use super::{Store, StoreError, activities, relays};

impl Query for Store {
    type Error = StoreError;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, StoreError> {
        Ok(sqlx::query("SELECT * FROM relay WHERE id = ?1")
            .bind(id)
            .try_map(|row| relays::relay(&row))
            .fetch_optional(&self.reader)
            .await?)
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, StoreError> {
        Ok(sqlx::query(
            "SELECT * FROM relay INDEXED BY relay_to_sync
             WHERE (synced_version < version OR sync_error <> '') AND id > ?1 ORDER BY id LIMIT ?2",
        )
        .bind(after.unwrap_or_default())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .try_map(|row| relays::relay(&row))
        .fetch_all(&self.reader)
        .await?)
    }

    async fn count_sync_failures(&self, relay_id: &str) -> Result<u32, StoreError> {
        let failures: Option<u32> = sqlx::query_scalar("SELECT sync_failures FROM relay WHERE id = ?1")
            .bind(relay_id)
            .fetch_optional(&self.reader)
            .await?;
        Ok(failures.unwrap_or_default())
    }
}

impl Command for Store {
    type Error = StoreError;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.notify
    }

    async fn complete_relay_sync(&self, relay: &Relay) -> Result<(), StoreError> {
        // A version newer than the one that was sent stays pending, being greater than synced_version.
        let sql = "UPDATE relay SET synced = unixepoch(), synced_version = ?2, sync_error = '', sync_failures = 0
                   WHERE id = ?1 AND synced_version <= ?2 RETURNING tenant_pubkey";
        let mut transaction = self.begin().await?;
        let row = sqlx::query(sql)
            .bind(&relay.id)
            .bind(relay.version)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = row {
            let tenant: String = row.try_get("tenant_pubkey")?;
            activities::record(&mut transaction, &ActivityType::CompleteRelaySync, &tenant, &relay.id).await?;
        }
        self.commit(transaction).await
    }

    async fn fail_relay_sync(&self, relay: &Relay, error: &str) -> Result<(), StoreError> {
        // What failed for an older version says nothing of the newer, whose own activity is on its way.
        let sql = "UPDATE relay SET sync_error = ?3, sync_failures = sync_failures + 1
                   WHERE id = ?1 AND version = ?2 RETURNING tenant_pubkey";
        let mut transaction = self.begin().await?;
        let row = sqlx::query(sql)
            .bind(&relay.id)
            .bind(relay.version)
            .bind(error)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = row {
            let tenant: String = row.try_get("tenant_pubkey")?;
            activities::record(&mut transaction, &ActivityType::FailRelaySync, &tenant, &relay.id).await?;
        }
        self.commit(transaction).await
    }
}
