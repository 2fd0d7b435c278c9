//! The standalone backend: a store of relays, a command line, and the service that keeps a zooid equal to the store.

pub mod cli;
pub mod document_check;
pub mod failure;
pub mod identity;
pub mod relay_check;
pub mod relay_file;
pub mod service;
pub mod service_lock;
pub mod settings;
pub mod store;
