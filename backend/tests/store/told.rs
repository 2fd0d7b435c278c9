use std::time::Duration;

use backend::store::Store;
use infra_sync::ActivityType;
use tokio::time::timeout;

use crate::{activity_types, relay, store, update};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn each_commit_is_told_once_and_in_order_whichever_process_made_it() {
    let (folder, store) = store().await;
    let other_process = Store::open(&folder.path().join("infra.db")).await.unwrap();
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

#[tokio::test]
async fn several_processes_may_find_a_new_file_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("infra.db");
        let opened = (0..8).map(|_| {
            let file = file.clone();
            tokio::spawn(async move { Store::open(&file).await.map(drop) })
        });
        for opened in opened.collect::<Vec<_>>() {
            opened.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn writers_of_several_processes_wait_for_each_other() {
    let (folder, store) = store().await;
    let mut writers = Vec::new();
    for writer in 0..8 {
        let own = Store::open(&folder.path().join("infra.db")).await.unwrap();
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

#[tokio::test]
async fn a_change_that_fails_leaves_no_activity_behind() {
    let (_folder, store) = store().await;
    store.create_relay(relay("alice")).await.unwrap();
    store.create_relay(relay("alice")).await.unwrap_err();
    update(&store, "nobody", |_| {}).await.unwrap_err();
    assert_eq!(activity_types(&store).await, ["create_relay"]);
}
