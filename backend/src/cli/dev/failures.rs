use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use infra_sync::{Activity, Command, Digest, Relay, SyncFailure, ZooidState};
use tokio::sync::broadcast;

use crate::store::{Store, StoreError};

/// The store, keeping the details of each failed sync until its activity is printed. An activity names only the relay, and
/// the row may already be in a later state by then.
#[derive(Clone, Debug)]
pub(super) struct Failures {
    store: Store,
    kept: Arc<Mutex<Vec<(String, SyncFailure)>>>,
}

impl Failures {
    pub(super) fn of(store: &Store) -> Self {
        Self {
            store: store.clone(),
            kept: Arc::default(),
        }
    }

    /// Removes and returns the oldest failure of a relay.
    pub(super) fn take(&self, relay_id: &str) -> Option<SyncFailure> {
        let mut kept = self.kept();
        let oldest = kept.iter().position(|(id, _)| id == relay_id)?;
        Some(kept.remove(oldest).1)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(String, SyncFailure)>> {
        // Nothing panics under the lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Command for Failures {
    type Error = StoreError;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        self.store.notify()
    }

    async fn complete_relay_sync(&self, relay: &Relay, accepted: &Digest) -> Result<(), StoreError> {
        self.store.complete_relay_sync(relay, accepted).await
    }

    async fn fail_relay_sync(&self, relay: &Relay, failure: &SyncFailure) -> Result<(), StoreError> {
        // Before the activity is committed, so that its reader finds the failure.
        self.kept().push((relay.id.clone(), failure.clone()));
        self.store.fail_relay_sync(relay, failure).await
    }

    async fn release_claim(&self, relay: &Relay) -> Result<(), StoreError> {
        self.store.release_claim(relay).await
    }

    async fn zooid_changed(&self, state: &ZooidState) -> Result<(), StoreError> {
        self.store.zooid_changed(state).await
    }
}
