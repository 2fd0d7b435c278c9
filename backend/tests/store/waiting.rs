//! What a worker does with a relay once another is through with it.

use std::{future::Future, time::Duration};

use backend::store::Store;
use infra_sync::{Claim, Command, FailureKind, Infra, Query, Relay, RetryPolicy, SyncFailure};
use tokio::time::sleep;
use zooid_client::emulator::Emulator;

use crate::{database::Database, relay};

/// A worker may ask again after one.
const ROUND: Duration = Duration::from_millis(1500);

/// Runs a worker for a while once the other has claimed a relay and something was done then. Answers how often zooid was
/// asked.
async fn requests_after<F: Future>(max_attempts: u32, what: impl FnOnce(Database, Store, Relay) -> F) -> usize {
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    one.create_relay(relay("alice")).await.unwrap();
    let Claim::Row(row) = other.claim_relay("alice").await.unwrap() else {
        panic!("it is nobody's");
    };
    let mut config = infra_sync::Config::new(zooid.url().parse().unwrap(), zooid.keys().clone());
    config.retry = RetryPolicy {
        base: Duration::from_secs(60),
        cap: Duration::from_secs(60),
        max_attempts,
    };
    let infra = Infra::with_config(one.clone(), one, config).unwrap();
    tokio::select! {
        () = infra.start() => {}
        () = async {
            sleep(ROUND).await;
            what(database, other, *row).await;
            sleep(ROUND * 2).await;
        } => {}
    }
    zooid.relay_requests().len()
}

fn failure(kind: FailureKind) -> SyncFailure {
    SyncFailure {
        message: "no".to_owned(),
        kind,
        failures: 1,
        retry_in: (!kind.is_last()).then_some(Duration::from_secs(60)),
        unsettled_for: None,
    }
}

#[tokio::test]
async fn what_was_given_up_meanwhile_is_left_alone() {
    let fail = async |_database, other: Store, row| {
        other
            .fail_relay_sync(&row, &failure(FailureKind::Permanent))
            .await
            .unwrap();
    };
    assert_eq!(requests_after(10, fail).await, 0);
}

#[tokio::test]
async fn what_failed_meanwhile_is_tried_again_in_its_time() {
    let fail = async |_database, other: Store, row| {
        other
            .fail_relay_sync(&row, &failure(FailureKind::Retried))
            .await
            .unwrap();
    };
    assert_eq!(requests_after(10, fail).await, 0);
}

#[tokio::test]
async fn what_is_taken_over_after_its_last_attempt_is_left_alone() {
    let expire = async |database: Database, other: Store, _row| {
        database
            .execute("UPDATE relay SET leased_until = statement_timestamp() - interval '1 second'")
            .await;
        sleep(ROUND * 2).await;
        assert_eq!(other.relay("alice").await.unwrap().record.failures, 1);
        drop((database, other));
    };
    assert_eq!(requests_after(1, expire).await, 0);
}

#[tokio::test]
async fn what_was_given_back_is_synced() {
    let release_claim = async |_database, other: Store, row| other.release_claim(&row).await.unwrap();
    assert_eq!(requests_after(10, release_claim).await, 1);
}
