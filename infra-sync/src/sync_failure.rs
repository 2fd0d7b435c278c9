use std::time::Duration;

/// A failed sync, as reported to [`Command::fail_relay_sync`](crate::Command::fail_relay_sync).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncFailure {
    /// The error with its sources, including zooid's error message. It contains no secret.
    pub message: String,
    /// Whether the failure counts, and whether it is retried.
    pub kind: FailureKind,
    /// The number of consecutive failures of this version that count, including this one if it counts.
    pub failures: u32,
    /// The delay until the retry. `None` if there is no retry, or if the retry follows as soon as zooid is available again.
    pub retry_in: Option<Duration>,
    /// How long, from now, the request may still take effect on zooid; `None` if it cannot. Store the time at which this ends,
    /// and return the remaining time in the row's [record](crate::SyncRecord::unsettled_for).
    pub unsettled_for: Option<Duration>,
}

/// Whether a failure counts, and whether it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The failure counts, and the sync is retried.
    Retried,
    /// The failure does not count, because it may be an outage of the whole zooid server. The sync is retried. A backend that
    /// counts it anyway only gets longer delays.
    Uncounted,
    /// The failure counts, and all configured attempts were used.
    GivenUp,
    /// The failure counts, and no retry succeeds until the row changes.
    Permanent,
    /// Not a new failure: the attempts were already used up, by a process that ended during the last attempt, or before the
    /// maximum was lowered.
    Exhausted,
}

impl FailureKind {
    /// Returns whether the failure adds one to the number of consecutive failures.
    pub fn counts(self) -> bool {
        matches!(
            self,
            FailureKind::Retried | FailureKind::GivenUp | FailureKind::Permanent
        )
    }

    /// Returns whether there is no retry until the row changes.
    pub fn is_last(self) -> bool {
        matches!(
            self,
            FailureKind::GivenUp | FailureKind::Permanent | FailureKind::Exhausted
        )
    }
}

/// The last observed state of the whole zooid server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZooidState {
    /// zooid accepts requests.
    Serving,
    /// The last heartbeat failed. All syncs wait until a heartbeat succeeds.
    Unavailable {
        /// The error of the heartbeat.
        cause: String,
        /// The delay until the next heartbeat.
        next_heartbeat_in: Duration,
    },
}
