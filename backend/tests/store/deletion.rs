use std::time::Duration;

use backend::store::{Change, RelayState, Store, StoreError};
use infra_sync::{Command, Digest, FailureKind, Query, Relay, SETTLE_TIME, SyncFailure};

use crate::{
    activity_types,
    database::{Database, on_each_engine},
    relay, remove, update,
};

on_each_engine! {
    a_deleted_relay_stays_pending_until_zooid_no_longer_has_it,
    a_removed_relay_leaves_nothing_but_its_schema,
    a_deleted_relay_can_no_longer_be_changed,
    its_id_and_its_host_are_free_once_the_row_is_gone,
    a_success_of_an_earlier_version_does_not_end_the_deletion,
    a_deletion_that_was_asked_for_again_meanwhile_is_done_all_the_same,
    a_failed_deletion_is_counted_and_given_up_as_any_sync,
    a_request_without_an_answer_is_remembered_as_long_as_it_may_take_effect,
    a_request_without_an_answer_to_an_earlier_version_is_remembered_too,
    an_abandoned_request_is_remembered,
    a_release_without_a_request_keeps_what_zooid_accepted,
    a_new_relay_is_not_deleted_whatever_the_given_row_says,
}

fn accepted() -> Digest {
    "ab".repeat(32).parse().unwrap()
}

fn failure(kind: FailureKind, unsettled_for: Option<Duration>) -> SyncFailure {
    SyncFailure {
        message: "zooid is away".to_owned(),
        kind,
        failures: 1,
        retry_in: None,
        unsettled_for,
    }
}

fn rename(relay: &mut Relay) {
    relay.info_name.push('!');
}

async fn synced(database: &Database) -> Store {
    let store = database.open().await;
    let made = store.create_relay(relay("alice")).await.unwrap();
    let row = store.relay(&made.id).await.unwrap();
    store.complete_relay_sync(&row, &accepted()).await.unwrap();
    store
}

async fn pending(store: &Store) -> Vec<String> {
    let relays = store.list_relays_to_sync(None, 100).await.unwrap();
    relays.into_iter().map(|relay| relay.id).collect()
}

async fn state(store: &Store) -> RelayState {
    let counted = store.overview().await.unwrap().relays;
    assert_eq!(counted.len(), 1, "{counted:?}");
    *counted.keys().next().unwrap()
}

/// How long a request of the relay may still take effect.
async fn unsettled_for(store: &Store) -> Option<Duration> {
    store.relay("alice").await.unwrap().record.unsettled_for
}

fn is_about_settle_time(left: Option<Duration>) -> bool {
    left.is_some_and(|left| left <= SETTLE_TIME && left > SETTLE_TIME / 2)
}

async fn a_deleted_relay_stays_pending_until_zooid_no_longer_has_it(database: Database) {
    let store = synced(&database).await;
    assert_eq!(store.delete_relay("alice").await.unwrap(), Change::Updated);
    let row = store.relay("alice").await.unwrap();
    assert_eq!((row.deleted, row.version), (true, 2));
    assert!(row.is_synced(), "so that zooid is asked to delete it");
    assert_eq!(pending(&store).await, ["alice"]);
    assert!(store.has_work().await.unwrap());
    assert_eq!(state(&store).await, RelayState::Deleting);

    assert_eq!(store.delete_relay("alice").await.unwrap(), Change::Unchanged);
    store.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(pending(&store).await.is_empty());
    for missing in [
        store.relay("alice").await.unwrap_err(),
        store.delete_relay("alice").await.unwrap_err(),
    ] {
        assert!(matches!(missing, StoreError::NoSuchRelay(_)), "{missing:?}");
    }
    assert_eq!(
        activity_types(&store).await,
        [
            "create_relay",
            "complete_relay_sync",
            "delete_relay",
            "complete_relay_sync"
        ]
    );
}

