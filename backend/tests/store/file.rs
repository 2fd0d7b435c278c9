use std::{fs, path::Path};

use backend::store::{Store, StoreError};
use sqlx::{Connection, SqliteConnection};

use crate::{relay, store};

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnection::connect(file.to_str().unwrap()).await.unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_log_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, store) = store().await;
    store.create_relay(relay("alice")).await.unwrap();
    let modes: Vec<u32> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert!(modes.len() >= 2, "a write-ahead log is there");
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
}

#[tokio::test]
async fn what_was_kept_is_there_when_the_file_is_opened_again() {
    let (folder, store) = store().await;
    let made = store.create_relay(relay("alice")).await.unwrap();
    store.close().await;

    let again = Store::open(&folder.path().join("infra.db")).await.unwrap();
    assert_eq!(again.relay("alice").await.unwrap().secret, made.secret);
}

#[tokio::test]
async fn the_file_has_a_write_ahead_log() {
    let (folder, _store) = store().await;
    let mut connection = connect(&folder.path().join("infra.db")).await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_new_file_is_opened_by_many_at_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("infra.db");
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let file = file.clone();
            opening.spawn(async move { Store::open(&file).await });
        }
        while let Some(opened) = opening.join_next().await {
            opened.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let (folder, store) = store().await;
    store.close().await;
    let file = folder.path().join("infra.db");
    let mut connection = connect(&file).await;
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (9999, 'from the future', current_timestamp, 1, x'00', 1)")
        .execute(&mut connection)
        .await
        .unwrap();

    let refused = Store::open(&file).await.unwrap_err();
    assert!(matches!(refused, StoreError::Newer), "{refused:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let refused = Store::open(Path::new("/nowhere/at/all/infra.db")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot open /nowhere/at/all/infra.db; DATABASE_URL says which file to use"
    );
}
