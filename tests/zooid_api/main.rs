//! zooid's management API as the emulator serves it, row by row of what zooid does. Raw HTTP throughout, so that no
//! client hides anything.

#![allow(clippy::unwrap_used, reason = "tests")]

mod api;
mod authentication;
mod blossom;
mod conflicts;
mod description;
mod documents;
mod emulator;
mod endpoints;
mod faults;
mod files;
mod limits;
mod merge;
mod network_faults;
mod paths;
mod properties;
mod required_fields;
mod types_of_fields;
