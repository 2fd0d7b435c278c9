//! From an activity to its request on the wire, when nothing else happens.

use std::time::Duration;

use anyhow::Context;
use tokio::{sync::mpsc, time::sleep};

use crate::{
    backend::{Backend, Watched},
    infra,
    memory::Memory,
    process, sqlite,
    task::{Idle, Store},
};

/// Everything has gone to sleep by then.
const PAUSE: Duration = Duration::from_millis(5);

pub async fn measure(store: Store, activities: usize, zooid: &str) -> anyhow::Result<Idle> {
    match store {
        Store::Memory => one_by_one(Memory::pending(1), activities, zooid).await,
        Store::Sqlite => {
            let folder = sqlite::folder()?;
            sqlite::fill(1, &sqlite::file(&folder)).await?;
            one_by_one(sqlite::open(&sqlite::file(&folder)).await?, activities, zooid).await
        }
    }
}

/// The relay is pending at first, so the first request is none of the activities'.
async fn one_by_one(backend: impl Backend, activities: usize, zooid: &str) -> anyhow::Result<Idle> {
    let (kept, mut synced) = mpsc::unbounded_channel();
    let watched = Watched::new(backend.clone(), |_| (), move |relay| _ = kept.send(relay));
    tokio::spawn(infra::between(backend.clone(), watched, zooid)?.start());
    synced.recv().await.context("Infra ended")?;
    let mut told = Vec::with_capacity(activities);
    for _ in 0..activities {
        sleep(PAUSE).await;
        // Before the change is written: nobody can know of it earlier.
        told.push(process::unix_nanos());
        backend.change(&[0]).await?;
        synced.recv().await.context("Infra ended")?;
    }
    Ok(Idle { told })
}
