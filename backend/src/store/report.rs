//! What `Infra` asks of a backend.

use std::sync::Arc;

use infra_sync::{Activity, Claim, Command, Digest, Query, Relay, SyncFailure, ZooidState};
use tokio::sync::broadcast;

use super::{Store, StoreError, detached::detached, engine::Engine, on, reports::Ending};

impl Query for Store {
    type Error = StoreError;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, StoreError> {
        let standing = on!(self, engine => engine.answered(engine.standing(id)).await)?;
        Ok(standing.map(|standing| standing.relay))
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        on!(self, engine => engine.answered(engine.list_to_sync(after.unwrap_or_default(), limit)).await)
    }

    async fn claim_relay(&self, id: &str) -> Result<Claim, StoreError> {
        let id = id.to_owned();
        on!(self, engine => {
            let engine = engine.clone();
            detached(async move { engine.answered(engine.claim(&id)).await }).await
        })
    }

    fn claim_outlasts_request(&self, relay: &Relay) -> bool {
        on!(self, engine => engine.claim_outlasts_request(&relay.id))
    }
}

impl Command for Store {
    type Error = StoreError;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.notify
    }

    async fn complete_relay_sync(&self, relay: &Relay, accepted: &Digest) -> Result<(), StoreError> {
        self.report(relay, Ending::Completed(*accepted)).await
    }

    async fn fail_relay_sync(&self, relay: &Relay, failure: &SyncFailure) -> Result<(), StoreError> {
        self.report(relay, Ending::Failed(failure.clone())).await
    }

    async fn release_claim(&self, relay: &Relay) -> Result<(), StoreError> {
        let relay = relay.clone();
        on!(self, engine => {
            let engine = engine.clone();
            detached(async move { engine.answered(engine.release_claim(&relay)).await }).await
        })
    }

    async fn zooid_changed(&self, state: &ZooidState) -> Result<(), StoreError> {
        let state = state.clone();
        on!(self, engine => {
            let engine = engine.clone();
            detached(async move { engine.answered(engine.keep_contact(&state)).await }).await
        })
    }
}

impl Store {
    async fn report(&self, relay: &Relay, ending: Ending) -> Result<(), StoreError> {
        let (reports, relay) = (Arc::clone(&self.reports), relay.clone());
        on!(self, engine => self.write(reports.keep(engine.clone(), relay, ending)).await)
    }
}
