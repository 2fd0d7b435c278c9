//! Results of syncs that come at the same time share a transaction: its commit waits for the disk, however much it holds,
//! and only one is made at a time.

use std::{
    collections::HashSet,
    mem, slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use infra_sync::{Digest, Relay, SyncFailure};
use tokio::sync::{Mutex as Turn, oneshot};

use super::{StoreError, engine::Engine};

/// How a sync ended.
#[derive(Debug)]
pub(super) enum SyncResult {
    Completed(Digest),
    Failed(SyncFailure),
}

/// The results that wait to be kept.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    waiting: Mutex<Vec<Report>>,
    turn: Turn<()>,
}

#[derive(Debug)]
struct Report {
    relay: Relay,
    ending: SyncResult,
    told: oneshot::Sender<Result<(), StoreError>>,
}

impl GroupCommit {
    /// Keeps a result, with all that wait by then, unless somebody else is quicker to.
    pub(super) async fn keep<E: Engine>(
        self: Arc<Self>,
        engine: E,
        relay: Relay,
        ending: SyncResult,
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

/// Successes share one transaction and failures another; each of them is of another relay, as syncs are.
async fn keep_all<E: Engine>(engine: &E, reports: Vec<Report>) {
    let (completed, failed): (Vec<_>, Vec<_>) = reports
        .into_iter()
        .partition(|report| matches!(report.ending, SyncResult::Completed(_)));
    for reports in [completed, failed] {
        keep_alike(engine, reports).await;
    }
}

async fn keep_alike<E: Engine>(engine: &E, reports: Vec<Report>) {
    if reports.len() > 1 && are_of_different_relays(&reports) {
        match keep(engine, &reports).await {
            Ok(()) => return reports.into_iter().for_each(|report| report.tell(Ok(()))),
            Err(error) if error.is_refusal() => {
                tracing::warn!(%error, "keeping {} results one by one", reports.len());
            }
            Err(error) => {
                let error = Arc::new(error);
                let tell = |report: Report| report.tell(Err(StoreError::Shared(Arc::clone(&error))));
                return reports.into_iter().for_each(tell);
            }
        }
    }
    for report in reports {
        let done = keep(engine, slice::from_ref(&report)).await;
        report.tell(done);
    }
}

fn are_of_different_relays(reports: &[Report]) -> bool {
    let mut seen = HashSet::new();
    reports.iter().all(|report| seen.insert(report.relay.id.as_str()))
}

/// All of them or none.
async fn keep<E: Engine>(engine: &E, reports: &[Report]) -> Result<(), StoreError> {
    let (mut accepted, mut failed) = (Vec::new(), Vec::new());
    for Report { relay, ending, .. } in reports {
        match ending {
            SyncResult::Completed(digest) => accepted.push((relay, digest)),
            SyncResult::Failed(failure) => failed.push((relay, failure)),
        }
    }
    if !accepted.is_empty() {
        engine.answered(engine.complete(&accepted)).await?;
    }
    if !failed.is_empty() {
        engine.answered(engine.fail(&failed)).await?;
    }
    reports.iter().for_each(|report| engine.reported(&report.relay.id));
    Ok(())
}

impl Report {
    fn tell(self, done: Result<(), StoreError>) {
        // Who no longer waits does not need to know.
        let _ = self.told.send(done);
    }
}