async fn a_removed_relay_leaves_nothing_but_its_schema(database: Database) {
    let store = synced(&database).await;
    let schema = store.relay("alice").await.unwrap().schema;
    remove(&store, "alice").await;
    for sql in ["SELECT count(*) FROM relay", "SELECT count(*) FROM relay_host"] {
        assert_eq!(database.count(sql).await, 0, "{sql}");
    }
    let used = database.texts("SELECT schema FROM used_schema").await;
    assert_eq!(used, [schema]);
}

async fn a_deleted_relay_can_no_longer_be_changed(database: Database) {
    let store = synced(&database).await;
    store.delete_relay("alice").await.unwrap();
    for refused in [
        update(&store, "alice", rename).await.unwrap_err(),
        store.import_relays(&[relay("alice")]).await.unwrap_err(),
        store.create_relay(relay("alice")).await.unwrap_err(),
    ] {
        assert!(matches!(refused, StoreError::Deleted(_)), "{refused:?}");
        assert_eq!(
            refused.to_string(),
            "relay alice is being deleted and can no longer be changed; once `infra relay show alice` does not find it, the \
             id can be used for a new relay"
        );
    }
    store.resync_relay("alice").await.unwrap();
    let row = store.relay("alice").await.unwrap();
    assert_eq!((row.deleted, row.version), (true, 3));
}

async fn its_id_and_its_host_are_free_once_the_row_is_gone(database: Database) {
    let store = synced(&database).await;
    store.delete_relay("alice").await.unwrap();
    let bob = || Relay {
        subdomain: "alice".to_owned(),
        ..relay("bob")
    };
    let refused = store.create_relay(bob()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Taken { .. }), "{refused:?}");
    let row = store.relay("alice").await.unwrap();
    store.complete_relay_sync(&row, &accepted()).await.unwrap();
    store.create_relay(bob()).await.unwrap();
    let again = Relay {
        subdomain: "other".to_owned(),
        ..relay("alice")
    };
    let again = store.create_relay(again).await.unwrap();
    assert_eq!((again.deleted, again.version), (false, 0));
    assert!(!store.relay("alice").await.unwrap().is_synced());
}

async fn a_success_of_an_earlier_version_does_not_end_the_deletion(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let sent = store.relay("alice").await.unwrap();
    store.delete_relay("alice").await.unwrap();
    store.complete_relay_sync(&sent, &accepted()).await.unwrap();
    let row = store.relay("alice").await.unwrap();
    assert!(row.deleted && row.is_synced());
    assert_eq!(pending(&store).await, ["alice"]);
}

async fn a_deletion_that_was_asked_for_again_meanwhile_is_done_all_the_same(database: Database) {
    let store = synced(&database).await;
    store.delete_relay("alice").await.unwrap();
    let row = store.relay("alice").await.unwrap();
    store.resync_relay("alice").await.unwrap();
    store.complete_relay_sync(&row, &accepted()).await.unwrap();
    assert!(store.relay_ids().await.unwrap().is_empty());
}

async fn a_failed_deletion_is_counted_and_given_up_as_any_sync(database: Database) {
    let store = synced(&database).await;
    store.delete_relay("alice").await.unwrap();
    let row = store.relay("alice").await.unwrap();
    store
        .fail_relay_sync(&row, &failure(FailureKind::Retried, None))
        .await
        .unwrap();
    assert_eq!(state(&store).await, RelayState::Deleting);
    assert_eq!(store.relay("alice").await.unwrap().record.failures, 1);
    store
        .fail_relay_sync(&row, &failure(FailureKind::GivenUp, None))
        .await
        .unwrap();
    assert_eq!(state(&store).await, RelayState::GaveUp);
    assert!(pending(&store).await.is_empty());
    store.resync_relay("alice").await.unwrap();
    assert_eq!(state(&store).await, RelayState::Deleting);
    assert_eq!(pending(&store).await, ["alice"]);
}

