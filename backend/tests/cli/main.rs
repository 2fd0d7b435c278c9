//! The program `infra`, as its users meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod commands;
mod config;
mod delete;
mod dev;
mod every_command;
mod hostile_text;
mod http;
mod import;
mod log;
mod page;
#[cfg(feature = "postgres")]
#[path = "../postgres/mod.rs"]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_store;
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
mod proxy_variables;
mod resync;
mod rules;
mod secrets;
mod service;
mod shell;
mod status;
mod verify;
mod wrong;
