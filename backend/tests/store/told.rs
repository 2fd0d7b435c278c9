use std::{collections::HashSet, time::Duration};

use futures::future::join_all;
use infra_sync::{ActivityType, Command};
use tokio::time::timeout;

use crate::{
    activity_types,
    database::{Database, on_each_engine},
    relay, update,
};

on_each_engine! {
    each_commit_is_told_once_and_in_order_whichever_process_made_it,
    a_commit_that_takes_long_is_not_passed_over,
    writers_of_several_processes_wait_for_each_other,
    a_change_that_fails_leaves_no_activity_behind,
}

const PATIENCE: Duration = Duration::from_secs(10);

async fn each_commit_is_told_once_and_in_order_whichever_process_made_it(database: Database) {
    let store = database.open().await;
    let other_process = database.open().await;
    let mut told = store.subscribe();
    let tail = tokio::spawn({
        let store = store.clone();
        async move { store.tail(0).await }
    });

    let mut expected = Vec::new();
    for n in 0..40 {
        let id = format!("relay{n}");
        let writer = if n % 2 == 0 { &store } else { &other_process };
        writer.create_relay(relay(&id)).await.unwrap();
        expected.push(id);
    }
    let mut seen = Vec::new();
    for _ in 0..40 {
        let activity = timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
        assert_eq!(activity.activity_type, ActivityType::CreateRelay);
        seen.push(activity.resource_id);
    }
    assert_eq!(seen, expected);
    assert!(told.is_empty());
    tail.abort();
}

async fn a_commit_that_takes_long_is_not_passed_over(database: Database) {
    let store = database.open().await;
    let mut told = store.subscribe();
    let tail = tokio::spawn({
        let store = store.clone();
        async move { store.tail(0).await }
    });
    let mut writers = Vec::new();
    for writer in 0..4 {
        let own = database.open().await;
        writers.push(tokio::spawn(async move {
            for n in 0..5 {
                let file: Vec<_> = (0..30).map(|m| relay(&format!("r{writer}-{n}-{m}"))).collect();
                own.import_relays(&file).await.unwrap();
                own.create_relay(relay(&format!("r{writer}-{n}"))).await.unwrap();
                join_all(file.iter().map(async |relay| {
                    let row = own.relay(&relay.id).await.unwrap();
                    let accepted = "ab".repeat(32).parse().unwrap();
                    own.complete_relay_sync(&row, &accepted).await.unwrap();
                }))
                .await;
            }
        }));
    }
    let mut seen = HashSet::new();
    for _ in 0..4 * 5 * (31 + 30) {
        let activity = timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
        assert!(seen.insert((activity.resource_id, activity.activity_type.as_str().to_owned())));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    tail.abort();
}

async fn writers_of_several_processes_wait_for_each_other(database: Database) {
    let store = database.open().await;
    let mut writers = Vec::new();
    for writer in 0..8 {
        let own = database.open().await;
        writers.push(tokio::spawn(async move {
            for n in 0..10 {
                own.create_relay(relay(&format!("r{writer}-{n}"))).await.unwrap();
                update(&own, &format!("r{writer}-{n}"), |relay| {
                    relay.info_name = "x".to_owned()
                })
                .await
                .unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(activity_types(&store).await.len(), 160);
}

async fn a_change_that_fails_leaves_no_activity_behind(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    store.create_relay(relay("alice")).await.unwrap_err();
    update(&store, "nobody", |_| {}).await.unwrap_err();
    assert_eq!(activity_types(&store).await, ["create_relay"]);
}
