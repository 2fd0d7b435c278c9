//! What the contract tests share.

pub mod nip98;
pub mod openapi;
pub mod relay;
pub mod rows;
