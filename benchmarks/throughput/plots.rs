//! The plots of docs/performance.md.

use std::{fs, path::Path};

use crate::{
    plot::{Line, Plot},
    results::{Results, Speed},
    run::IN_FLIGHT,
    task::{Layer, Store},
};

/// Writes them all into a folder.
pub fn write(results: &Results, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, svg) in [
        ("at-once.svg", throughput(results, Speed::AtOnce)),
        ("20-ms.svg", throughput(results, Speed::Slow)),
        ("memory.svg", memory(results)),
    ] {
        fs::write(folder.join(name), svg)?;
    }
    Ok(())
}

fn throughput(results: &Results, speed: Speed) -> String {
    let of = |layer| Line {
        name: format!("{layer}"),
        points: IN_FLIGHT
            .into_iter()
            .filter_map(|in_flight| {
                let loads = results.loads.get(&(speed, in_flight, layer))?;
                let rate = Results::of_load(loads, |one| one.load.per_second);
                Some((in_flight as f64, rate))
            })
            .collect(),
    };
    Plot {
        title: &format!("Throughput: {speed}"),
        across: "in flight (Infra: relays changing; 16 in flight at most)",
        up: "requests/s",
        lines: Layer::ALL.into_iter().map(of).collect(),
    }
    .svg()
}

fn memory(results: &Results) -> String {
    let of = |store: Store| Line {
        name: format!("Infra {store}"),
        points: results
            .starts
            .keys()
            .filter(|(of, pending)| *of == store && *pending > 0)
            .map(|&(_, pending)| {
                let peak = results.of_start(store, pending, |start| start.peak_memory);
                (pending as f64, peak as f64 / (1024.0 * 1024.0))
            })
            .collect(),
    };
    Plot {
        title: "Peak memory by pending relays",
        across: "pending relays at the start",
        up: "MiB",
        lines: Store::ALL.into_iter().map(of).collect(),
    }
    .svg()
}
