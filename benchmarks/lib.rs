//! Rows and requests to measure with, those of the contract tests. A dependency on that package would compile what only
//! tests need.

#[path = "../tests/src/relay.rs"]
pub mod relay;
#[path = "../tests/src/rows.rs"]
pub mod rows;
