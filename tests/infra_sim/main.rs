//! `Infra` between a backend and a zooid without sockets, under paused time and whatever can go wrong, by seeds.
//!
//! `INFRA_SIM_SEEDS=20000` runs so many, `INFRA_SIM_SEED=17` one of them, with its trace.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod backend;
mod faults;
mod life;
mod lines;
mod metrics;
mod seeds;
mod stage;
mod story;
mod world;
mod zooid;
