use backend::store::{Store, StoreError};
use infra_sync::{Command, SETTLE_TIME};

use crate::{
    database::{Database, on_each_engine},
    relay, update,
};

on_each_engine! {
    a_copy_is_as_the_store_was,
    a_copy_remembers_the_requests_without_an_answer,
    a_store_that_has_something_is_not_copied_into,
}

async fn a_copy_is_as_the_store_was(database: Database) {
    let source = Database::sqlite().await;
    let old = source.open().await;
    for id in ["alice", "bob", "carol"] {
        old.create_relay(relay(id)).await.unwrap();
    }
    let alice = old.relay("alice").await.unwrap();
    old.complete_relay_sync(&alice, &"ab".repeat(32).parse().unwrap())
        .await
        .unwrap();
    update(&old, "bob", |relay| relay.info_name = "Bob".to_owned())
        .await
        .unwrap();
    let failure = infra_sync::SyncFailure {
        message: "zooid said no".to_owned(),
        kind: infra_sync::FailureKind::GivenUp,
        failures: 10,
        retry_in: None,
        unsettled_for: None,
    };
    let carol = old.relay("carol").await.unwrap();
    old.fail_relay_sync(&carol, &failure).await.unwrap();
    old.delete_relay("carol").await.unwrap();

    let new = database.open().await;
    let mut seen = 0;
    let copied = new.copy_from(&old, || seen += 1).await.unwrap();
    assert_eq!((copied.relays, copied.activities, seen), (3, 7, 3));
    assert_eq!(
        new.relay_views("", 10).await.unwrap(),
        old.relay_views("", 10).await.unwrap()
    );
    assert_eq!(told(&new).await, told(&old).await);
}

async fn a_copy_remembers_the_requests_without_an_answer(database: Database) {
    let source = Database::sqlite().await;
    let old = source.open().await;
    old.create_relay(relay("alice")).await.unwrap();
    let mut alice = old.relay("alice").await.unwrap();
    alice.record.unsettled_for = Some(SETTLE_TIME);
    old.release_claim(&alice).await.unwrap();
    let new = database.open().await;
    new.copy_from(&old, || {}).await.unwrap();
    let left = new.relay("alice").await.unwrap().record.unsettled_for.unwrap();
    assert!(left > SETTLE_TIME / 2, "{left:?}");
}

async fn a_store_that_has_something_is_not_copied_into(database: Database) {
    let source = Database::sqlite().await;
    let old = source.open().await;
    old.create_relay(relay("alice")).await.unwrap();
    let new = database.open().await;
    new.create_relay(relay("bob")).await.unwrap();
    let refused = new.copy_from(&old, || {}).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotEmpty), "{refused:?}");
    assert_eq!(new.relay_ids().await.unwrap(), ["bob"]);
}

async fn told(store: &Store) -> Vec<infra_sync::Activity> {
    let record = store.activities_after(0, 100).await.unwrap();
    record.into_iter().map(|record| record.activity).collect()
}
