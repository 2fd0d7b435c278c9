use backend::store::{Change, Owned, StoreError};
use infra_sync::{Relay, RelayStatus, zooid_client::Secret};
use tokio::task::JoinSet;

use crate::{
    database::{Database, on_each_engine},
    relay, remove, update,
};

on_each_engine! {
    a_new_relay_is_not_given_a_schema_that_harms_zooid,
    a_new_relay_is_not_given_a_host_that_browsers_do_not_reach,
    a_relay_that_zooid_has_keeps_a_schema_and_a_host_that_break_the_rules,
    two_relays_cannot_have_schemas_that_an_old_zooid_cannot_tell_apart,
    the_schema_of_a_deleted_relay_is_never_given_out_again,
    a_made_schema_is_none_that_was_used_before,
    schemas_that_were_used_are_copied_with_the_store,
    two_relays_cannot_have_one_host,
    a_custom_domain_takes_no_host_before_it_is_verified,
    a_change_cannot_take_the_host_of_another_relay,
    a_host_is_free_once_its_relay_has_left_it,
    an_import_that_takes_a_host_changes_nothing,
    the_host_that_is_listed_is_that_of_the_row,
    of_many_processes_that_take_one_host_or_schema_one_succeeds,
}

const KEY: &str = "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff";

fn with_schema(id: &str, schema: &str) -> Relay {
    Relay {
        schema: schema.to_owned(),
        ..relay(id)
    }
}

fn at(id: &str, custom_domain: &str) -> Relay {
    Relay {
        custom_domain: custom_domain.to_owned(),
        custom_domain_verified: true,
        ..relay(id)
    }
}

fn adopted(relay: Relay) -> Relay {
    Relay { synced: 1, ..relay }
}

/// What a relay cannot have, and which relay has it.
fn taken(refused: StoreError) -> (Owned, String) {
    match refused {
        StoreError::Taken { field, other, .. } => (field, other),
        refused => panic!("{refused:?}"),
    }
}

fn host(host: &str, other: &str) -> (Owned, String) {
    (Owned::Host(host.to_owned()), other.to_owned())
}

async fn a_new_relay_is_not_given_a_schema_that_harms_zooid(database: Database) {
    let store = database.open().await;
    for schema in [
        "sqlite",
        "sqlite_x",
        "_alice",
        "alice_",
        "1abc",
        "Alice",
        "a-b",
        &"a".repeat(49),
    ] {
        let created = store.create_relay(with_schema("alice", schema)).await;
        let imported = store.import_relays(&[with_schema("alice", schema)]).await;
        for refused in [created.unwrap_err(), imported.unwrap_err()] {
            assert!(matches!(refused, StoreError::Schema { .. }), "{schema}: {refused:?}");
        }
    }
    assert!(store.relay_ids().await.unwrap().is_empty());
}

async fn a_new_relay_is_not_given_a_host_that_browsers_do_not_reach(database: Database) {
    let store = database.open().await;
    for host in [
        "localhost",
        "a.example:80",
        "127.0.0.1",
        "a..example",
        "a_b.example",
        "-a.example",
    ] {
        let refused = store.create_relay(at("alice", host)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Host { .. }), "{host}: {refused:?}");
    }
    store.create_relay(relay("alice")).await.unwrap();
    let change = |relay: &mut Relay| relay.subdomain = "a b".to_owned();
    let refused = update(&store, "alice", change).await.unwrap_err();
    assert!(matches!(refused, StoreError::Host { .. }), "{refused:?}");
}

async fn a_relay_that_zooid_has_keeps_a_schema_and_a_host_that_break_the_rules(database: Database) {
    let store = database.open().await;
    let mut alice = adopted(at("alice", "chat.example:8443"));
    alice.schema = "_alice".to_owned();
    store.import_relays(&[alice]).await.unwrap();
    let kept = store.relay("alice").await.unwrap();
    assert_eq!(
        (kept.schema.as_str(), kept.host().as_str()),
        ("_alice", "chat.example:8443")
    );
    let change = |relay: &mut Relay| relay.info_name = "Alice".to_owned();
    assert_eq!(update(&store, "alice", change).await.unwrap(), Change::Updated);
}

async fn two_relays_cannot_have_schemas_that_an_old_zooid_cannot_tell_apart(database: Database) {
    let store = database.open().await;
    store.create_relay(with_schema("alice", "alice")).await.unwrap();
    store.create_relay(adopted(with_schema("bob", "__Bob"))).await.unwrap();
    for (relay, schema, other) in [
        (with_schema("carol", "alice"), "alice", "alice"),
        (adopted(with_schema("carol", "_alice")), "_alice", "alice"),
        (adopted(with_schema("carol", "ALICE_")), "ALICE_", "alice"),
        (with_schema("carol", "bob"), "bob", "bob"),
    ] {
        let refused = store.create_relay(relay).await.unwrap_err();
        let words = format!("relay carol: schema {schema:?} belongs to relay {other}; choose another");
        assert_eq!(refused.to_string(), words);
        assert_eq!(taken(refused), (Owned::Schema(schema.to_owned()), other.to_owned()));
    }
}

