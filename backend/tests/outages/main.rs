//! What happens around the store goes wrong: the service recovers by itself, or says what is wrong, and nothing that was
//! acknowledged is lost.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

#[cfg(feature = "postgres")]
mod cluster;
mod disk_full;
#[cfg(feature = "postgres")]
mod postgres_away;
#[path = "../cli/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[cfg(feature = "postgres")]
#[path = "../postgres/programs.rs"]
mod programs;
#[cfg(feature = "postgres")]
mod proxy;
mod shared_file;
mod signal;
#[cfg(feature = "postgres")]
mod worker_stopped;
mod writes;
