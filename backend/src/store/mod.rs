//! The relays and what happened to them, in one SQLite file.
//!
//! One connection writes, others read. Each change and its activity are one transaction; a tail of the activity table
//! then tells them to whoever listens, whichever process wrote them.

mod activities;
mod error;
mod open;
mod overview;
mod relays;
mod report;
mod tail;

use std::sync::Arc;

use infra_sync::Activity;
use sqlx::{Sqlite, SqlitePool, Transaction};
use tokio::sync::{Notify, broadcast};

pub use activities::Recorded;
pub use error::StoreError;
pub use overview::{Filter, Listed, Outage, Overview, RelayState};
pub use relays::{Change, Standing};

/// Holds what a burst of changes makes before [`Infra`](infra_sync::Infra) has read it.
const NOTIFY_CAPACITY: usize = 4096;

/// The store. Cloning it is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    reader: SqlitePool,
    notify: broadcast::Sender<Activity>,
    /// Wakes the tail of this process at once; those of others poll.
    written: Arc<Notify>,
}

impl Store {
    fn over(writer: SqlitePool, reader: SqlitePool) -> Self {
        Self {
            writer,
            reader,
            notify: broadcast::Sender::new(NOTIFY_CAPACITY),
            written: Arc::default(),
        }
    }

    /// What happens from now on, once a [tail](Store::tail) runs.
    pub fn subscribe(&self) -> broadcast::Receiver<Activity> {
        self.notify.subscribe()
    }

    async fn begin(&self) -> Result<Transaction<'_, Sqlite>, StoreError> {
        // A deferred transaction that reads first fails at once when another process writes in between.
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn commit(&self, transaction: Transaction<'_, Sqlite>) -> Result<(), StoreError> {
        transaction.commit().await?;
        self.written.notify_one();
        Ok(())
    }
}
