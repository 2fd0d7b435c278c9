#![doc = include_str!("../README.md")]

mod activity;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod command;
mod config;
mod digest;
mod error;
mod error_class;
mod flag;
mod heartbeat;
mod infra;
pub mod metrics;
mod panic;
mod preview;
mod process;
mod query;
mod relay;
mod request;
mod retry_policy;
mod run;
mod scheduler;
mod shared_settings;
mod sync_failure;
mod sync_record;
mod texts;
mod zooid;
mod zooid_config;

pub use activity::{Activity, ActivityType};
pub use command::Command;
pub use config::{Config, ConfigError};
pub use digest::{Digest, InvalidDigest};
pub use error::{SyncError, error_chain};
pub use error_class::{Classification, ErrorClass, SETTLE_TIME};
pub use infra::Infra;
pub use preview::{Preview, PreviewBody};
pub use query::{Claim, Query};
pub use relay::{Relay, RelayStatus};
pub use retry_policy::RetryPolicy;
pub use shared_settings::{BlossomS3Sync, LivekitSync};
pub use sync_failure::{FailureKind, SyncFailure, ZooidState};
pub use sync_record::SyncRecord;
pub use zooid::Zooid;
pub use zooid_client;
pub use zooid_config::InvalidRelay;
