use backend::store::StoreError;
use infra_sync::{Command, Relay};

use crate::{
    activity_types,
    database::{Database, on_each_engine},
    relay, update,
};

on_each_engine! {
    a_retired_relay_is_pending_even_if_it_was_inactive_before,
    a_relay_that_was_changed_meanwhile_is_not_removed,
}

async fn a_retired_relay_is_pending_even_if_it_was_inactive_before(database: Database) {
    let store = database.open().await;
    let made = store.create_relay(relay("alice")).await.unwrap();
    let retired = store.retire_relay("alice").await.unwrap();
    store
        .complete_relay_sync(&retired, &"ab".repeat(32).parse().unwrap())
        .await
        .unwrap();
    assert!(store.standing("alice").await.unwrap().up_to_date);
    let again = store.retire_relay("alice").await.unwrap();
    assert!(!store.standing("alice").await.unwrap().up_to_date);
    assert_eq!(store.relay("alice").await.unwrap(), again);
    assert_eq!((again.status.as_str(), again.secret), ("inactive", made.secret));
}

async fn a_relay_that_was_changed_meanwhile_is_not_removed(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let retired = store.retire_relay("alice").await.unwrap();
    let change = |relay: &mut Relay| relay.info_name = "Alice".to_owned();
    update(&store, "alice", change).await.unwrap();
    let refused = store.remove_relay(&retired).await.unwrap_err();
    assert!(matches!(refused, StoreError::Changed(_)));
    assert_eq!(store.relay("alice").await.unwrap().info_name, "Alice");

    let retired = store.retire_relay("alice").await.unwrap();
    store.remove_relay(&retired).await.unwrap();
    assert!(matches!(store.relay("alice").await, Err(StoreError::NoSuchRelay(_))));
    assert_eq!(
        activity_types(&store).await,
        [
            "create_relay",
            "deactivate_relay",
            "update_relay",
            "update_relay",
            "delete_relay"
        ]
    );
}
