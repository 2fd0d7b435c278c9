//! Connections to a server that can stop answering.
//!
//! A half-open connection reports no error: a query on it waits for ever. So each operation has a timeout, longer than the
//! server's own statement timeout. After a timeout, all connections that exist at that time are replaced: the other end may be
//! gone, and the cancelled operation may have left a transaction open.

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

/// Timeouts, so that a stuck transaction cannot block other workers for ever. No statement profits from a custom plan.
const SESSION: &str = "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s';
    SET plan_cache_mode = force_generic_plan";

/// Timeout of an operation: longer than the statement timeout.
const ANSWER: Duration = Duration::from_secs(40);

/// Timeout for acquiring a connection, including a new connection.
const PATIENCE: Duration = Duration::from_secs(15);

/// A connection that was idle for longer is pinged before use. Also the timeout of the ping.
const TRUSTED: Duration = Duration::from_secs(5);

/// The time of the last timeout. Older connections are not used again.
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
            // `work` is dropped after `distrust`, so that its connection does not return to the pool as trusted.
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

    /// Whether a connection is older than the last timeout.
    fn are_silent(&self, connection: &PoolConnectionMetadata) -> bool {
        self.since().is_some_and(|since| since.elapsed() <= connection.age)
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
