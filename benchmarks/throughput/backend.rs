//! A backend that tells the benchmark of every report.

use std::sync::Arc;

use infra_sync::{Activity, Command, Digest, Query, Relay, SyncFailure, ZooidState};
use tokio::sync::broadcast;

use crate::relays;

/// A backend whose relays can be changed by their number.
pub trait Backend: Query + Command + Clone {
    /// Changes these relays and tells of it.
    fn change(&self, relays: &[usize]) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Reports to the backend, and tells of it.
#[derive(Clone)]
pub struct Watched<B> {
    backend: B,
    answered: Arc<dyn Fn(usize) + Send + Sync>,
    kept: Arc<dyn Fn(usize) + Send + Sync>,
}

impl<B: Backend> Watched<B> {
    /// `answered` is called with a relay's number when Infra begins to report that zooid has it, `kept` when that is done.
    pub fn new(
        backend: B,
        answered: impl Fn(usize) + Send + Sync + 'static,
        kept: impl Fn(usize) + Send + Sync + 'static,
    ) -> Self {
        Self {
            backend,
            answered: Arc::new(answered),
            kept: Arc::new(kept),
        }
    }
}

impl<B: Backend> Command for Watched<B> {
    type Error = <B as Command>::Error;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        self.backend.notify()
    }

    async fn complete_relay_sync(&self, relay: &Relay, accepted: &Digest) -> Result<(), Self::Error> {
        let number = relays::number(&relay.id);
        (self.answered)(number);
        self.backend.complete_relay_sync(relay, accepted).await?;
        (self.kept)(number);
        Ok(())
    }

    async fn fail_relay_sync(&self, relay: &Relay, failure: &SyncFailure) -> Result<(), Self::Error> {
        eprintln!("{}: {}", relay.id, failure.message);
        self.backend.fail_relay_sync(relay, failure).await
    }

    async fn release_claim(&self, relay: &Relay) -> Result<(), Self::Error> {
        self.backend.release_claim(relay).await
    }

    async fn zooid_changed(&self, state: &ZooidState) -> Result<(), Self::Error> {
        self.backend.zooid_changed(state).await
    }
}
