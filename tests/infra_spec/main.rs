//! Tests of the specification of `Infra`, clause by clause. `docs/specification.md` links each clause to its tests.

#![allow(clippy::unwrap_used, reason = "tests")]

mod blossom;
mod convergence;
mod deletion;
mod environment;
mod error_classes;
mod failure_attribution;
mod handle_activity;
mod members;
mod requests;
mod rules;
mod setup;
mod start;
mod sync_and_report;
mod sync_relay;
