//! The program `infra`, as its users meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod commands;
mod dev;
mod import;
#[cfg(feature = "postgres")]
#[path = "../postgres/mod.rs"]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_store;
mod program;
mod secrets;
mod service;
mod wrong;
