use backend::store::{Change, StoreError};
use infra_sync::{
    Relay, RelayStatus,
    zooid_client::{SchemaName, Secret},
};

use crate::{
    activity_types,
    database::{Database, on_each_engine},
    relay, update,
};

on_each_engine! {
    a_new_relay_is_given_a_key_a_schema_and_an_id,
    no_two_relays_are_given_the_same_key,
    a_given_identity_is_kept_as_it_is,
    no_change_of_a_row_changes_its_identity,
    a_file_that_contradicts_a_stored_identity_is_refused_as_a_whole,
    two_relays_cannot_have_one_schema_or_one_key_or_one_id,
    a_file_imported_twice_changes_nothing_the_second_time,
    a_change_of_status_is_told_as_what_it_is,
}

const KEY: &str = "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER_KEY: &str = "5b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff";

async fn a_new_relay_is_given_a_key_a_schema_and_an_id(database: Database) {
    let store = database.open().await;
    let made = store
        .create_relay(Relay {
            id: String::new(),
            subdomain: "7-Émile".to_owned(),
            ..relay("")
        })
        .await
        .unwrap();
    assert_eq!(made.id.len(), 16);
    assert!(made.schema.parse::<SchemaName>().is_ok(), "{}", made.schema);
    assert_eq!(made.secret.unwrap().expose().len(), 64);
}

async fn no_two_relays_are_given_the_same_key(database: Database) {
    let store = database.open().await;
    let one = store.create_relay(relay("one")).await.unwrap();
    let two = store.create_relay(relay("two")).await.unwrap();
    assert_ne!(one.secret, two.secret);
}

async fn a_given_identity_is_kept_as_it_is(database: Database) {
    let store = database.open().await;
    let given = Relay {
        schema: "mine".to_owned(),
        secret: Some(Secret::from(KEY)),
        ..relay("alice")
    };
    store.create_relay(given).await.unwrap();
    let kept = store.relay("alice").await.unwrap();
    assert_eq!((kept.schema.as_str(), kept.secret.unwrap().expose()), ("mine", KEY));
}

async fn no_change_of_a_row_changes_its_identity(database: Database) {
    let store = database.open().await;
    let made = store.create_relay(relay("alice")).await.unwrap();
    let change = |relay: &mut Relay| {
        relay.id = "mallory".to_owned();
        relay.schema = "other".to_owned();
        relay.secret = Some(Secret::from(OTHER_KEY));
        relay.info_name = "Alice".to_owned();
    };
    assert_eq!(update(&store, "alice", change).await.unwrap(), Change::Updated);
    let kept = store.relay("alice").await.unwrap();
    assert_eq!((kept.schema, kept.secret), (made.schema, made.secret));
    assert_eq!(kept.info_name, "Alice");
}

async fn a_file_that_contradicts_a_stored_identity_is_refused_as_a_whole(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let file = [
        relay("bob"),
        Relay {
            secret: Some(Secret::from(OTHER_KEY)),
            ..relay("alice")
        },
    ];
    let refused = store.import_relays(&file).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "relay alice: secret differs from the stored one, which can never change"
    );
    assert!(matches!(store.relay("bob").await, Err(StoreError::NoSuchRelay(_))));
}

async fn two_relays_cannot_have_one_schema_or_one_key_or_one_id(database: Database) {
    let store = database.open().await;
    let first = Relay {
        schema: "shared".to_owned(),
        secret: Some(Secret::from(KEY)),
        ..relay("first")
    };
    store.create_relay(first).await.unwrap();
    let refused = [
        Relay {
            schema: "shared".to_owned(),
            ..relay("second")
        },
        Relay {
            secret: Some(Secret::from(KEY)),
            ..relay("second")
        },
        relay("first"),
    ];
    let mut words = Vec::new();
    for relay in refused {
        words.push(store.create_relay(relay).await.unwrap_err().to_string());
    }
    assert_eq!(
        words,
        [
            "relay second: schema \"shared\" belongs to relay first; choose another",
            "relay second: its secret belongs to relay first; choose another",
            "relay first exists already",
        ]
    );
}

async fn a_file_imported_twice_changes_nothing_the_second_time(database: Database) {
    let store = database.open().await;
    let file = [relay("alice"), relay("bob")];
    assert_eq!(store.import_relays(&file).await.unwrap(), [Change::Created; 2]);
    assert_eq!(store.import_relays(&file).await.unwrap(), [Change::Unchanged; 2]);
    assert_eq!(activity_types(&store).await, ["create_relay"; 2]);
}

async fn a_change_of_status_is_told_as_what_it_is(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    for status in ["inactive", "delinquent", "active", "active"] {
        let change = move |relay: &mut Relay| relay.status = RelayStatus::from(status.to_owned());
        update(&store, "alice", change).await.unwrap();
    }
    assert_eq!(
        activity_types(&store).await,
        ["create_relay", "deactivate_relay", "update_relay", "activate_relay"]
    );
}
