//! Results of syncs that come at the same time share a transaction: its commit waits for the disk, however much it holds,
//! and only one is made at a time.

use std::{
    mem, slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use infra_sync::{ActivityType, Digest, Relay, SyncFailure};
use tokio::sync::{Mutex as Turn, oneshot};

use super::{StoreError, engine::Engine};

/// How a sync ended.
#[derive(Debug)]
pub(super) enum Ending {
    Completed(Digest),
    Failed(SyncFailure),
}

/// The results that wait to be kept.
#[derive(Debug, Default)]
pub(super) struct Reports {
    waiting: Mutex<Vec<Report>>,
    turn: Turn<()>,
}

#[derive(Debug)]
struct Report {
    relay: Relay,
    ending: Ending,
    told: oneshot::Sender<Result<(), StoreError>>,
}

impl Reports {
    /// Keeps a result, with all that wait by then, unless somebody else is quicker to.
    pub(super) async fn keep<E: Engine>(
        self: Arc<Self>,
        engine: E,
        relay: Relay,
        ending: Ending,
    ) -> Result<(), StoreError> {
        engine.ended(&relay.id);
        let (told, mut kept) = oneshot::channel();
        self.waiting().push(Report { relay, ending, told });
        tokio::select! {
            // Whose result is kept must not begin to keep those of others.
            biased;
            done = &mut kept => return done.unwrap_or_else(|_| crashed()),
            _turn = self.turn.lock() => {
                let reports = mem::take(&mut *self.waiting());
                keep_all(&engine, reports).await;
            }
        }
        kept.await.unwrap_or_else(|_| crashed())
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Report>> {
        // Nothing panics under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever was to keep it panicked.
fn crashed() -> Result<(), StoreError> {
    Err(sqlx::Error::WorkerCrashed.into())
}

async fn keep_all<E: Engine>(engine: &E, reports: Vec<Report>) {
    if reports.len() > 1 {
        match keep(engine, &reports).await {
            Ok(()) => return reports.into_iter().for_each(|report| report.tell(Ok(()))),
            Err(error) => tracing::warn!(%error, "keeping {} results one by one", reports.len()),
        }
    }
    for report in reports {
        let done = keep(engine, slice::from_ref(&report)).await;
        report.tell(done);
    }
}

/// All of them or none.
async fn keep<E: Engine>(engine: &E, reports: &[Report]) -> Result<(), StoreError> {
    let mut transaction = engine.begin().await?;
    for Report { relay, ending, .. } in reports {
        let (tenant, activity) = match ending {
            Ending::Completed(accepted) => (
                engine.complete(&mut transaction, relay, accepted).await?,
                ActivityType::CompleteRelaySync,
            ),
            Ending::Failed(failure) => (
                engine.fail(&mut transaction, relay, failure).await?,
                ActivityType::FailRelaySync,
            ),
        };
        if let Some(tenant) = tenant {
            E::record(&mut transaction, &activity, &tenant, &relay.id).await?;
        }
    }
    E::commit(transaction).await?;
    reports.iter().for_each(|report| engine.reported(&report.relay.id));
    Ok(())
}

impl Report {
    fn tell(self, done: Result<(), StoreError>) {
        // Who no longer waits does not need to know.
        let _ = self.told.send(done);
    }
}
