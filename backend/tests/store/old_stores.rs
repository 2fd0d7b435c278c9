//! Stores that a program of an older version wrote: with two relays at one host, schemas that zooid does not survive or
//! cannot tell apart, a host in upper case, one with a port, and a name that is too long.

use backend::store::{Change, Owned, RelayState, Store, StoreError, Violation};
use infra_sync::{Query, Relay};

use crate::{
    activity_types,
    database::{Database, on_each_engine},
    relay, remove, update,
};

on_each_engine! {
    a_store_of_an_older_version_is_opened_with_all_its_relays,
    what_in_it_breaks_the_rules_is_reported,
    every_relay_of_it_can_be_changed_and_deleted,
    no_new_relay_takes_what_its_relays_have,
    a_host_in_upper_case_is_sent_once_more,
    a_copy_of_it_has_all_that_it_has,
}

const IDS: [&str; 12] = [
    "Upper", "alice", "alice-2", "changing", "custom", "idle", "long", "port", "refused", "reserved", "twin-1",
    "twin-2",
];

async fn open(database: &Database) -> Store {
    database.become_old().await;
    database.open().await
}

fn violations() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "alice",
            "an old zooid keeps the data of relay alice-2 in the same tables",
        ),
        ("alice-2", "schema \"_alice\" does not begin with a letter"),
        (
            "alice-2",
            "an old zooid keeps the data of relay alice in the same tables",
        ),
        (
            "long",
            "info_name and info_icon are too long: with the host and the schema they take 4198 bytes in zooid's file, where \
             4096 are safe; shorten them",
        ),
        ("port", "host \"chat.bob.example:8443\" has a port; use the name alone"),
        (
            "reserved",
            "schema \"sqlite_x\" begins with \"sqlite\", which the database of zooid reserves",
        ),
        ("twin-1", "host \"twin-1.relays.example\" is also that of relay twin-2"),
        ("twin-2", "host \"twin-1.relays.example\" is also that of relay twin-1"),
    ]
}

fn words(violations: &[Violation]) -> Vec<(&str, &str)> {
    violations
        .iter()
        .map(|violation| (violation.relay.as_str(), violation.problem.as_str()))
        .collect()
}

async fn rename(store: &Store, id: &str, name: &'static str) {
    let change = |relay: &mut Relay| relay.info_name = name.to_owned();
    assert_eq!(update(store, id, change).await.unwrap(), Change::Updated, "{id}");
}

async fn a_store_of_an_older_version_is_opened_with_all_its_relays(database: Database) {
    let store = open(&database).await;
    assert_eq!(store.relay_ids().await.unwrap(), IDS);
    let views = store.relay_views("", 100).await.unwrap();
    let up_to_date: Vec<_> = views
        .iter()
        .filter(|view| view.up_to_date)
        .map(|view| view.relay.id.as_str())
        .collect();
    assert_eq!(
        up_to_date,
        ["alice", "alice-2", "custom", "idle", "long", "port", "twin-1"]
    );
    let pending = store.list_relays_to_sync(None, 100).await.unwrap();
    let mut pending: Vec<_> = pending.iter().map(|relay| relay.id.as_str()).collect();
    pending.sort();
    assert_eq!(pending, ["Upper", "changing", "reserved", "twin-2"]);
    assert_eq!(store.relay_view("refused").await.unwrap().state, RelayState::GaveUp);
    let listed = store
        .relay_summaries(&backend::store::Filter::default(), 100)
        .await
        .unwrap();
    for (listed, view) in listed.iter().zip(&views) {
        assert_eq!(listed.host, view.relay.host());
    }
    store.close().await;

    let again = database.open().await;
    assert_eq!(
        again.relay_views("", 100).await.unwrap(),
        views,
        "nothing is done twice"
    );
}

async fn what_in_it_breaks_the_rules_is_reported(database: Database) {
    let store = open(&database).await;
    let found = store.violations().await.unwrap();
    assert_eq!(words(&found), violations());
    for id in IDS {
        let relay = store.relay(id).await.unwrap();
        let of_relay: Vec<_> = violations().into_iter().filter(|(relay, _)| *relay == id).collect();
        assert_eq!(words(&store.violations_of(&relay).await.unwrap()), of_relay);
    }
}

async fn every_relay_of_it_can_be_changed_and_deleted(database: Database) {
    let store = open(&database).await;
    for id in IDS {
        rename(&store, id, "Renamed").await;
        let schema = store.relay(id).await.unwrap().schema;
        remove(&store, id).await;
        let kept = store.create_relay(Relay { schema, ..relay(id) }).await.unwrap_err();
        assert!(
            matches!(kept, StoreError::UsedSchema { .. } | StoreError::Schema { .. }),
            "{kept:?}"
        );
    }
    assert!(store.relay_ids().await.unwrap().is_empty());
    assert_eq!(store.violations().await.unwrap(), []);
}

async fn no_new_relay_takes_what_its_relays_have(database: Database) {
    let store = open(&database).await;
    let at = |host: &str| Relay {
        custom_domain: host.to_owned(),
        custom_domain_verified: true,
        ..relay("new")
    };
    let with_schema = |schema: &str| Relay {
        schema: schema.to_owned(),
        ..relay("new")
    };
    let owner = async |relay: Relay| match store.create_relay(relay).await.unwrap_err() {
        StoreError::Taken { field, other, .. } => (field, other),
        StoreError::UsedSchema { schema, other, .. } => (Owned::Schema(schema), other),
        refused => panic!("{refused:?}"),
    };
    let host = |host: &str, other: &str| (Owned::Host(host.to_owned()), other.to_owned());
    for (taken, other) in [
        ("upper.relays.example", "Upper"),
        ("twin-1.relays.example", "twin-1"),
        ("chat.example", "custom"),
        ("custom.relays.example", "custom"),
        ("port.relays.example", "port"),
        ("idle.relays.example", "idle"),
    ] {
        assert_eq!(owner(at(taken)).await, host(taken, other));
    }
    assert_eq!(owner(with_schema("alice")).await.0, Owned::Schema("alice".to_owned()));
    remove(&store, "twin-1").await;
    let twin = "twin-1.relays.example";
    assert_eq!(owner(at(twin)).await, host(twin, "twin-2"), "it has its host alone now");
    assert_eq!(
        owner(with_schema("twin_1")).await,
        (Owned::Schema("twin_1".to_owned()), "twin-1".to_owned())
    );
    let of_twin = store.relay("twin-2").await.unwrap();
    assert_eq!(store.violations_of(&of_twin).await.unwrap(), []);
}

async fn a_host_in_upper_case_is_sent_once_more(database: Database) {
    let store = open(&database).await;
    let upper = store.relay("Upper").await.unwrap();
    assert_eq!((upper.host().as_str(), upper.version), ("upper.relays.example", 2));
    assert!(!upper.is_up_to_date());
    let history = store.history("Upper", 1).await.unwrap();
    assert_eq!(history[0].activity_type.as_str(), "update_relay");
    assert_eq!(activity_types(&store).await.len(), 29, "nothing is told of the others");
}

async fn a_copy_of_it_has_all_that_it_has(database: Database) {
    let source = Database::sqlite().await;
    let old = open(&source).await;
    let new = database.open().await;
    new.copy_from(&old, || {}).await.unwrap();
    assert_eq!(
        new.relay_views("", 100).await.unwrap(),
        old.relay_views("", 100).await.unwrap()
    );
    assert_eq!(words(&new.violations().await.unwrap()), violations());
}
