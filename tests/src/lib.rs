//! Shared code of the contract tests.

pub mod nip98;
pub mod openapi;
pub mod relay;
pub mod rows;
