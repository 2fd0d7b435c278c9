use std::{collections::HashMap, time::Duration};

use backend::store::Store;
use infra_sync::{Claim, Command, Digest, FailureKind, Query, Relay, SETTLE_TIME, SyncFailure};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{activity_types, database::Database, relay, update};

const EXPIRE: &str = "UPDATE relay SET leased_until = statement_timestamp() - interval '1 second'";
const LOST_WORKER: &str = "the worker that was syncing it stopped without a word";

fn accepted() -> Digest {
    "ab".repeat(32).parse().unwrap()
}

fn failure() -> SyncFailure {
    SyncFailure {
        message: "no".to_owned(),
        kind: FailureKind::Retried,
        failures: 1,
        retry_in: Some(Duration::from_secs(5)),
        unsettled_for: None,
    }
}

/// The row, which must be to be had.
async fn claim(store: &Store, id: &str) -> Relay {
    match store.claim_relay(id).await.unwrap() {
        Claim::Row(relay) => *relay,
        other => panic!("{other:?}"),
    }
}

async fn is_elsewhere(store: &Store, id: &str) -> bool {
    match store.claim_relay(id).await.unwrap() {
        Claim::HeldByOther(wait) => {
            assert!(wait <= Duration::from_secs(1), "it may be free by then: {wait:?}");
            true
        }
        _ => false,
    }
}

/// Two workers, and a relay that neither has synced.
async fn two_workers() -> (Database, Store, Store) {
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    one.create_relay(relay("alice")).await.unwrap();
    (database, one, other)
}

#[tokio::test]
async fn a_relay_is_claimed_by_one_worker_until_its_sync_is_reported() {
    let (_database, one, other) = two_workers().await;
    let row = claim(&one, "alice").await;
    assert!(is_elsewhere(&other, "alice").await);
    assert!(is_elsewhere(&one, "alice").await, "not even by itself");

    one.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(claim(&other, "alice").await.is_up_to_date());
    update(&other, "alice", |relay| relay.info_name.push('!'))
        .await
        .unwrap();
    let row = claim(&other, "alice").await;
    assert_eq!(row.record.accepted, Some(accepted()));
    other.fail_relay_sync(&row, &failure()).await.unwrap();
    assert_eq!(claim(&one, "alice").await.record.failures, 1);
}

#[tokio::test]
async fn of_many_workers_one_gets_a_relay() {
    let database = Database::postgres().await;
    let mut workers = Vec::new();
    for _ in 0..6 {
        workers.push(database.open().await);
    }
    let relays: Vec<_> = (0..40).map(|n| relay(&format!("relay{n}"))).collect();
    workers[0].import_relays(&relays).await.unwrap();
    let mut claims = JoinSet::new();
    for relay in &relays {
        for worker in &workers {
            let (worker, id) = (worker.clone(), relay.id.clone());
            claims.spawn(async move { (worker.claim_relay(&id).await.unwrap(), id) });
        }
    }
    let mut got: HashMap<String, usize> = HashMap::new();
    for (claim, id) in claims.join_all().await {
        *got.entry(id).or_default() += usize::from(matches!(claim, Claim::Row(_)));
    }
    assert_eq!(got.len(), 40);
    assert!(got.values().all(|claims| *claims == 1), "{got:?}");
}

#[tokio::test]
async fn a_relay_that_is_up_to_date_is_nobodys_turn() {
    let (database, one, other) = two_workers().await;
    one.complete_relay_sync(&claim(&one, "alice").await, &accepted())
        .await
        .unwrap();
    claim(&one, "alice").await;
    claim(&other, "alice").await;
    let leases = database
        .count("SELECT count(*) FROM relay WHERE leased_until IS NOT NULL")
        .await;
    assert_eq!(leases, 0);
    assert!(matches!(one.claim_relay("nobody").await.unwrap(), Claim::NotFound));
}

#[tokio::test]
async fn an_expired_lease_is_taken_over_and_counts_as_a_failure() {
    let (database, one, other) = two_workers().await;
    claim(&one, "alice").await;
    database.execute(EXPIRE).await;
    let row = claim(&other, "alice").await;
    assert_eq!((row.record.failures, row.sync_error.as_str()), (1, LOST_WORKER));
    assert_eq!(row.record.accepted, None, "nobody knows what the first one did");
    assert_eq!(activity_types(&other).await, ["create_relay", "fail_relay_sync"]);

    database.execute(EXPIRE).await;
    assert_eq!(claim(&one, "alice").await.record.failures, 2, "and so on");
}

#[tokio::test]
async fn a_lost_worker_is_no_failure_of_a_newer_version() {
    let (database, one, other) = two_workers().await;
    claim(&one, "alice").await;
    update(&one, "alice", |relay| relay.info_name.push('!')).await.unwrap();
    database.execute(EXPIRE).await;
    let row = claim(&other, "alice").await;
    assert_eq!((row.record.failures, row.sync_error.as_str()), (0, ""));
}

