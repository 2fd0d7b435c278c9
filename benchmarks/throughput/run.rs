//! Has every layer measured in turn, again and again.

use std::{path::Path, time::Duration};

use anyhow::ensure;

use crate::{
    Extent,
    emulator::Seen,
    plots, postgres,
    results::{Loaded, Results, Speed, Started},
    sqlite, table, targets,
    task::{Idle, Layer, Load, Queues, Start, Store, Task},
    zooid::{self, Zooid},
};

pub const IN_FLIGHT: [usize; 3] = [1, 16, 64];

/// What the large start is compared with.
pub const FEW_PENDING: usize = 1_000;

/// How many keys the queue is measured with.
pub const QUEUED: [usize; 3] = [1_000, 100_000, 1_000_000];

/// How many workers share a database.
pub const WORKERS: [usize; 2] = [1, 4];

/// How many relays they share; two seconds' work of one.
const SHARED: usize = 1_500;

/// A large start takes long, and shows what it is to show in a few rounds.
const ROUNDS_OF_STARTS: u32 = 2;

pub fn run(extent: Extent, draw: Option<&Path>) -> anyhow::Result<()> {
    let mut zooid = Zooid::start()?;
    let mut results = Results::default();
    for round in 0..extent.rounds {
        eprintln!("round {} of {}", round + 1, extent.rounds);
        loads(&mut zooid, &mut results, extent.measured, round)?;
        let (signature, _) = zooid.measure(&Task::Signature {
            measured: extent.measured,
        })?;
        results.signatures.push(signature);
        queues(&mut results, extent.measured / 2)?;
        for store in Store::ALL {
            let latencies = idle(&mut zooid, store, extent.idle_activities)?;
            results.idle.entry(store).or_default().extend(latencies);
        }
        if round < ROUNDS_OF_STARTS {
            workers(&zooid, &mut results)?;
            starts(&mut zooid, &mut results, extent.pending)?;
        }
    }
    if let Some(folder) = draw {
        // cargo starts benchmarks in the folder of their crate.
        plots::write(&results, &Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder))?;
    }
    table::print(&results, extent.pending);
    table::print_targets(&targets::of(&results, extent.pending));
    Ok(())
}

/// The layers follow each other most closely, and every other round in reverse, so that no drift favours one.
fn loads(zooid: &mut Zooid, results: &mut Results, measured: Duration, round: u32) -> anyhow::Result<()> {
    let mut layers = Layer::ALL;
    if round % 2 == 1 {
        layers.reverse();
    }
    for speed in Speed::ALL {
        for in_flight in IN_FLIGHT {
            for layer in layers {
                eprintln!("  {speed}, {in_flight} in flight: {layer}");
                let task = Task::Load {
                    layer,
                    in_flight,
                    zooid: match speed {
                        Speed::AtOnce => zooid.addresses.at_once.clone(),
                        Speed::Slow => zooid.addresses.slow.clone(),
                    },
                    checking: zooid.addresses.checking.clone(),
                    measured,
                };
                let (load, seen) = zooid.measure::<Load>(&task)?;
                let key = (speed, in_flight, layer);
                results.loads.entry(key).or_default().push(Loaded { load, seen });
            }
        }
    }
    Ok(())
}

fn idle(zooid: &mut Zooid, store: Store, activities: usize) -> anyhow::Result<Vec<Duration>> {
    eprintln!("  idle, {store}");
    let task = Task::Idle {
        store,
        activities,
        zooid: zooid.addresses.at_once.clone(),
    };
    let (Idle { told }, Seen { arrivals, .. }) = zooid.measure(&task)?;
    ensure!(
        arrivals.len() == told.len() + 1,
        "{} requests came of {} activities and a start",
        arrivals.len(),
        told.len()
    );
    let later = |(arrived, told): (&u64, &u64)| Duration::from_nanos(arrived.saturating_sub(*told));
    Ok(arrivals[1..].iter().zip(&told).map(later).collect())
}

fn queues(results: &mut Results, measured: Duration) -> anyhow::Result<()> {
    for keys in QUEUED {
        eprintln!("  queue of {keys}");
        let queues = zooid::perform::<Queues>(&Task::Queue { keys, measured })?;
        results.queues.entry(keys).or_default().push(queues);
    }
    Ok(())
}

fn workers(zooid: &Zooid, results: &mut Results) -> anyhow::Result<()> {
    if !postgres::is_there() {
        return Ok(());
    }
    for workers in WORKERS {
        eprintln!("  PostgreSQL, workers: {workers}");
        let per_second = postgres::drain(workers, SHARED * workers, &zooid.addresses.slow)?;
        results.workers.entry(workers).or_default().push(per_second);
    }
    Ok(())
}

fn starts(zooid: &mut Zooid, results: &mut Results, many: usize) -> anyhow::Result<()> {
    for store in Store::ALL {
        for pending in [0, FEW_PENDING, many] {
            eprintln!("  start with {pending} pending, {store}");
            let started = start(zooid, store, pending)?;
            results.starts.entry((store, pending)).or_default().push(started);
        }
    }
    Ok(())
}

fn start(zooid: &mut Zooid, store: Store, pending: usize) -> anyhow::Result<Started> {
    let folder = sqlite::folder()?;
    let file = sqlite::file(&folder);
    if store == Store::Sqlite {
        let file = file.clone();
        zooid::perform::<()>(&Task::Fill { pending, file })?;
    }
    let task = Task::Start {
        store,
        pending,
        zooid: zooid.addresses.at_once.clone(),
        file,
    };
    let (start, seen) = zooid.measure::<Start>(&task)?;
    let first = seen.arrivals.first();
    Ok(Started {
        first_request: first.map(|first| Duration::from_nanos(first.saturating_sub(start.started))),
        until_all_synced: start.until_all_synced,
        peak_memory: start.peak_memory,
    })
}
