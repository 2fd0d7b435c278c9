//! Layers 5 and 6: Infra, and the store it reads and reports to.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::Context;
use infra_sync::{Config, Infra};
use tokio::sync::mpsc;

use crate::{
    activities::Activities,
    backend::{Backend, Watched},
    emulator::keys,
    memory::Memory,
    relays, sqlite,
    stopwatch::Stopwatch,
    task::{Load, Store},
};

pub async fn measure(
    store: Store,
    in_flight: usize,
    zooid: &str,
    checking: &str,
    measured: Duration,
) -> anyhow::Result<Load> {
    match store {
        Store::Memory => {
            let memory = Memory::pending(in_flight);
            check(memory.clone(), checking).await?;
            in_memory(memory, in_flight, zooid, measured).await
        }
        Store::Sqlite => {
            let folder = sqlite::folder()?;
            sqlite::fill(in_flight, &sqlite::file(&folder)).await?;
            let store = sqlite::open(&sqlite::file(&folder)).await?;
            check(store.clone(), checking).await?;
            on_sqlite(store, in_flight, zooid, measured).await
        }
    }
}

/// As many as the client has in flight where the two are compared: the emulated zooid gains by it, a real one does not.
const CONCURRENCY: usize = 16;

/// Infra between a backend and a zooid.
pub fn between<B: Backend>(backend: B, watched: Watched<B>, zooid: &str) -> anyhow::Result<Infra<B, Watched<B>>> {
    let mut config = Config::new(zooid.parse()?, keys()?);
    config.concurrency = CONCURRENCY;
    Ok(Infra::with_config(backend, watched, config)?)
}

async fn check(backend: impl Backend, checking: &str) -> anyhow::Result<()> {
    let watched = Watched::new(backend.clone(), |_| (), |_| ());
    let infra = between(backend, watched, checking)?;
    infra.sync_relay(&relays::relay(0), false).await?;
    Ok(())
}

/// A relay is changed anew as soon as zooid has had it, by whoever reports that.
async fn in_memory(memory: Memory, in_flight: usize, zooid: &str, measured: Duration) -> anyhow::Result<Load> {
    let load = Arc::new(OnceLock::<Activities>::new());
    let (kept, mut pending) = mpsc::unbounded_channel();
    let (answered, changed, changing) = (Arc::clone(&load), Arc::clone(&load), memory.clone());
    let watched = Watched::new(
        memory.clone(),
        move |relay| _ = answered.get().map(|activities| activities.answered(relay)),
        move |relay| match changed.get() {
            Some(activities) => {
                activities.changed(relay);
                changing.tell(relay);
            }
            None => _ = kept.send(relay),
        },
    );
    tokio::spawn(between(memory.clone(), watched, zooid)?.start());
    all(&mut pending, in_flight).await?;
    let stopwatch = Stopwatch::start(measured);
    load.get_or_init(|| Activities::begin(in_flight, stopwatch.clone()));
    (0..in_flight).for_each(|relay| memory.tell(relay));
    Ok(stopwatch.read().await)
}

/// The relays that zooid had meanwhile are changed together, as an import does it.
async fn on_sqlite(store: impl Backend, in_flight: usize, zooid: &str, measured: Duration) -> anyhow::Result<Load> {
    let load = Arc::new(OnceLock::<Activities>::new());
    let (kept, mut synced) = mpsc::unbounded_channel();
    let answered = Arc::clone(&load);
    let watched = Watched::new(
        store.clone(),
        move |relay| _ = answered.get().map(|activities| activities.answered(relay)),
        move |relay| _ = kept.send(relay),
    );
    tokio::spawn(between(store.clone(), watched, zooid)?.start());
    all(&mut synced, in_flight).await?;
    let stopwatch = Stopwatch::start(measured);
    let activities = load.get_or_init(|| Activities::begin(in_flight, stopwatch.clone()));
    let changing = async {
        let mut relays: Vec<_> = (0..in_flight).collect();
        loop {
            relays.iter().for_each(|relay| activities.changed(*relay));
            if let Err(error) = store.change(&relays).await {
                return error;
            }
            relays.clear();
            synced.recv_many(&mut relays, in_flight).await;
        }
    };
    tokio::select! {
        load = stopwatch.read() => Ok(load),
        error = changing => Err(error),
    }
}

/// Waits until zooid has had every relay that was pending at the start, so that none of them waits behind the load.
async fn all(synced: &mut mpsc::UnboundedReceiver<usize>, relays: usize) -> anyhow::Result<()> {
    let mut missing: BTreeSet<_> = (0..relays).collect();
    while !missing.is_empty() {
        missing.remove(&synced.recv().await.context("Infra ended")?);
    }
    Ok(())
}
