//! Nothing is sent that could be done after the lease.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use backend::store::{Store, StoreError};
use infra_sync::{Claim, Command, Config, Infra, Query, Relay};
use tokio::time::{Instant, advance, pause, resume, sleep};
use zooid_client::emulator::Emulator;

use crate::{database::Database, relay};

async fn claim(store: &Store) -> Relay {
    match store.claim_relay("alice").await.unwrap() {
        Claim::Row(relay) => *relay,
        other => panic!("{other:?}"),
    }
}

async fn worker() -> (Database, Store) {
    let database = Database::postgres().await;
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    (database, store)
}

/// Whether a claim lasts for a request that is sent so long after, if it could not be renewed meanwhile.
async fn lasts_after(seconds: u64) -> bool {
    let (_database, store) = worker().await;
    let row = claim(&store).await;
    pause();
    advance(Duration::from_secs(seconds)).await;
    let lasts = store.claim_outlasts_request(&row);
    resume();
    lasts
}

#[tokio::test]
async fn a_signature_is_never_good_for_longer_than_the_lease() {
    assert!(lasts_after(0).await);
    assert!(lasts_after(40).await, "two renewals may fail");
    assert!(!lasts_after(46).await);
    assert!(!lasts_after(300).await);
}

#[tokio::test]
async fn a_lease_lasts_no_longer_than_the_attempt() {
    let (_database, store) = worker().await;
    let row = claim(&store).await;
    store.release_claim(&row).await.unwrap();
    assert!(!store.claim_outlasts_request(&row));
    let row = claim(&store).await;
    assert!(store.claim_outlasts_request(&row));
    store.close().await;
    assert!(!store.claim_outlasts_request(&row));
}

#[tokio::test]
async fn a_worker_that_could_not_renew_its_lease_sends_nothing_more() {
    let (database, store) = worker().await;
    let late = claim(&store).await;
    database
        .execute("UPDATE relay SET leased_until = statement_timestamp() - interval '1 second'")
        .await;
    claim(&database.open().await).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while store.claim_outlasts_request(&late) {
        assert!(Instant::now() < deadline);
        sleep(Duration::from_millis(500)).await;
    }
}

/// A store whose claims do not last the first time they are asked.
#[derive(Clone)]
struct Slow(Store, Arc<Mutex<Vec<bool>>>);

impl Query for Slow {
    type Error = StoreError;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, StoreError> {
        self.0.get_relay(id).await
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, StoreError> {
        self.0.list_relays_to_sync(after, limit).await
    }

    async fn claim_relay(&self, id: &str) -> Result<Claim, StoreError> {
        self.0.claim_relay(id).await
    }

    fn claim_outlasts_request(&self, relay: &Relay) -> bool {
        let mut asked = self.1.lock().unwrap();
        let lasts = !asked.is_empty() && self.0.claim_outlasts_request(relay);
        asked.push(lasts);
        lasts
    }
}

#[tokio::test]
async fn a_claim_that_does_not_last_is_given_back_and_made_anew() {
    let (_database, store) = worker().await;
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let slow = Slow(store.clone(), Arc::default());
    let config = Config::new(zooid.url().parse().unwrap(), zooid.keys().clone());
    let infra = Infra::with_config(slow.clone(), store.clone(), config).unwrap();
    let created = store.latest_activities(1).await.unwrap().remove(0).activity;
    infra.handle_activity(&created).await;
    assert_eq!(*slow.1.lock().unwrap(), [false, true]);
    assert_eq!(zooid.relay_requests().len(), 1);
    assert!(store.relay("alice").await.unwrap().is_up_to_date());
}
