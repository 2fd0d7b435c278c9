//! zooid's management API as the emulator serves it, row by row of what zooid does. Raw HTTP throughout, so that no
//! client hides anything.

#![allow(clippy::unwrap_used, reason = "tests")]

mod api;
mod authentication;
mod blossom;
mod broken_files;
mod conflicts;
mod description;
mod documents;
mod emulator;
mod endpoints;
mod faults;
mod files;
mod late_requests;
mod limits;
mod merge;
mod network_faults;
mod paths;
mod properties;
mod reloads;
mod required_fields;
mod starts;
mod types_of_fields;
