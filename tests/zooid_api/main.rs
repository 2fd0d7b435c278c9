//! zooid's management API as the emulator serves it, row by row of what zooid does. Raw HTTP throughout, so that no
//! client hides anything.

#![allow(clippy::unwrap_used, reason = "tests")]

mod authentication;
mod blossom;
mod broken_files;
mod conflicts;
mod emulator;
mod endpoints;
mod faults;
mod field_types;
mod files;
mod late_requests;
mod limits;
mod merge;
mod network_faults;
mod nip11_documents;
mod openapi_description;
mod paths;
mod properties;
mod reloads;
mod required_fields;
mod startup;
mod test_api;
