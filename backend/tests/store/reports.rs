use std::{collections::BTreeSet, time::Duration};

use backend::store::ZooidStatus;
use infra_sync::{Command, Digest, FailureKind, Query, Relay, SyncFailure, ZooidState};

use crate::{
    activity_types,
    database::{Database, on_each_engine},
    relay, update,
};

on_each_engine! {
    a_new_relay_is_to_be_synced_until_its_sync_went_well,
    a_success_reported_for_an_older_version_leaves_the_newer_one_to_be_synced,
    a_success_reported_late_does_not_take_back_a_newer_one,
    what_an_older_version_was_accepted_as_is_not_kept_for_a_newer_one,
    failures_are_counted_until_a_success_and_across_a_restart,
    a_failure_of_an_older_version_does_not_count_for_the_newer,
    a_change_makes_a_failing_relay_due_at_once,
    an_update_that_changes_nothing_disturbs_nobody,
    what_is_to_be_synced_is_listed_page_by_page,
    whatever_zooid_says_of_a_failure_is_kept,
    whether_zooid_serves_us_is_kept,
    results_that_come_together_are_all_kept,
    a_result_that_cannot_be_kept_takes_none_of_the_others_with_it,
}

fn rename(relay: &mut Relay) {
    relay.info_name.push('!');
}

fn accepted() -> Digest {
    "ab".repeat(32).parse().unwrap()
}

fn failure(message: &str) -> SyncFailure {
    SyncFailure {
        message: message.to_owned(),
        kind: FailureKind::Retried,
        failures: 1,
        retry_in: Some(Duration::from_secs(5)),
        unsettled_for: None,
    }
}

async fn pending(store: &impl Query) -> Vec<String> {
    let relays = store.list_relays_to_sync(None, 100).await.unwrap();
    relays.into_iter().map(|relay| relay.id).collect()
}

async fn a_new_relay_is_to_be_synced_until_its_sync_went_well(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    assert_eq!(pending(&store).await, ["alice"]);

    store
        .complete_relay_sync(&store.relay("alice").await.unwrap(), &accepted())
        .await
        .unwrap();
    assert!(pending(&store).await.is_empty());
    assert!(store.relay("alice").await.unwrap().is_synced());
    assert_eq!(activity_types(&store).await, ["create_relay", "complete_relay_sync"]);
}

async fn a_success_reported_for_an_older_version_leaves_the_newer_one_to_be_synced(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let sent = store.relay("alice").await.unwrap();
    update(&store, "alice", rename).await.unwrap();

    store.complete_relay_sync(&sent, &accepted()).await.unwrap();
    assert_eq!(pending(&store).await, ["alice"]);
    assert!(
        store.relay("alice").await.unwrap().is_synced(),
        "zooid has it, so the next request is a PATCH"
    );
}

async fn a_success_reported_late_does_not_take_back_a_newer_one(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let old = store.relay("alice").await.unwrap();
    update(&store, "alice", rename).await.unwrap();
    store
        .complete_relay_sync(&store.relay("alice").await.unwrap(), &accepted())
        .await
        .unwrap();

    store.complete_relay_sync(&old, &accepted()).await.unwrap();
    assert!(pending(&store).await.is_empty());
}

async fn what_an_older_version_was_accepted_as_is_not_kept_for_a_newer_one(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let sent = store.relay("alice").await.unwrap();
    store.resync_relay("alice").await.unwrap();
    store.complete_relay_sync(&sent, &accepted()).await.unwrap();
    assert_eq!(
        store.relay("alice").await.unwrap().record.accepted,
        None,
        "or the resync would send nothing"
    );

    let newest = store.relay("alice").await.unwrap();
    store.complete_relay_sync(&newest, &accepted()).await.unwrap();
    assert_eq!(store.relay("alice").await.unwrap().record.accepted, Some(accepted()));
}

async fn failures_are_counted_until_a_success_and_across_a_restart(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let row = store.relay("alice").await.unwrap();
    store.fail_relay_sync(&row, &failure("zooid is away")).await.unwrap();
    store
        .fail_relay_sync(&row, &failure("zooid is still away"))
        .await
        .unwrap();
    store.close().await;

    let store = database.open().await;
    assert_eq!(store.relay("alice").await.unwrap().record.failures, 2);
    assert_eq!(store.relay("alice").await.unwrap().sync_error, "zooid is still away");

    store.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert_eq!(store.relay("alice").await.unwrap().record.failures, 0);
    assert_eq!(store.relay("alice").await.unwrap().sync_error, "");
}

async fn a_failure_of_an_older_version_does_not_count_for_the_newer(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let sent = store.relay("alice").await.unwrap();
    update(&store, "alice", rename).await.unwrap();

    store
        .fail_relay_sync(&sent, &failure("host is required"))
        .await
        .unwrap();
    assert_eq!(store.relay("alice").await.unwrap().record.failures, 0);
    assert_eq!(activity_types(&store).await, ["create_relay", "update_relay"]);
}