async fn a_request_without_an_answer_is_remembered_as_long_as_it_may_take_effect(database: Database) {
    let store = synced(&database).await;
    update(&store, "alice", rename).await.unwrap();
    let row = store.relay("alice").await.unwrap();
    assert_eq!(row.record.unsettled_for, None);
    let unanswered = failure(FailureKind::Retried, Some(SETTLE_TIME));
    store.fail_relay_sync(&row, &unanswered).await.unwrap();
    let answered = failure(FailureKind::Retried, None);
    store.fail_relay_sync(&row, &answered).await.unwrap();
    store.release_claim(&row).await.unwrap();
    store.delete_relay("alice").await.unwrap();
    store.close().await;

    let store = database.open().await;
    assert!(is_about_settle_time(unsettled_for(&store).await));
    let listed = store.list_relays_to_sync(None, 1).await.unwrap();
    assert!(is_about_settle_time(listed[0].record.unsettled_for));
    database
        .execute("UPDATE relay SET unsettled_until = unsettled_until + 1000000000")
        .await;
    assert_eq!(unsettled_for(&store).await, Some(SETTLE_TIME), "a clock was set back");
    database
        .execute("UPDATE relay SET unsettled_until = unsettled_until - 1000000000 - 75000")
        .await;
    assert_eq!(unsettled_for(&store).await, None);
}

async fn a_request_without_an_answer_to_an_earlier_version_is_remembered_too(database: Database) {
    let store = synced(&database).await;
    update(&store, "alice", rename).await.unwrap();
    let sent = store.relay("alice").await.unwrap();
    store.delete_relay("alice").await.unwrap();
    let unanswered = failure(FailureKind::Uncounted, Some(SETTLE_TIME));
    store.fail_relay_sync(&sent, &unanswered).await.unwrap();
    assert!(is_about_settle_time(unsettled_for(&store).await));
    assert_eq!(store.relay("alice").await.unwrap().sync_error, "");
}

async fn a_release_without_a_request_keeps_what_zooid_accepted(database: Database) {
    let store = synced(&database).await;
    let claim = async || match store.claim_relay("alice").await.unwrap() {
        infra_sync::Claim::Row(row) => *row,
        other => panic!("{other:?}"),
    };
    let mut abandoned = claim().await;
    abandoned.record.accepted = None;
    abandoned.record.unsettled_for = Some(SETTLE_TIME);
    store.release_claim(&abandoned).await.unwrap();
    store.complete_relay_sync(&claim().await, &accepted()).await.unwrap();
    store.release_claim(&claim().await).await.unwrap();
    let row = store.relay("alice").await.unwrap();
    assert_eq!(row.record.accepted, Some(accepted()));
}

async fn an_abandoned_request_is_remembered(database: Database) {
    let store = synced(&database).await;
    update(&store, "alice", rename).await.unwrap();
    let infra_sync::Claim::Row(mut row) = store.claim_relay("alice").await.unwrap() else {
        panic!("nobody else has it");
    };
    row.record.accepted = None;
    row.record.unsettled_for = Some(SETTLE_TIME);
    store.release_claim(&row).await.unwrap();
    assert!(is_about_settle_time(unsettled_for(&store).await));
    assert_eq!(store.relay("alice").await.unwrap().record.accepted, None);
}

async fn a_new_relay_is_not_deleted_whatever_the_given_row_says(database: Database) {
    let store = database.open().await;
    let given = Relay {
        deleted: true,
        ..relay("alice")
    };
    assert!(!store.create_relay(given.clone()).await.unwrap().deleted);
    let change = move |relay: &mut Relay| relay.deleted = true;
    assert_eq!(update(&store, "alice", change).await.unwrap(), Change::Unchanged);
    assert_eq!(store.import_relays(&[given]).await.unwrap(), [Change::Unchanged]);
    assert!(!store.relay("alice").await.unwrap().deleted);
}
