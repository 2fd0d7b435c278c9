use std::{error::Error, time::Duration};

use crate::{Classification, ErrorClass, Relay, error::chain};

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

impl SyncFailure {
    /// One of which the row has so many by now.
    pub(crate) fn counted(
        error: &(dyn Error + 'static),
        classification: Classification,
        failures: u32,
        retry_in: Option<Duration>,
    ) -> Self {
        let kind = match retry_in {
            _ if classification.class == ErrorClass::Permanent => FailureKind::Final,
            Some(_) => FailureKind::Retried,
            None => FailureKind::GivenUp,
        };
        Self {
            message: chain(error),
            kind,
            failures,
            retry_in: retry_in.filter(|_| !kind.is_last()),
            unsettled_for: classification.unsettled_for(),
        }
    }

    /// What a row says that had all its attempts.
    pub(crate) fn exhausted(relay: &Relay) -> Self {
        Self {
            message: relay.sync_error.clone(),
            kind: FailureKind::Exhausted,
            failures: relay.record.failures,
            retry_in: None,
            unsettled_for: None,
        }
    }

    /// One that is zooid's, not the relay's.
    pub(crate) fn uncounted(error: &(dyn Error + 'static), classification: Classification, failures: u32) -> Self {
        Self {
            message: chain(error),
            kind: FailureKind::Uncounted,
            failures,
            retry_in: None,
            unsettled_for: classification.unsettled_for(),
        }
    }
}

/// What a failure says of its relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It counts as one, and there will be another attempt.
    Retried,
    /// zooid as a whole is in trouble: it does not count, and there will be another attempt. Who counts it anyway loses
    /// nothing but the exact delays.
    Uncounted,
    /// It counts as one and was the last of the configured attempts.
    GivenUp,
    /// It counts as one, and no attempt would go better until the row changes.
    Final,
    /// It is none of its own: the row is found to have had all its attempts, the last by a process that ended in its midst,
    /// or when more were configured.
    Exhausted,
}

impl FailureKind {
    /// Whether it is one more in a row.
    pub fn counts(self) -> bool {
        matches!(self, FailureKind::Retried | FailureKind::GivenUp | FailureKind::Final)
    }

    /// Whether the relay is left alone until its row changes.
    pub fn is_last(self) -> bool {
        matches!(self, FailureKind::GivenUp | FailureKind::Final | FailureKind::Exhausted)
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
