//! What `Infra` asks of a backend.

use infra_sync::{Activity, ActivityType, Command, Digest, FailureKind, Query, Relay, SyncFailure, ZooidState};
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
             WHERE (synced_version < version OR sync_error <> '') AND given_up = 0 AND id > ?1 ORDER BY id LIMIT ?2",
        )
        .bind(after.unwrap_or_default())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .try_map(|row| relays::relay(&row))
        .fetch_all(&self.reader)
        .await?)
    }
}

impl Command for Store {
    type Error = StoreError;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.notify
    }

    async fn complete_relay_sync(&self, relay: &Relay, accepted: &Digest) -> Result<(), StoreError> {
        // A version newer than the one that was sent stays pending, being greater than synced_version. It may be there to
        // force a request, so what was accepted is forgotten.
        let sql = "UPDATE relay SET synced = unixepoch(), synced_version = ?2,
                          accepted = CASE version WHEN ?2 THEN ?3 END, sync_error = '',
                          sync_failures = 0, given_up = 0, next_attempt_at = NULL
                   WHERE id = ?1 AND synced_version <= ?2 RETURNING tenant_pubkey";
        let mut transaction = self.begin().await?;
        let row = sqlx::query(sql)
            .bind(&relay.id)
            .bind(relay.version)
            .bind(accepted.to_string())
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = row {
            let tenant: String = row.try_get("tenant_pubkey")?;
            activities::record(&mut transaction, &ActivityType::CompleteRelaySync, &tenant, &relay.id).await?;
        }
        self.commit(transaction).await
    }

    async fn fail_relay_sync(&self, relay: &Relay, failure: &SyncFailure) -> Result<(), StoreError> {
        // What failed for an older version says nothing of the newer, whose own activity is on its way. But zooid may have
        // done it all the same.
        let forget = "UPDATE relay SET accepted = NULL WHERE id = ?1";
        let sql = "UPDATE relay SET sync_error = ?3, sync_failures = sync_failures + ?4, given_up = ?5,
                          next_attempt_at = unixepoch() + ?6
                   WHERE id = ?1 AND version = ?2 RETURNING tenant_pubkey";
        let mut transaction = self.begin().await?;
        sqlx::query(forget).bind(&relay.id).execute(&mut *transaction).await?;
        let row = sqlx::query(sql)
            .bind(&relay.id)
            .bind(relay.version)
            .bind(&failure.message)
            .bind(failure.kind != FailureKind::Uncounted)
            .bind(failure.kind.is_last())
            .bind(failure.retry_in.map(|delay| delay.as_secs() as i64))
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = row {
            let tenant: String = row.try_get("tenant_pubkey")?;
            activities::record(&mut transaction, &ActivityType::FailRelaySync, &tenant, &relay.id).await?;
        }
        self.commit(transaction).await
    }

    async fn zooid_changed(&self, state: &ZooidState) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        match state {
            ZooidState::Serving => sqlx::query("DELETE FROM zooid").execute(&mut *transaction).await?,
            ZooidState::Unavailable { cause } => {
                sqlx::query("INSERT INTO zooid (one, cause) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET cause = ?1")
                    .bind(cause)
                    .execute(&mut *transaction)
                    .await?
            }
        };
        self.commit(transaction).await
    }
}
