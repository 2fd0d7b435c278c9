use std::time::Duration;

use backend::store::{Store, StoreError};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    database::{Database, on_each_engine},
    relay,
};

on_each_engine! {
    what_was_kept_is_there_when_the_store_is_opened_again,
    a_new_store_is_opened_by_many_at_once,
    a_store_of_a_newer_version_is_refused_and_left_alone,
    a_change_goes_on_though_nobody_waits_for_it,
}

const PATIENCE: Duration = Duration::from_secs(10);

async fn what_was_kept_is_there_when_the_store_is_opened_again(database: Database) {
    let store = database.open().await;
    let made = store.create_relay(relay("alice")).await.unwrap();
    store.close().await;

    let again = database.open().await;
    assert_eq!(again.relay("alice").await.unwrap().secret, made.secret);
}

async fn a_new_store_is_opened_by_many_at_once(database: Database) {
    let mut opening = JoinSet::new();
    for _ in 0..8 {
        let location = database.location.clone();
        opening.spawn(async move { Store::open(&location).await });
    }
    while let Some(opened) = opening.join_next().await {
        opened.unwrap().unwrap().close().await;
    }
}

async fn a_store_of_a_newer_version_is_refused_and_left_alone(database: Database) {
    database.open().await.close().await;
    database
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
             SELECT 9999, 'from the future', installed_on, success, checksum, execution_time
             FROM _sqlx_migrations WHERE version = 1",
        )
        .await;

    for _ in 0..2 {
        let refused = Store::open(&database.location).await.unwrap_err();
        assert!(matches!(refused, StoreError::Newer), "{refused:?}");
    }
}

async fn a_change_goes_on_though_nobody_waits_for_it(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("first")).await.unwrap();
    let other_process = database.open().await;
    for n in 1..=200 {
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.create_relay(relay(&format!("dropped{n}"))).await }
        });
        // So that it is dropped at each of its steps.
        for _ in 0..n {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        let _ = waiting.await;
    }
    let done = async {
        store.create_relay(relay("last")).await.unwrap();
        while other_process.relay_views("", 1000).await.unwrap().len() < 202 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    // What is left inside a transaction is seen by nobody, and may have all others wait.
    timeout(PATIENCE, done).await.unwrap();
}
