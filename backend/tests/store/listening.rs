use std::time::Duration;

use backend::store::Store;
use tokio::{
    sync::broadcast::Receiver,
    time::{Instant, sleep, timeout},
};

use crate::{database::Database, relay};

/// Less than the time between two looks of a tail that is told nothing.
const AT_ONCE: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);

/// A store of which another process hears, once it listens.
async fn heard(database: &Database) -> (Store, Receiver<infra_sync::Activity>) {
    let (writer, reader) = (database.open().await, database.open().await);
    let told = reader.subscribe();
    tokio::spawn(async move { reader.tail(0).await });
    database.until(LISTENERS, 1).await;
    (writer, told)
}

const LISTENERS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE query LIKE 'LISTEN %' AND application_name = current_setting('application_name')";

#[tokio::test]
async fn the_commits_of_other_processes_are_heard_at_once() {
    let database = Database::postgres().await;
    let (writer, mut told) = heard(&database).await;
    for n in 0..20 {
        let id = format!("relay{n}");
        writer.create_relay(relay(&id)).await.unwrap();
        let activity = timeout(AT_ONCE, told.recv()).await.unwrap().unwrap();
        assert_eq!(activity.resource_id, id);
    }
}

#[tokio::test]
async fn a_listener_that_is_cut_off_connects_again_and_misses_nothing() {
    let database = Database::postgres().await;
    let (writer, mut told) = heard(&database).await;
    for n in 0..3 {
        database
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE query LIKE 'LISTEN %' AND application_name = current_setting('application_name')",
            )
            .await;
        let id = format!("relay{n}");
        writer.create_relay(relay(&id)).await.unwrap();
        let activity = timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
        assert_eq!(activity.resource_id, id);
    }
    database.until(LISTENERS, 1).await;
    sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    writer.create_relay(relay("last")).await.unwrap();
    timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
    assert!(begun.elapsed() < AT_ONCE, "it listens again");
}
