#![doc = include_str!("../README.md")]

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
