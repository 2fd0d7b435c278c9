//! What the crates cost beside the least that the work costs on this machine, as ratios.
//!
//! ```sh
//! cargo bench --manifest-path benchmarks/Cargo.toml                # some minutes
//! cargo bench --manifest-path benchmarks/Cargo.toml -- --quick     # a first look
//! ```
//!
//! One emulated zooid runs in a process of its own, and each measurement in another, so that processor time and memory
//! are the client's alone. The layers take turns, round by round, and the tables show medians.

mod activities;
mod backend;
mod child;
mod client;
mod emulator;
mod hand_written;
mod idle;
mod in_flight;
mod infra;
mod limit;
mod literal_loop;
mod memory;
mod percentile;
mod plot;
mod plots;
mod postgres;
mod process;
mod queue;
mod relays;
mod results;
mod run;
mod signature;
mod sqlite;
mod start;
mod stopwatch;
mod table;
mod targets;
mod task;
mod zooid;

use std::{path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};

/// Measures the crates beside the least that the work costs on this machine, and prints the ratios.
#[derive(Debug, Parser)]
struct Options {
    /// A first look: short, and with fewer relays pending at the start.
    #[arg(long)]
    quick: bool,
    /// How often each layer is measured [default: 5, or 2 with --quick].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// How many seconds each measurement of load takes [default: 0.5, or 0.2 with --quick].
    #[arg(long)]
    seconds: Option<f64>,
    /// How many relays are pending at the large start [default: 100000, or 10000 with --quick].
    #[arg(long)]
    pending: Option<usize>,
    /// Draws plots into this folder, relative to the workspace's.
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// Said by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What this program runs itself as.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(hide = true)]
    Emulator,
    #[command(hide = true)]
    Measure { task: String },
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Extent {
    rounds: u32,
    measured: Duration,
    pending: usize,
    idle_activities: usize,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    match &options.role {
        Some(Role::Emulator) => emulator::run(),
        Some(Role::Measure { task }) => child::run(task),
        // `cargo test --all-targets` starts benchmarks too, to see that they start.
        None if !options.bench => {
            println!("nothing is measured; `cargo bench --manifest-path benchmarks/Cargo.toml` does");
            Ok(())
        }
        None => run::run(options.extent()?, options.plots.as_deref()),
    }
}

impl Options {
    fn extent(&self) -> anyhow::Result<Extent> {
        let (rounds, seconds, pending, idle_activities) = match self.quick {
            true => (2, 0.2, 10_000, 100),
            false => (5, 0.5, 100_000, 200),
        };
        Ok(Extent {
            rounds: self.rounds.unwrap_or(rounds),
            measured: Duration::try_from_secs_f64(self.seconds.unwrap_or(seconds))?,
            pending: self.pending.unwrap_or(pending),
            idle_activities,
        })
    }
}
