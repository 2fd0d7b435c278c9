#![doc = include_str!("../README.md")]

mod activity;
mod agenda;
mod command;
mod config;
mod error;
mod flag;
mod infra;
mod query;
mod relay;
mod retry_policy;
mod shared_settings;
mod zooid_config;

pub use activity::{Activity, ActivityType};
pub use command::Command;
pub use config::{Config, ConfigError};
pub use error::SyncError;
pub use infra::Infra;
pub use query::Query;
pub use relay::{Relay, RelayStatus};
pub use retry_policy::RetryPolicy;
pub use shared_settings::{BlossomS3Sync, LivekitSync};
pub use zooid_client;
pub use zooid_config::{InvalidRelay, is_schema};
