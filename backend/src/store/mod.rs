//! The relays and what happened to them, in one SQLite file or in PostgreSQL.
//!
//! Each change and its activity are one transaction; a tail of the activity table then tells them to whoever listens,
//! whichever process wrote them. What the engines do differently is behind `Engine`.

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

/// Holds what a burst of changes makes before [`Infra`](infra_sync::Infra) has read it.
const NOTIFY_CAPACITY: usize = 4096;

/// The store. Cloning it is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    notify: broadcast::Sender<Activity>,
    /// Wakes the tail of this process at once; those of others poll or listen.
    written: Arc<Notify>,
    reports: Arc<group_commit::GroupCommit>,
}

#[derive(Clone, Debug)]
enum Database {
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

/// Does something with the engine of a store, whichever it is.
macro_rules! with_engine {
    ($store:expr, $engine:ident => $what:expr) => {
        match &$store.database {
            crate::store::Database::Sqlite($engine) => $what,
            #[cfg(feature = "postgres")]
            crate::store::Database::Postgres($engine) => $what,
        }
    };
}
use with_engine;

impl Store {
    /// Opens a store, making its tables when they are not there, and its file (readable by its owner alone) if it is one.
    ///
    /// # Errors
    ///
    /// When the file or the server cannot be opened, its tables are a newer program's, or a setting that keeps data safe is
    /// refused.
    pub async fn open(location: impl Into<DatabaseUrl>) -> Result<Self, StoreError> {
        let database = match location.into().0 {
            ConnectOptions::Sqlite(path) => Database::Sqlite(sqlite::open(&path).await?),
            #[cfg(feature = "postgres")]
            ConnectOptions::Postgres(options) => Database::Postgres(postgres::open(*options).await?),
        };
        let store = Self {
            database,
            notify: broadcast::Sender::new(NOTIFY_CAPACITY),
            written: Arc::default(),
            reports: Arc::default(),
        };
        with_engine!(store, engine => ownership::complete(engine).await)?;
        Ok(store)
    }

    /// Gives back what this process was syncing and closes the connections, so that a file's log is folded into it.
    pub async fn close(&self) {
        with_engine!(self, engine => engine::Engine::close(engine).await);
    }

    /// What happens from now on, once a [tail](Store::tail) runs.
    pub fn subscribe(&self) -> broadcast::Receiver<Activity> {
        self.notify.subscribe()
    }
}
