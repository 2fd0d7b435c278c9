//! Connections to a server that may fall silent.
//!
//! A connection whose other end is gone without a word gives no error: whoever asked waits for ever. So nobody waits longer
//! than the server would work, and then all connections that there are by then are made anew. None of them is used again
//! also because who stopped waiting may have left a transaction open on it.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{
    Connection, PgPool,
    pool::PoolConnectionMetadata,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use crate::store::StoreError;

/// What is begun must end, lest other workers wait for it for ever. No statement gains by being planned anew each time.
const SESSION: &str = "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s';
    SET plan_cache_mode = force_generic_plan";

/// Longer than the server works on a statement.
const ANSWER: Duration = Duration::from_secs(40);

/// For a connection, a new one if need be.
const PATIENCE: Duration = Duration::from_secs(15);

/// A connection that was idle for longer is asked whether it is there.
const TRUSTED: Duration = Duration::from_secs(5);

/// When the server was last found silent.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Option<Instant>>);

impl Connections {
    pub(super) fn pool(self: &Arc<Self>, connections: u32, options: &PgConnectOptions) -> PgPool {
        let (taken, returned) = (Arc::clone(self), Arc::clone(self));
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            // Without these, sqlx 0.9 starts a task that can spin for ever when its count of idle connections underflows.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(SESSION).execute(connection).await?;
                    Ok(())
                })
            })
            .before_acquire(move |connection, about| {
                let connections = Arc::clone(&taken);
                Box::pin(async move {
                    if connections.are_silent(&about) {
                        return Ok(false);
                    }
                    if about.idle_for < TRUSTED {
                        return Ok(true);
                    }
                    match timeout(TRUSTED, connection.ping()).await {
                        Ok(answered) => answered.map(|()| true),
                        Err(_) => {
                            connections.distrust();
                            Ok(false)
                        }
                    }
                })
            })
            .after_release(move |_, about| {
                let is_trusted = !returned.are_silent(&about);
                Box::pin(async move { Ok(is_trusted) })
            })
            .connect_lazy_with(options.clone())
    }

    pub(super) fn answered<T: Send>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        let mut work = Box::pin(work);
        async move {
            // Its connection must be distrusted before it is given back.
            match timeout(ANSWER, &mut work).await {
                Ok(done) => done,
                Err(_) => {
                    self.distrust();
                    Err(StoreError::NoAnswer(ANSWER))
                }
            }
        }
    }

    fn distrust(&self) {
        *self.since() = Some(Instant::now());
    }

    /// Whether a connection is older than the last silence.
    fn are_silent(&self, connection: &PoolConnectionMetadata) -> bool {
        self.since().is_some_and(|since| since.elapsed() <= connection.age)
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
