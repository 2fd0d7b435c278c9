use std::time::Duration;

use crate::Digest;

/// What a backend keeps of a row's syncs, beside [`synced`](crate::Relay::synced) and
/// [`sync_error`](crate::Relay::sync_error). Not part of the row's JSON.
///
/// All of it may stay at its default: what a backend does not keep, [`Infra`](crate::Infra) remembers while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncRecord {
    /// The [`version`](crate::Relay::version) that zooid has; 0 where none is counted.
    pub version: i64,
    /// How many counted syncs of this version have failed since the last that went well.
    pub failures: u32,
    /// The last failure was to be the last attempt, until the row changes.
    pub given_up: bool,
    /// What zooid last accepted.
    pub accepted: Option<Digest>,
    /// The [host](crate::Relay::host) of the row that zooid last accepted. With it, two relays that want each other's hosts get
    /// them also if another process synced them before.
    pub host: Option<String>,
    /// How long a request without an answer may still take effect on zooid, from now. At most
    /// [`SETTLE_TIME`](crate::SETTLE_TIME) of it is respected.
    pub unsettled_for: Option<Duration>,
}