#[tokio::test]
async fn what_a_worker_reports_that_lost_its_lease_changes_nothing() {
    let (database, one, other) = two_workers().await;
    let late = claim(&one, "alice").await;
    database.execute(EXPIRE).await;
    let row = claim(&other, "alice").await;
    let before = activity_types(&other).await;

    one.complete_relay_sync(&late, &accepted()).await.unwrap();
    assert!(is_elsewhere(&one, "alice").await, "the lease is still the other's");
    one.fail_relay_sync(&late, &failure()).await.unwrap();
    one.release_claim(&late).await.unwrap();
    assert!(is_elsewhere(&one, "alice").await);
    assert_eq!(activity_types(&other).await, before);
    assert!(!other.relay("alice").await.unwrap().is_synced());

    other.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(other.relay("alice").await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn a_report_that_comes_after_another_workers_changes_nothing() {
    let (database, one, other) = two_workers().await;
    let late = claim(&one, "alice").await;
    database.execute(EXPIRE).await;
    let row = claim(&other, "alice").await;
    other.complete_relay_sync(&row, &accepted()).await.unwrap();

    one.fail_relay_sync(&late, &failure()).await.unwrap();
    let kept = other.relay("alice").await.unwrap();
    assert!(kept.is_up_to_date(), "{kept:?}");
    assert_eq!(kept.record.accepted, Some(accepted()));
}

#[tokio::test]
async fn a_report_within_an_expired_lease_counts_while_nobody_has_taken_over() {
    let (database, one, _other) = two_workers().await;
    let row = claim(&one, "alice").await;
    database.execute(EXPIRE).await;
    one.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(one.relay("alice").await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn what_zooid_has_is_unknown_during_an_attempt_and_known_again_when_it_is_given_back() {
    let (_database, one, other) = two_workers().await;
    one.complete_relay_sync(&claim(&one, "alice").await, &accepted())
        .await
        .unwrap();
    update(&one, "alice", |relay| relay.info_name.push('!')).await.unwrap();

    let row = claim(&one, "alice").await;
    assert_eq!(row.record.accepted, Some(accepted()), "the worker is told");
    assert_eq!(other.relay("alice").await.unwrap().record.accepted, None);
    one.release_claim(&row).await.unwrap();
    assert_eq!(other.relay("alice").await.unwrap().record.accepted, Some(accepted()));

    let row = claim(&other, "alice").await;
    one.resync_relay("alice").await.unwrap();
    other.release_claim(&row).await.unwrap();
    assert_eq!(
        one.relay("alice").await.unwrap().record.accepted,
        None,
        "it was to be forgotten meanwhile"
    );
}

#[tokio::test]
async fn what_an_abandoned_request_did_stays_unknown() {
    let (_database, one, other) = two_workers().await;
    one.complete_relay_sync(&claim(&one, "alice").await, &accepted())
        .await
        .unwrap();
    update(&one, "alice", |relay| relay.info_name.push('!')).await.unwrap();
    let mut row = claim(&one, "alice").await;
    row.record.accepted = None;
    one.release_claim(&row).await.unwrap();
    assert_eq!(claim(&other, "alice").await.record.accepted, None);
}

#[tokio::test]
async fn a_worker_that_closes_its_store_gives_all_back() {
    let (database, one, other) = two_workers().await;
    claim(&one, "alice").await;
    assert!(is_elsewhere(&other, "alice").await);
    database.until("SELECT count(*) FROM worker", 2).await;

    one.close().await;
    assert_eq!(claim(&other, "alice").await.record.failures, 0, "this is no failure");
    database.until("SELECT count(*) FROM worker", 1).await;
}

#[tokio::test]
async fn a_relay_whose_report_could_not_be_kept_is_tried_again_by_the_same_worker() {
    let (database, one, other) = two_workers().await;
    let row = claim(&one, "alice").await;
    database.execute("ALTER TABLE activity RENAME TO away").await;
    one.complete_relay_sync(&row, &accepted()).await.unwrap_err();
    database.execute("ALTER TABLE away RENAME TO activity").await;

    assert!(is_elsewhere(&other, "alice").await);
    let row = claim(&one, "alice").await;
    assert_eq!((row.record.failures, row.record.accepted), (0, None));
    one.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(other.relay("alice").await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_made_again_by_the_same_worker_alone() {
    let (database, one, other) = two_workers().await;
    one.create_relay(relay("bob")).await.unwrap();
    claim(&one, "bob").await;
    database
        .execute(
            "UPDATE relay SET (lease_owner, lease_token, lease_version, leased_until) =
                (SELECT lease_owner, lease_token, lease_version, leased_until FROM relay WHERE id = 'bob')
             WHERE id = 'alice'",
        )
        .await;
    assert!(is_elsewhere(&other, "alice").await);
    let row = claim(&one, "alice").await;
    assert_eq!((row.sync_error.as_str(), row.record.failures), ("", 0));
    one.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(one.relay("alice").await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn a_lease_is_renewed_as_long_as_the_attempt_lasts() {
    let (database, one, _other) = two_workers().await;
    one.create_relay(relay("bob")).await.unwrap();
    claim(&one, "alice").await;
    let bob = claim(&one, "bob").await;
    one.release_claim(&bob).await.unwrap();
    database
        .execute("UPDATE relay SET leased_until = leased_until - interval '60 seconds'")
        .await;
    let renewed = "SELECT count(*) FROM relay WHERE leased_until > statement_timestamp() + interval '90 seconds'";
    assert_eq!(database.count(renewed).await, 0);
    let deadline = Instant::now() + Duration::from_secs(30);
    while database.count(renewed).await == 0 {
        assert!(Instant::now() < deadline);
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(database.count("SELECT count(leased_until) FROM relay").await, 1);
}

#[tokio::test]
async fn a_worker_that_stops_in_the_middle_of_an_attempt_leaves_its_request_unsettled() {
    let (_database, one, other) = two_workers().await;
    claim(&one, "alice").await;
    other.delete_relay("alice").await.unwrap();
    one.close().await;
    let row = claim(&other, "alice").await;
    let left = row.record.unsettled_for.unwrap();
    assert!(left <= SETTLE_TIME && left > SETTLE_TIME / 2, "{left:?}");
}

#[tokio::test]
async fn a_deleted_relay_is_nobody_elses_while_a_killed_worker_may_have_sent_a_request() {
    let (database, one, other) = two_workers().await;
    claim(&one, "alice").await;
    other.delete_relay("alice").await.unwrap();
    let least = "SELECT floor(extract(epoch FROM leased_until - statement_timestamp()))::bigint FROM relay";
    assert!(database.count(least).await > SETTLE_TIME.as_secs().try_into().unwrap());
    assert!(is_elsewhere(&other, "alice").await);
    database.execute(EXPIRE).await;
    assert!(claim(&other, "alice").await.deleted);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_does_not_remove_a_deleted_relay() {
    let (database, one, other) = two_workers().await;
    one.complete_relay_sync(&claim(&one, "alice").await, &accepted())
        .await
        .unwrap();
    one.delete_relay("alice").await.unwrap();
    let late = claim(&one, "alice").await;
    database.execute(EXPIRE).await;
    let row = claim(&other, "alice").await;
    let before = activity_types(&other).await;
    one.complete_relay_sync(&late, &accepted()).await.unwrap();
    assert!(other.relay("alice").await.unwrap().deleted);
    assert_eq!(activity_types(&other).await, before);

    other.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(other.relay_ids().await.unwrap().is_empty());
    assert!(matches!(one.claim_relay("alice").await.unwrap(), Claim::NotFound));
}

/// A custom domain moves from a row that a worker is syncing to another row.
#[tokio::test]
async fn a_row_waits_for_the_worker_that_may_still_send_its_host_for_another_row() {
    let (database, one, other) = two_workers().await;
    one.create_relay(relay("bob")).await.unwrap();
    let set_domain = |store: Store, id: &'static str, domain: &'static str| async move {
        let change = |relay: &mut Relay| {
            relay.custom_domain = domain.to_owned();
            relay.custom_domain_verified = !domain.is_empty();
        };
        update(&store, id, change).await.unwrap();
    };
    set_domain(one.clone(), "alice", "chat.example").await;
    let alice = claim(&one, "alice").await;
    assert_eq!(alice.host(), "chat.example");
    set_domain(one.clone(), "alice", "").await;
    set_domain(one.clone(), "bob", "chat.example").await;

    assert!(is_elsewhere(&other, "bob").await);
    // Its own scheduler keeps the two apart.
    let bob = claim(&one, "bob").await;
    one.release_claim(&bob).await.unwrap();
    assert!(is_elsewhere(&other, "bob").await);

    one.complete_relay_sync(&alice, &accepted()).await.unwrap();
    let bob = claim(&other, "bob").await;
    assert_eq!(bob.host(), "chat.example");
    other.complete_relay_sync(&bob, &accepted()).await.unwrap();
    assert_eq!(claim(&one, "alice").await.record.host.as_deref(), Some("chat.example"));
    drop(database);
}

/// Its requests can have no effect any longer.
#[tokio::test]
async fn a_row_does_not_wait_for_a_lost_worker_that_had_its_host() {
    let (database, one, other) = two_workers().await;
    claim(&one, "alice").await;
    other.create_relay(relay("bob")).await.unwrap();
    database
        .execute("UPDATE relay SET host = 'alice.relays.example' WHERE id = 'bob'")
        .await;
    assert!(is_elsewhere(&other, "bob").await);
    let expire = "UPDATE relay SET leased_until = statement_timestamp() - interval '1 second' WHERE id = 'alice'";
    database.execute(expire).await;
    claim(&other, "bob").await;
}
