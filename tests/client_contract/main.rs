//! The contract of `zooid_client::Client`: its behaviour against an emulated and a live zooid, its requests, and its
//! errors.

#![allow(clippy::unwrap_used, reason = "tests")]

mod builder;
mod classification;
mod contract;
mod debug_redaction;
mod echo_server;
mod emulator;
mod error_predicates;
mod error_texts;
mod foreign_responses;
mod heartbeat;
mod invalid_requests;
mod live;
mod names;
mod profile;
mod request_bodies;
mod requests;
mod response_limits;
mod response_redaction;
mod response_redaction_properties;
mod scenario;
mod scenarios;
mod signatures;
mod target;
mod tracing;
mod transport_errors;