async fn a_change_makes_a_failing_relay_due_at_once(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    store
        .fail_relay_sync(&store.relay("alice").await.unwrap(), &failure("no"))
        .await
        .unwrap();
    update(&store, "alice", rename).await.unwrap();

    let changed = store.relay("alice").await.unwrap();
    assert_eq!((changed.sync_error.as_str(), pending(&store).await.len()), ("", 1));
    assert_eq!(store.relay("alice").await.unwrap().record.failures, 0);
}

async fn an_update_that_changes_nothing_disturbs_nobody(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    store
        .complete_relay_sync(&store.relay("alice").await.unwrap(), &accepted())
        .await
        .unwrap();
    update(&store, "alice", |_| {}).await.unwrap();
    assert!(pending(&store).await.is_empty());

    store.resync_relay("alice").await.unwrap();
    assert_eq!(pending(&store).await, ["alice"], "unless it is asked for");
}

async fn what_is_to_be_synced_is_listed_page_by_page(database: Database) {
    let store = database.open().await;
    for id in ["c", "a", "e", "d", "b"] {
        store.create_relay(relay(id)).await.unwrap();
    }
    store
        .complete_relay_sync(&store.relay("d").await.unwrap(), &accepted())
        .await
        .unwrap();
    let all = pending(&store).await;
    assert_eq!(
        all.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["a", "b", "c", "e"])
    );
    let ids = |relays: Vec<Relay>| relays.into_iter().map(|relay| relay.id).collect::<Vec<_>>();
    assert_eq!(ids(store.list_relays_to_sync(None, 2).await.unwrap()), all[..2]);
    assert_eq!(
        ids(store.list_relays_to_sync(Some(&all[1]), 2).await.unwrap()),
        all[2..]
    );
    assert!(store.list_relays_to_sync(Some(&all[3]), 2).await.unwrap().is_empty());
}

async fn whatever_zooid_says_of_a_failure_is_kept(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let row = store.relay("alice").await.unwrap();
    for words in [
        "a\0b",
        "\u{1f427} \u{202e}'; DROP TABLE relay; --",
        &"long ".repeat(100_000),
    ] {
        store.fail_relay_sync(&row, &failure(words)).await.unwrap();
        let kept = store.relay("alice").await.unwrap().sync_error;
        assert!(kept == words || kept == "a\u{fffd}b", "{kept}");
    }
}

async fn whether_zooid_serves_us_is_kept(database: Database) {
    let store = database.open().await;
    let away = |cause: &str| ZooidState::Unavailable {
        cause: cause.to_owned(),
        next_heartbeat_in: Duration::from_secs(20),
    };
    store.zooid_changed(&ZooidState::Serving).await.unwrap();
    store.zooid_changed(&away("503")).await.unwrap();
    store.zooid_changed(&away("a\0b")).await.unwrap();
    assert_eq!(
        database
            .count("SELECT count(*) FROM zooid_contact WHERE cause <> '503' AND next_heartbeat_at = seen_at + 20")
            .await,
        1
    );
    store.zooid_changed(&ZooidState::Serving).await.unwrap();
    assert!(matches!(store.zooid_status().await.unwrap(), ZooidStatus::Up { .. }));
}

async fn results_that_come_together_are_all_kept(database: Database) {
    let store = database.open().await;
    let mut reports = tokio::task::JoinSet::new();
    for n in 0..40 {
        let id = format!("relay{n:02}");
        store.create_relay(relay(&id)).await.unwrap();
        let (store, relay) = (store.clone(), store.relay(&id).await.unwrap());
        reports.spawn(async move {
            match n % 2 {
                0 => store.complete_relay_sync(&relay, &accepted()).await,
                _ => store.fail_relay_sync(&relay, &failure("out of order")).await,
            }
        });
    }
    while let Some(kept) = reports.join_next().await {
        kept.unwrap().unwrap();
    }
    let failing = pending(&store).await;
    assert_eq!(failing.len(), 20);
    for id in failing {
        assert_eq!(store.relay(&id).await.unwrap().record.failures, 1);
    }
    let told = activity_types(&store).await;
    assert_eq!(told.iter().filter(|told| *told == "complete_relay_sync").count(), 20);
    assert_eq!(told.iter().filter(|told| *told == "fail_relay_sync").count(), 20);
}

async fn a_result_that_cannot_be_kept_takes_none_of_the_others_with_it(database: Database) {
    let store = database.open().await;
    for id in ["alice", "bob", "carol"] {
        store.create_relay(relay(id)).await.unwrap();
    }
    let bob = store.relay("bob").await.unwrap();
    store.complete_relay_sync(&bob, &accepted()).await.unwrap();
    database
        .execute("CREATE UNIQUE INDEX once ON activity (resource_id) WHERE activity_type = 'complete_relay_sync'")
        .await;

    let (alice, carol) = (store.relay("alice").await.unwrap(), store.relay("carol").await.unwrap());
    let accepted = accepted();
    let (alices, bobs, carols) = tokio::join!(
        store.complete_relay_sync(&alice, &accepted),
        store.complete_relay_sync(&bob, &accepted),
        store.complete_relay_sync(&carol, &accepted),
    );
    alices.unwrap();
    bobs.unwrap_err();
    carols.unwrap();
    assert!(pending(&store).await.is_empty());
}
