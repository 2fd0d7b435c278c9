//! A start with many relays pending.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio::{sync::mpsc, time::sleep};

use crate::{
    backend::{Backend, Watched},
    infra,
    memory::Memory,
    process, sqlite,
    task::{Start, Store},
};

/// How long a service without relays is given to settle.
const EMPTY: Duration = Duration::from_millis(300);

pub async fn measure(store: Store, pending: usize, zooid: &str, file: &Path) -> anyhow::Result<Start> {
    let (started, at) = (process::unix_nanos(), Instant::now());
    match store {
        Store::Memory => drain(Memory::pending(pending), pending, zooid).await?,
        Store::Sqlite => drain(sqlite::open(file).await?, pending, zooid).await?,
    }
    Ok(Start {
        started,
        until_all_synced: at.elapsed(),
        peak_memory: process::peak_memory(),
    })
}

/// Runs Infra until zooid has had every relay.
async fn drain(backend: impl Backend, pending: usize, zooid: &str) -> anyhow::Result<()> {
    let (kept, mut synced) = mpsc::unbounded_channel();
    let watched = Watched::new(backend.clone(), |_| (), move |relay| _ = kept.send(relay));
    tokio::spawn(infra::between(backend, watched, zooid)?.start());
    if pending == 0 {
        sleep(EMPTY).await;
    }
    let mut seen = vec![false; pending];
    let mut missing = pending;
    while missing > 0 {
        let relay = synced.recv().await.context("Infra ended")?;
        missing -= usize::from(!std::mem::replace(&mut seen[relay], true));
    }
    Ok(())
}
