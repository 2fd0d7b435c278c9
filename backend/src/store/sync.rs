//! The traits `Query` and `Command`, through which `Infra` syncs the relays of a store.

use std::sync::Arc;

use infra_sync::{Activity, Claim, Command, Digest, Query, Relay, SyncFailure, ZooidState};
use tokio::sync::broadcast;

use super::{Store, StoreError, engine::Engine, group_commit::SyncResult, spawn_detached::spawn_detached, with_engine};

impl Query for Store {
    type Error = StoreError;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, StoreError> {
        let view = with_engine!(self, engine => engine.answered(engine.relay_view(id)).await)?;
        Ok(view.map(|view| view.relay))
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        with_engine!(self, engine => engine.answered(engine.list_to_sync(after.unwrap_or_default(), limit)).await)
    }

    async fn claim_relay(&self, id: &str) -> Result<Claim, StoreError> {
        let id = id.to_owned();
        with_engine!(self, engine => {
            let engine = engine.clone();
            spawn_detached(async move { engine.answered(engine.claim(&id)).await }).await
        })
    }

    fn claim_outlasts_request(&self, relay: &Relay) -> bool {
        with_engine!(self, engine => engine.claim_outlasts_request(&relay.id))
    }
}

impl Command for Store {
    type Error = StoreError;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.notify
    }

    async fn complete_relay_sync(&self, relay: &Relay, accepted: &Digest) -> Result<(), StoreError> {
        self.report(relay, SyncResult::Completed(*accepted)).await
    }

    async fn fail_relay_sync(&self, relay: &Relay, failure: &SyncFailure) -> Result<(), StoreError> {
        self.report(relay, SyncResult::Failed(failure.clone())).await
    }

    async fn release_claim(&self, relay: &Relay) -> Result<(), StoreError> {
        let relay = relay.clone();
        with_engine!(self, engine => {
            let engine = engine.clone();
            spawn_detached(async move { engine.answered(engine.release_claim(&relay)).await }).await
        })
    }

    async fn zooid_changed(&self, state: &ZooidState) -> Result<(), StoreError> {
        let state = state.clone();
        with_engine!(self, engine => {
            let engine = engine.clone();
            spawn_detached(async move { engine.answered(engine.keep_contact(&state)).await }).await
        })
    }
}

impl Store {
    async fn report(&self, relay: &Relay, result: SyncResult) -> Result<(), StoreError> {
        let (group_commit, relay) = (Arc::clone(&self.group_commit), relay.clone());
        with_engine!(self, engine => self.write(group_commit.commit(engine.clone(), relay, result)).await)
    }
}