async fn the_schema_of_a_deleted_relay_is_never_given_out_again(database: Database) {
    let store = database.open().await;
    store.create_relay(with_schema("alice", "tables")).await.unwrap();
    remove(&store, "alice").await;
    store.create_relay(relay("alice")).await.unwrap();
    store.close().await;
    let store = database.open().await;
    for relay in [with_schema("bob", "tables"), adopted(with_schema("bob", "_tables"))] {
        let words = format!(
            "relay bob: schema {:?} was that of relay alice, whose tables and media zooid keeps; choose another schema",
            relay.schema
        );
        let imported = store.import_relays(std::slice::from_ref(&relay)).await.unwrap_err();
        let created = store.create_relay(relay).await.unwrap_err();
        assert_eq!([imported.to_string(), created.to_string()], [words.clone(), words]);
        assert!(matches!(created, StoreError::UsedSchema { .. }));
    }
    remove(&store, "alice").await;
    let again = store.create_relay(with_schema("alice", "tables")).await.unwrap_err();
    assert!(matches!(again, StoreError::UsedSchema { .. }), "{again:?}");
}

async fn a_made_schema_is_none_that_was_used_before(database: Database) {
    let store = database.open().await;
    let alice = || Relay {
        secret: Some(Secret::from(KEY)),
        ..relay("alice")
    };
    let mut made = Vec::new();
    for _ in 0..10 {
        made.push(store.create_relay(alice()).await.unwrap().schema);
        remove(&store, "alice").await;
    }
    assert!(made.iter().all(|schema| schema.starts_with("alice_")), "{made:?}");
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 10);
}

async fn schemas_that_were_used_are_copied_with_the_store(database: Database) {
    let source = Database::sqlite().await;
    let old = source.open().await;
    old.create_relay(with_schema("alice", "of_alice")).await.unwrap();
    old.create_relay(with_schema("bob", "of_bob")).await.unwrap();
    remove(&old, "bob").await;
    let new = database.open().await;
    new.copy_from(&old, || {}).await.unwrap();
    let refused = new.create_relay(with_schema("carol", "of_bob")).await.unwrap_err();
    assert!(matches!(refused, StoreError::UsedSchema { .. }), "{refused:?}");
    let refused = new.create_relay(with_schema("carol", "of_alice")).await.unwrap_err();
    assert_eq!(taken(refused).1, "alice");
    let refused = new.create_relay(at("carol", "alice.relays.example")).await.unwrap_err();
    assert_eq!(taken(refused), host("alice.relays.example", "alice"));
}

async fn two_relays_cannot_have_one_host(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    store.create_relay(at("bob", "chat.example")).await.unwrap();
    let carol = Relay {
        subdomain: "bücher".to_owned(),
        status: RelayStatus::Inactive,
        ..relay("carol")
    };
    store.create_relay(carol).await.unwrap();
    let spelled = |subdomain: &str, domain: &str| Relay {
        subdomain: subdomain.to_owned(),
        zooid_domain: domain.to_owned(),
        ..relay("mallory")
    };
    for (mallory, expected) in [
        (
            spelled("alice", "relays.example"),
            host("alice.relays.example", "alice"),
        ),
        (
            spelled("Alice", "Relays.Example."),
            host("alice.relays.example", "alice"),
        ),
        (
            at("mallory", "alice.relays.example"),
            host("alice.relays.example", "alice"),
        ),
        (at("mallory", "chat.example"), host("chat.example", "bob")),
        (at("mallory", "CHAT.example."), host("chat.example", "bob")),
        (spelled("chat", "example"), host("chat.example", "bob")),
        (spelled("bob", "relays.example"), host("bob.relays.example", "bob")),
        (
            at("mallory", "BÜCHER.relays.example"),
            host("xn--bcher-kva.relays.example", "carol"),
        ),
        (adopted(at("mallory", "Chat.Example")), host("chat.example", "bob")),
    ] {
        let refused = store.create_relay(mallory).await.unwrap_err();
        let words = format!(
            "relay mallory: host {:?} belongs to relay {}; choose another",
            host_of(&expected),
            expected.1
        );
        assert_eq!(refused.to_string(), words);
        assert_eq!(taken(refused), expected);
    }
    assert_eq!(store.relay_ids().await.unwrap(), ["alice", "bob", "carol"]);
}

fn host_of((field, _): &(Owned, String)) -> &str {
    match field {
        Owned::Host(host) => host,
        other => panic!("{other:?}"),
    }
}

async fn a_custom_domain_takes_no_host_before_it_is_verified(database: Database) {
    let store = database.open().await;
    let unverified = |id| Relay {
        custom_domain_verified: false,
        ..at(id, "chat.example")
    };
    store.create_relay(unverified("alice")).await.unwrap();
    store.create_relay(unverified("bob")).await.unwrap();
    let verify = |relay: &mut Relay| relay.custom_domain_verified = true;
    assert_eq!(update(&store, "bob", verify).await.unwrap(), Change::Updated);
    let refused = update(&store, "alice", verify).await.unwrap_err();
    assert_eq!(taken(refused), host("chat.example", "bob"));
}

