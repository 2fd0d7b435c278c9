//! Group commit: results of syncs that arrive at the same time share a transaction. Only one transaction commits at a time, and
//! each commit waits for the disk, whatever its size.

use std::{
    collections::HashSet,
    mem, slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use infra_sync::{Digest, Relay, SyncFailure};
use tokio::sync::{Mutex as CommitLock, oneshot};

use super::{StoreError, engine::Engine};

/// The result of a sync.
#[derive(Debug)]
pub(super) enum SyncResult {
    Completed(Digest),
    Failed(SyncFailure),
}

/// The queue of results to commit.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    queue: Mutex<Vec<Report>>,
    /// Held by the task that commits.
    commit: CommitLock<()>,
}

#[derive(Debug)]
struct Report {
    relay: Relay,
    result: SyncResult,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

impl GroupCommit {
    /// Commits all queued results, including this one, unless another task commits this one first.
    pub(super) async fn commit<E: Engine>(
        self: Arc<Self>,
        engine: E,
        relay: Relay,
        result: SyncResult,
    ) -> Result<(), StoreError> {
        engine.ended(&relay.id);
        let (reply, mut committed) = oneshot::channel();
        self.queue().push(Report { relay, result, reply });
        tokio::select! {
            // A task whose result is committed already must not start to commit those of others.
            biased;
            outcome = &mut committed => return outcome.unwrap_or_else(|_| crashed()),
            _commit = self.commit.lock() => {
                let reports = mem::take(&mut *self.queue());
                commit_all(&engine, reports).await;
            }
        }
        committed.await.unwrap_or_else(|_| crashed())
    }

    fn queue(&self) -> MutexGuard<'_, Vec<Report>> {
        // Nothing panics under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that was to commit the result panicked.
fn crashed() -> Result<(), StoreError> {
    Err(sqlx::Error::WorkerCrashed.into())
}

/// Commits successes in one transaction and failures in another.
async fn commit_all<E: Engine>(engine: &E, reports: Vec<Report>) {
    let (completed, failed): (Vec<_>, Vec<_>) = reports
        .into_iter()
        .partition(|report| matches!(report.result, SyncResult::Completed(_)));
    for reports in [completed, failed] {
        commit_group(engine, reports).await;
    }
}

async fn commit_group<E: Engine>(engine: &E, reports: Vec<Report>) {
    if reports.len() > 1 && are_of_different_relays(&reports) {
        match commit(engine, &reports).await {
            Ok(()) => return reports.into_iter().for_each(|report| report.reply(Ok(()))),
            Err(error) if error.is_refusal() => {
                tracing::warn!(%error, "cannot commit {} results together; committing them one by one", reports.len());
            }
            Err(error) => {
                let error = Arc::new(error);
                let reply = |report: Report| report.reply(Err(StoreError::Shared(Arc::clone(&error))));
                return reports.into_iter().for_each(reply);
            }
        }
    }
    for report in reports {
        let outcome = commit(engine, slice::from_ref(&report)).await;
        report.reply(outcome);
    }
}

fn are_of_different_relays(reports: &[Report]) -> bool {
    let mut seen = HashSet::new();
    reports.iter().all(|report| seen.insert(report.relay.id.as_str()))
}

/// Commits results of one kind: all or none.
async fn commit<E: Engine>(engine: &E, reports: &[Report]) -> Result<(), StoreError> {
    let (mut accepted, mut failed) = (Vec::new(), Vec::new());
    for Report { relay, result, .. } in reports {
        match result {
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
    fn reply(self, outcome: Result<(), StoreError>) {
        // The reporting task may have been dropped.
        let _ = self.reply.send(outcome);
    }
}
