use std::time::Duration;

/// A sync that failed, as it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncFailure {
    /// What went wrong, with zooid's words. No secret is in it.
    pub message: String,
    /// Whether it counts, and whether there will be another attempt.
    pub kind: FailureKind,
    /// How many counted failures of this version there are now.
    pub failures: u32,
    /// When it will be tried again; `None` when it will not, or as soon as zooid serves us again.
    pub retry_in: Option<Duration>,
    /// How long the request may still take effect on zooid, if no final answer came. Store the time at which that ends, and
    /// give back what is left of it in the row's [record](crate::SyncRecord::unsettled_for).
    pub unsettled_for: Option<Duration>,
}

/// Whether a failure counts, and whether it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It counts, and will be retried.
    Retried,
    /// zooid as a whole cannot be used: it does not count, and will be retried. A backend that counts it anyway loses nothing
    /// but the exact delays.
    Uncounted,
    /// It counts, and was the last of the configured attempts.
    GivenUp,
    /// It counts, and no attempt succeeds until the row changes.
    Permanent,
    /// Not a new failure: the attempts were already used up, by a process that ended during the last one, or when more of
    /// them were configured.
    Exhausted,
}

impl FailureKind {
    /// Whether it is one more consecutive failure.
    pub fn counts(self) -> bool {
        matches!(
            self,
            FailureKind::Retried | FailureKind::GivenUp | FailureKind::Permanent
        )
    }

    /// Whether nothing is sent until the row changes.
    pub fn is_last(self) -> bool {
        matches!(
            self,
            FailureKind::GivenUp | FailureKind::Permanent | FailureKind::Exhausted
        )
    }
}

/// Whether zooid as a whole can be used, as it was last observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZooidState {
    /// It accepts requests.
    Serving,
    /// The last heartbeat failed. All syncs wait until one succeeds.
    Unavailable {
        /// Why the heartbeat failed.
        cause: String,
        /// When the next one is sent.
        next_heartbeat_in: Duration,
    },
}