async fn a_change_cannot_take_the_host_of_another_relay(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    store.create_relay(at("bob", "chat.example")).await.unwrap();
    for (subdomain, domain, custom, expected) in [
        ("BOB", "relays.example", "", host("bob.relays.example", "bob")),
        ("chat", "example", "", host("chat.example", "bob")),
        ("alice", "relays.example", "chat.example", host("chat.example", "bob")),
    ] {
        let change = move |relay: &mut Relay| {
            relay.subdomain = subdomain.to_owned();
            relay.zooid_domain = domain.to_owned();
            relay.custom_domain = custom.to_owned();
            relay.custom_domain_verified = true;
        };
        assert_eq!(taken(update(&store, "alice", change).await.unwrap_err()), expected);
    }
    assert_eq!(store.relay("alice").await.unwrap().version, 1);
}

async fn a_host_is_free_once_its_relay_has_left_it(database: Database) {
    let store = database.open().await;
    store.create_relay(at("alice", "chat.example")).await.unwrap();
    let leave = |relay: &mut Relay| {
        relay.subdomain = "moved".to_owned();
        relay.custom_domain.clear();
    };
    update(&store, "alice", leave).await.unwrap();
    store.create_relay(at("bob", "alice.relays.example")).await.unwrap();
    store.create_relay(at("carol", "chat.example")).await.unwrap();
    remove(&store, "carol").await;
    store.create_relay(at("dave", "chat.example")).await.unwrap();
    store.create_relay(relay("carol")).await.unwrap();
}

async fn an_import_that_takes_a_host_changes_nothing(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let file = [relay("bob"), at("carol", "alice.relays.example")];
    let refused = store.import_relays(&file).await.unwrap_err();
    assert_eq!(taken(refused), host("alice.relays.example", "alice"));
    let file = [relay("bob"), at("carol", "bob.relays.example")];
    let refused = store.import_relays(&file).await.unwrap_err();
    assert_eq!(taken(refused), host("bob.relays.example", "bob"));
    assert_eq!(store.relay_ids().await.unwrap(), ["alice"]);
}

async fn the_host_that_is_listed_is_that_of_the_row(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let changes: [fn(&mut Relay); 5] = [
        |relay| relay.subdomain = "Bücher".to_owned(),
        |relay| relay.custom_domain = "Chat.Example.".to_owned(),
        |relay| relay.custom_domain_verified = true,
        |relay| relay.zooid_domain = "other.example".to_owned(),
        |relay| relay.custom_domain.clear(),
    ];
    for (change, expected) in changes.into_iter().zip([
        "xn--bcher-kva.relays.example",
        "xn--bcher-kva.relays.example",
        "chat.example",
        "chat.example",
        "xn--bcher-kva.other.example",
    ]) {
        update(&store, "alice", change).await.unwrap();
        let search = backend::store::Filter {
            search: expected.to_owned(),
            ..backend::store::Filter::default()
        };
        let listed = store.relay_summaries(&search, 10).await.unwrap();
        assert_eq!(listed.len(), 1, "{expected} is found");
        assert_eq!(
            (
                listed[0].host.as_str(),
                store.relay("alice").await.unwrap().host().as_str()
            ),
            (expected, expected)
        );
    }
}

async fn of_many_processes_that_take_one_host_or_schema_one_succeeds(database: Database) {
    const PROCESSES: usize = 6;
    let mut stores = Vec::new();
    for n in 0..PROCESSES {
        let store = database.open().await;
        store.create_relay(relay(&format!("moving-{n}"))).await.unwrap();
        stores.push(store);
    }
    for round in 0..5 {
        let mut taking = JoinSet::new();
        for (n, store) in stores.iter().cloned().enumerate() {
            taking.spawn(async move {
                let new = Relay {
                    schema: format!("round_{round}"),
                    ..relay(&format!("new-{round}-{n}"))
                };
                let by_schema = store.create_relay(new).await.map(drop);
                let taken = format!("taken-{round}");
                let by_host = match n % 2 {
                    0 => store
                        .create_relay(at(&format!("at-{round}-{n}"), &format!("{taken}.example")))
                        .await
                        .map(drop),
                    _ => {
                        let change = move |relay: &mut Relay| {
                            relay.subdomain = taken;
                            relay.zooid_domain = "example".to_owned();
                        };
                        update(&store, &format!("moving-{n}"), change).await.map(drop)
                    }
                };
                [by_schema, by_host]
            });
        }
        let mut done = [0, 0];
        while let Some(outcomes) = taking.join_next().await {
            for (done, outcome) in done.iter_mut().zip(outcomes.unwrap()) {
                match outcome {
                    Ok(()) => *done += 1,
                    Err(refused) => drop(taken(refused)),
                }
            }
        }
        assert_eq!(done, [1, 1], "round {round}");
    }
}
