//! Relays and their activities, in one SQLite file or in PostgreSQL.
//!
//! Each change and its activity are written in one transaction. A tail of the activity table then sends the activity to the
//! subscribers of every process that has the store open. The trait `Engine` hides the differences between the databases.

mod activities;
mod contact;
mod copy;
mod database_url;
mod engine;
mod error;
mod group_commit;
mod migrations;
mod overview;
mod ownership;
#[cfg(feature = "postgres")]
mod postgres;
mod relays;
mod spawn_detached;
mod sql;
mod sqlite;
mod sync;
mod tail;
mod violations;

use std::sync::Arc;

use infra_sync::Activity;
use tokio::sync::{Notify, broadcast};

pub use activities::ActivityRecord;
pub use contact::ZooidStatus;
pub use copy::Copied;
pub use database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use error::{Owned, StoreError};
pub use overview::{Filter, Overview, RelayState, RelaySummary, Worker};
pub use relays::{Change, RelayView};
pub use violations::Violation;

use database_url::ConnectOptions;

/// Capacity of the activity channel: a burst of changes must fit until [`Infra`](infra_sync::Infra) has read it.
const NOTIFY_CAPACITY: usize = 4096;

/// The store. Clones are cheap and share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    notify: broadcast::Sender<Activity>,
    /// Wakes the tail of this process after a write. Tails of other processes poll or listen.
    written: Arc<Notify>,
    group_commit: Arc<group_commit::GroupCommit>,
}

#[derive(Clone, Debug)]
enum Database {
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

/// Evaluates an expression with the engine of a store bound to a name.
macro_rules! with_engine {
    ($store:expr, $engine:ident => $body:expr) => {
        match &$store.database {
            crate::store::Database::Sqlite($engine) => $body,
            #[cfg(feature = "postgres")]
            crate::store::Database::Postgres($engine) => $body,
        }
    };
}
use with_engine;

impl Store {
    /// Opens a store and applies missing migrations. Creates a SQLite file that does not exist, readable by its owner only.
    ///
    /// # Errors
    ///
    /// If the file or the server cannot be opened, if a newer version of the program has changed the tables, or if SQLite
    /// does not accept a setting that protects the data.
    pub async fn open(url: impl Into<DatabaseUrl>) -> Result<Self, StoreError> {
        let database = match url.into().0 {
            ConnectOptions::Sqlite(path) => Database::Sqlite(sqlite::open(&path).await?),
            #[cfg(feature = "postgres")]
            ConnectOptions::Postgres(options) => Database::Postgres(postgres::open(*options).await?),
        };
        let store = Self {
            database,
            notify: broadcast::Sender::new(NOTIFY_CAPACITY),
            written: Arc::default(),
            group_commit: Arc::default(),
        };
        with_engine!(store, engine => ownership::complete(engine).await)?;
        Ok(store)
    }

    /// Releases the claims of this process and closes the connections. SQLite then merges its write-ahead log into the file.
    pub async fn close(&self) {
        with_engine!(self, engine => engine::Engine::close(engine).await);
    }

    /// Returns a receiver of future activities. They are sent while a [tail](Store::tail) runs.
    pub fn subscribe(&self) -> broadcast::Receiver<Activity> {
        self.notify.subscribe()
    }
}
