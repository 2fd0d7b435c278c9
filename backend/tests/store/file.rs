use std::{fs, path::Path};

use backend::store::Store;
use sqlx::{Connection, SqliteConnection};

use crate::{database::Database, relay};

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_log_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let database = Database::sqlite().await;
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    let modes: Vec<u32> = fs::read_dir(database.file().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert!(modes.len() >= 2, "a write-ahead log is there");
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
}

#[tokio::test]
async fn the_file_has_a_write_ahead_log() {
    let database = Database::sqlite().await;
    let _store = database.open().await;
    let file = database.file();
    let mut connection = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let refused = Store::open(Path::new("/nowhere/at/all/infra.db")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot open /nowhere/at/all/infra.db; DATABASE_URL says which file to use"
    );
}
