//! What the row of a relay calls for when its turn has come.

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    memory::{Failure, LastOutcome, Memory, Then},
    queue::Priority,
    revision::Revision,
};
use crate::Relay;

/// The right to sync one relay. The [`Scheduler`](super::Scheduler) gives out no second one before this one has
/// [finished](super::Scheduler::finish).
#[derive(Debug)]
pub(crate) struct WorkItem {
    pub(crate) relay: Arc<str>,
    /// The index of the relay's entry, which stays there as long as the item exists.
    pub(super) index: usize,
    pub(super) priority: Priority,
    pub(super) trigger: Trigger,
    pub(super) memory: Memory,
    /// Since when it is due.
    pub(crate) due_since: Instant,
    /// The row's digest of what zooid last accepted can be trusted.
    pub(super) zooid_known: bool,
    /// What zooid accepted last in this process, if nobody can have changed it since.
    pub(super) held: Option<Revision>,
    pub(crate) max_attempts: u32,
}

/// Why a relay is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Trigger {
    /// An activity said that something happened to it.
    pub(super) changed: bool,
    /// The id of the last such activity.
    pub(super) activity: Option<Arc<str>>,
}

impl Trigger {
    /// Adds what happened before.
    pub(super) fn restore(&mut self, earlier: Trigger) {
        self.changed |= earlier.changed;
        if self.activity.is_none() {
            self.activity = earlier.activity;
        }
    }
}

/// What a row calls for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    Send,
    /// zooid has it already, and the backend does not know.
    Report,
    /// zooid has it already.
    Nothing,
    /// This state of the row has failed, and is not due yet.
    Wait(Failure),
    /// The row has failed so often, here or in another process, and this process has not set a time for its retry.
    Schedule {
        failures: u32,
    },
    /// The row says that it gave up.
    GaveUp {
        failures: u32,
    },
    /// The failure counts, as was found out after it was reported.
    Count(Failure),
    /// It had all its attempts, and the row does not say that it gave up.
    GiveUp,
}

impl WorkItem {
    /// The id of the last activity that triggered this.
    pub(crate) fn activity(&self) -> Option<&str> {
        self.trigger.activity.as_deref()
    }

    /// Returns how often this state of the row has failed: the larger of what the row and this process know, since a
    /// backend may keep no count.
    pub(crate) fn failures(&self, relay: &Relay, of: Revision) -> u32 {
        let known = self.failure_of(of).map_or(0, |failure| failure.failures);
        known.max(relay.record.failures)
    }

    /// Whether the last failure is not decided yet.
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
        // Without versions, a change may make no difference to zooid and still ask for another attempt.
        let may_be_newer = self.trigger.changed && relay.version == 0;
        if let Some(failure) = self.failure_of(of) {
            return match failure.then {
                Then::Exhausted if may_be_newer => Decision::Send,
                // Another process has tried meanwhile.
                Then::RetryAt(_) if relay.version != 0 && relay.record.failures > failure.failures => {
                    self.by_row(relay)
                }
                Then::RetryAt(at) if at <= now => Decision::Send,
                Then::RetryAt(_) | Then::Exhausted | Then::Permanent => Decision::Wait(failure),
            };
        }
        match self.memory.last {
            // What failed was an older state of the row, or zooid as a whole.
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

    /// Whether zooid has this state of the row. The row says so, if its backend keeps that. If not, this process remembers, for
    /// as long as neither an activity nor the row says that something has happened since.
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

    /// The row has failed before.
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
