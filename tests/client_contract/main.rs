//! What `zooid_client::Client` promises: the same of an emulated and of a live zooid, on the wire, and in its errors.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bodies;
mod building;
mod classification;
mod contract;
mod echo;
mod echoes;
mod emulated;
mod error_classes;
mod error_texts;
mod heartbeat;
mod limits;
mod live;
mod names;
mod no_answer;
mod profile;
mod random_echoes;
mod redaction;
mod requests;
mod script;
mod scripts;
mod signatures;
mod strange_answers;
mod target;
mod tracing;
mod unsendable;
