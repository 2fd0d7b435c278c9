//! zooid's management API as served by the emulator. The tests send raw HTTP requests, so that no client changes them.

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
