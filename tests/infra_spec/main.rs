//! Infra's specification, clause by clause.

#![allow(clippy::unwrap_used, reason = "tests")]

mod blossom;
mod convergence;
mod deletion;
mod environment;
mod error_classes;
mod handle_activity;
mod members;
mod requests;
mod rules;
mod setup;
mod start;
mod sync_and_report;
mod sync_relay;
mod whose_fault;
