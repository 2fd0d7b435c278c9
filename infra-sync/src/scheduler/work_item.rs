//! The decision on what to do with a claimed row.

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    memory::{Failure, LastOutcome, Memory, Then},
    queue::Priority,
    revision::Revision,
};
use crate::Relay;

/// The right to sync one relay. The [`Scheduler`](super::Scheduler) issues no second item for the relay before this one has
/// [finished](super::Scheduler::finish).
#[derive(Debug)]
pub(crate) struct WorkItem {
    pub(crate) relay: Arc<str>,
    /// The index of the relay's entry, which exists as long as the item.
    pub(super) index: usize,
    pub(super) priority: Priority,
    pub(super) trigger: Trigger,
    pub(super) memory: Memory,
    /// The time since which the relay is due.
    pub(crate) due_since: Instant,
    /// Whether the digest in the row's record is certainly the state that zooid has.
    pub(super) zooid_known: bool,
    /// The last state that zooid accepted from this process, unless it may have changed since.
    pub(super) held: Option<Revision>,
    pub(crate) max_attempts: u32,
}

/// The reason for an attempt.
#[derive(Clone, Debug, Default)]
pub(super) struct Trigger {
    /// Whether an activity of the relay was received.
    pub(super) changed: bool,
    /// The id of the last such activity.
    pub(super) activity: Option<Arc<str>>,
}

impl Trigger {
    /// Adds an earlier trigger.
    pub(super) fn restore(&mut self, earlier: Trigger) {
        self.changed |= earlier.changed;
        if self.activity.is_none() {
            self.activity = earlier.activity;
        }
    }
}

/// The decision on a claimed row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    Send,
    /// Report a sync as complete without a request: zooid already matches the row, and the backend has not stored that.
    Report,
    /// Nothing to do: zooid already matches the row.
    Nothing,
    /// This state of the row has failed, and its retry is not due yet.
    Wait(Failure),
    /// Schedule a retry: the row has failed this many times, in this or another process, and this process has set no timer.
    Schedule {
        failures: u32,
    },
    /// The row's record says that it gave up.
    GaveUp {
        failures: u32,
    },
    /// Report that the failure counts, which was decided after its first report.
    Count(Failure),
    /// Report that the relay gave up: all attempts were used, and the row's record does not say so.
    GiveUp,
}

impl WorkItem {
    /// Returns the id of the last activity that triggered this item.
    pub(crate) fn activity(&self) -> Option<&str> {
        self.trigger.activity.as_deref()
    }

    /// Returns the number of failures of this state of the row: the larger of the counts of the row and of this process, because a
    /// backend may not count failures.
    pub(crate) fn failures(&self, relay: &Relay, of: Revision) -> u32 {
        let known = self.failure_of(of).map_or(0, |failure| failure.failures);
        known.max(relay.record.failures)
    }

    /// Whether it is undecided if the last failure counts.
    pub(crate) fn is_suspected(&self) -> bool {
        self.memory.is_suspected()
    }

    pub(crate) fn decide(&self, relay: &Relay, of: Revision, skip_unchanged: bool, now: Instant) -> Decision {
        let nothing_new = !self.trigger.changed
            && !relay.deleted
            && relay.version == 0
            && relay.is_synced()
            && relay.sync_error.is_empty();
        if relay.is_up_to_date() || nothing_new {
            return Decision::Nothing;
        }
        if skip_unchanged && !relay.deleted && self.is_held(relay, of) {
            return Decision::Report;
        }
        if self.memory.last == LastOutcome::ToCount
            && let Some(failure) = self.failure_of(of)
        {
            return Decision::Count(failure);
        }
        // Without versions, an activity may request another attempt although the request would be the same.
        let may_be_newer = self.trigger.changed && relay.version == 0;
        if let Some(failure) = self.failure_of(of) {
            return match failure.then {
                Then::Exhausted if may_be_newer => Decision::Send,
                // Another process has made an attempt in the meantime.
                Then::RetryAt(_) if relay.version != 0 && relay.record.failures > failure.failures => {
                    self.by_row(relay)
                }
                Then::RetryAt(at) if at <= now => Decision::Send,
                Then::RetryAt(_) | Then::Exhausted | Then::Permanent => Decision::Wait(failure),
            };
        }
        match self.memory.last {
            // An older state of the row failed, or the whole zooid server.
            LastOutcome::Failed | LastOutcome::Suspected { .. } | LastOutcome::ToCount | LastOutcome::ServerFailure => {
                Decision::Send
            }
            LastOutcome::None
            | LastOutcome::HeldByOther
            | LastOutcome::Unsettled
            | LastOutcome::BackendError { .. } => match relay.sync_error.as_str() {
                _ if relay.record.given_up => self.by_row(relay),
                "" => Decision::Send,
                _ if may_be_newer => Decision::Send,
                _ => self.by_row(relay),
            },
        }
    }

    /// Whether zooid already matches this state of the row. Uses the digest in the row's record if there is one. Else uses the
    /// memory of this process, unless an activity or the row shows that something has happened since.
    fn is_held(&self, relay: &Relay, of: Revision) -> bool {
        match relay.record.accepted {
            Some(accepted) => self.zooid_known && accepted == of.digest(),
            None => {
                let nothing_happened =
                    !self.trigger.changed && relay.sync_error.is_empty() && relay.record.failures == 0;
                nothing_happened && self.held.is_some_and(|held| held.is_same(&of))
            }
        }
    }

    /// Decides by the record of a row that has failed before.
    fn by_row(&self, relay: &Relay) -> Decision {
        let failures = relay.record.failures;
        match (relay.record.given_up, failures >= self.max_attempts) {
            (true, _) => Decision::GaveUp { failures },
            (false, true) => Decision::GiveUp,
            (false, false) => Decision::Schedule { failures },
        }
    }

    fn failure_of(&self, of: Revision) -> Option<Failure> {
        self.memory.failure.filter(|failure| failure.of == of)
    }
}
