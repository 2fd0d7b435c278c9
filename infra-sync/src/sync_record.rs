use std::time::Duration;

use crate::Digest;

/// The record that a backend keeps about a row's syncs, in addition to [`synced`](crate::Relay::synced) and
/// [`sync_error`](crate::Relay::sync_error). Not part of the row's JSON.
///
/// Each field is optional: if a backend does not store a field and leaves it at its default, [`Infra`](crate::Infra) keeps the
/// value in memory while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncRecord {
    /// The [`version`](crate::Relay::version) that zooid matches; 0 if the backend does not count versions.
    pub version: i64,
    /// The number of consecutive failures of this version that count. A successful sync resets it to 0.
    pub failures: u32,
    /// Whether `Infra` gave up: no retry until the row changes. See [`FailureKind::is_last`](crate::FailureKind::is_last).
    pub given_up: bool,
    /// The digest of the request that zooid last accepted.
    pub accepted: Option<Digest>,
    /// The [host](crate::Relay::host) of the row that zooid last accepted. It allows two relays to swap their hosts also if
    /// another process synced them before.
    pub host: Option<String>,
    /// How long, from now, a request without an answer may still take effect on zooid. Values above
    /// [`SETTLE_TIME`](crate::SETTLE_TIME) are lowered to it.
    pub unsettled_for: Option<Duration>,
}
