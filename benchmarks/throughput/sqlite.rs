//! Rows in the backend's own store.

use std::path::{Path, PathBuf};

use backend::store::Store;
use infra_sync::Relay;
use tempfile::TempDir;

use crate::{backend::Backend, process, relays};

/// How many relays are written at once.
const BATCH: usize = 10_000;

/// A folder on the disk that cargo builds on: a temporary one may be in memory, where nothing is ever written.
pub fn folder() -> anyhow::Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// A store's file in a folder.
pub fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("relays.db")
}

/// Opens a store, and has what happens in it told, as `infra run` does.
pub async fn open(file: &Path) -> anyhow::Result<Store> {
    let store = Store::open(file).await?;
    let (seq, tailed) = (store.last_seq().await?, store.clone());
    tokio::spawn(async move { tailed.tail(seq).await });
    Ok(store)
}

/// Makes a store of so many relays that zooid has an older version of.
pub async fn fill(pending: usize, file: &Path) -> anyhow::Result<()> {
    let store = Store::open(file).await?;
    for first in (0..pending).step_by(BATCH) {
        let relays: Vec<_> = (first..pending.min(first + BATCH)).map(relay).collect();
        store.import_relays(&relays).await?;
    }
    store.close().await;
    Ok(())
}

impl Backend for Store {
    async fn change(&self, relays: &[usize]) -> anyhow::Result<()> {
        let description = format!("Changed at {}", process::unix_nanos());
        let changed = relays.iter().map(|number| Relay {
            info_description: description.clone(),
            ..relay(*number)
        });
        self.import_relays(&changed.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

/// The store gives each relay a key of its own.
fn relay(number: usize) -> Relay {
    Relay {
        secret: None,
        ..relays::relay(number)
    }
}
