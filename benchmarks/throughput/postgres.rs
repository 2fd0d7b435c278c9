//! Layer 7: workers that share rows in PostgreSQL, each a process of its own.

use std::{
    env, thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use backend::store::{DatabaseUrl, Store};
use tokio::{sync::mpsc, time::sleep};

use crate::{
    backend::{Backend, Watched},
    infra, process,
    task::{Task, Worked},
    zooid,
};

/// Names a database that the benchmark may use; the tables it makes there stay.
pub const DATABASE: &str = "BENCH_DATABASE_URL";

/// How often a worker looks whether anything is left to be done by anybody.
const LOOK: Duration = Duration::from_millis(100);

pub fn is_there() -> bool {
    env::var_os(DATABASE).is_some()
}

/// Has so many relays synced by so many workers; how many they did a second, from the first to the last.
pub fn drain(workers: usize, pending: usize, zooid: &str) -> anyhow::Result<f64> {
    zooid::perform::<()>(&Task::FillDatabase { pending })?;
    let work = Task::Work {
        zooid: zooid.to_owned(),
    };
    let worked = thread::scope(|scope| {
        let all: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| zooid::perform::<Worked>(&work)))
            .collect();
        all.into_iter()
            .map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| Err(anyhow::anyhow!("a worker panicked")))
            })
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let first = worked
        .iter()
        .filter_map(|worked| worked.first)
        .min()
        .context("nothing was done")?;
    let last = worked.iter().filter_map(|worked| worked.last).max().unwrap_or(first);
    let synced: usize = worked.iter().map(|worked| worked.synced).sum();
    Ok(synced as f64 / Duration::from_nanos(last - first).as_secs_f64())
}

/// Changes so many relays, which are made if they are not there.
pub async fn fill(pending: usize) -> anyhow::Result<()> {
    let store = open().await?;
    store.change(&(0..pending).collect::<Vec<_>>()).await?;
    store.close().await;
    Ok(())
}

/// One worker, until nothing is left.
pub async fn work(zooid: &str) -> anyhow::Result<Worked> {
    let store = open().await?;
    let (kept, mut synced) = mpsc::unbounded_channel();
    let watched = Watched::new(store.clone(), |_| (), move |_| _ = kept.send(process::unix_nanos()));
    let looking = store.clone();
    let until_done = async move {
        let patience = Instant::now() + Duration::from_secs(120);
        while looking.has_work().await.unwrap_or(true) && Instant::now() < patience {
            sleep(LOOK).await;
        }
    };
    infra::between(store.clone(), watched, zooid)?
        .start_until(until_done, Duration::from_secs(5))
        .await;
    store.close().await;
    let mut worked = Worked::default();
    while let Some(at) = synced.recv().await {
        worked.first.get_or_insert(at);
        worked.last = Some(at);
        worked.synced += 1;
    }
    Ok(worked)
}

async fn open() -> anyhow::Result<Store> {
    let url = env::var(DATABASE).context(DATABASE)?;
    Ok(Store::open(DatabaseUrl::postgres(&url)?).await?)
}
