//! The state of a relay between two attempts, and the transition at the end of an attempt.

use std::time::Duration;

use tokio::time::Instant;

use super::{queue::Priority, revision::Revision, trouble::Verdict};

/// A failure, and the next step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Failure {
    /// The state of the row that failed.
    pub(crate) of: Revision,
    /// The number of consecutive failures that count, including this one.
    pub(crate) failures: u32,
    pub(crate) then: Then,
}

/// The next step after a failure, unless the row changes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    RetryAt(Instant),
    /// No retry, because all attempts were used. Another attempt could succeed.
    Exhausted,
    /// No retry, because no attempt can succeed.
    Permanent,
}

impl Then {
    /// Returns `RetryAt` for a delay from now, or `Exhausted` if there is no delay.
    pub(crate) fn from_now(retry_in: Option<Duration>) -> Self {
        retry_in.map_or(Then::Exhausted, |backoff| Then::RetryAt(Instant::now() + backoff))
    }

    pub(super) fn retry_at(self) -> Option<Instant> {
        match self {
            Then::RetryAt(at) => Some(at),
            Then::Exhausted | Then::Permanent => None,
        }
    }
}

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// zooid matches the row and the backend has stored it, or there is no such row.
    Settled,
    /// This or an earlier attempt failed, and the backend has stored the failure.
    Failed(Failure),
    /// The attempt failed in a way that counts only if the next request of another relay does not fail in the same way. The
    /// backend has stored the failure as not counted.
    Suspected(Failure),
    /// Nothing was sent, or the whole zooid server failed.
    NotAttempted(Requeue),
    /// Another relay's request has reserved the host or the schema: until this time, or until that request ends if `None`.
    Reserved(Option<Instant>),
    /// Another worker holds the claim. The next attempt to claim the relay follows after this time.
    HeldByOther(Duration),
    /// The relay is deleted on zooid, but an earlier request may create it again until this time.
    Unsettled(Instant),
    /// A call to the backend failed or panicked.
    BackendError,
}

/// The position in the queue of a relay whose attempt did not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requeue {
    /// Before all other relays of the same priority, because its turn was not used.
    Front,
    /// Behind all other relays of the backlog, because the attempt met an outage.
    Back,
}

/// The state of a relay that is kept between two attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Memory {
    /// The last failure that counts. It is kept during outages and other workers' claims, so that no backoff is bypassed.
    pub(super) failure: Option<Failure>,
    pub(super) last: LastOutcome,
}

impl Memory {
    pub(super) fn is_suspected(&self) -> bool {
        matches!(self.last, LastOutcome::Suspected { .. })
    }

    /// Applies the decision on whether the last failure counts. Returns `false` if there was no undecided failure.
    pub(super) fn judge(&mut self, verdict: Verdict, now: Instant) -> bool {
        if !self.is_suspected() {
            return false;
        }
        match verdict {
            Verdict::Relay => self.last = LastOutcome::ToCount,
            Verdict::Server => {
                self.last = LastOutcome::ServerFailure;
                self.failure = self.failure.filter(|failure| failure.failures > 1);
                if let Some(failure) = &mut self.failure {
                    failure.failures -= 1;
                    failure.then = Then::RetryAt(now);
                }
            }
        }
        true
    }
}

/// The outcome of the last attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LastOutcome {
    /// There was no attempt, or it settled.
    #[default]
    None,
    Failed,
    /// It is undecided whether the failure counts. `is_due`: the retry has become due in the meantime.
    Suspected {
        is_due: bool,
    },
    /// The failure counts, and the backend has not stored that yet.
    ToCount,
    ServerFailure,
    HeldByOther,
    Unsettled,
    BackendError {
        in_a_row: u32,
    },
}

/// The next phase of a relay whose attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The entry is removed.
    Forget,
    Ready(Priority, Position),
    /// Parked until this time, or until the row changes if `None`.
    Park(Option<Instant>),
}

/// An end of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Front,
    Back,
}

/// The shortest delay between two attempts to claim a relay, so that a claim that another worker releases immediately causes no
/// busy loop.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// The state after an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct After {
    pub(super) next: Next,
    pub(super) memory: Memory,
    /// Whether the trigger is kept for the next attempt, because this attempt did not use it.
    pub(super) restore_trigger: bool,
}

/// The transition at the end of an attempt. `rerun`: an activity or a scan found the relay while it ran. `backoff` returns the
/// delay after a number of consecutive failures.
///
/// | outcome | rerun | next | failure | trigger |
/// |---|---|---|---|---|
/// | `Settled` | no | forget | none | dropped |
/// | `Settled` | yes | ready, live | none | the new one |
/// | `Failed`, retry at t | no | park until t | this one | dropped |
/// | `Failed`, exhausted or permanent | no | park until a change | this one | dropped |
/// | `Failed` | yes | ready, live | this one | the new one |
/// | `Suspected` | no | park until its retry, or for a backoff | this one, undecided | dropped |
/// | `Suspected` | yes | ready, live | this one, undecided | the new one |
/// | `NotAttempted(Front)` | any | ready, own priority, front | kept | restored |
/// | `NotAttempted(Back)` | any | ready, backlog, back | kept | restored |
/// | `Reserved(t)` | no | park until t, or until the other request has ended | kept | restored |
/// | `Reserved(t)` | yes | ready, live, front | kept | restored |
/// | `HeldByOther(d)` | any | park until d has passed and the failure's retry is due | kept | restored |
/// | `Unsettled(t)` | any | park until t | none | restored |
/// | `BackendError` | any | park until the backoff has passed and the failure's retry is due | kept | restored |
pub(super) fn after(
    memory: Memory,
    priority: Priority,
    outcome: Outcome,
    rerun: bool,
    now: Instant,
    backoff: impl FnOnce(u32) -> Duration,
) -> After {
    let Memory { failure, last } = memory;
    let retry_at = failure.and_then(|failure| failure.then.retry_at());
    let live = Next::Ready(Priority::Live, Position::Back);
    let (next, memory, restore_trigger) = match outcome {
        Outcome::Settled => (if rerun { live } else { Next::Forget }, Memory::default(), false),
        Outcome::Failed(failure) => {
            let next = if rerun {
                live
            } else {
                Next::Park(failure.then.retry_at())
            };
            let memory = Memory {
                failure: Some(failure),
                last: LastOutcome::Failed,
            };
            (next, memory, false)
        }
        Outcome::Suspected(failure) => {
            let wake = || {
                failure
                    .then
                    .retry_at()
                    .unwrap_or_else(|| now + backoff(failure.failures))
            };
            let next = if rerun { live } else { Next::Park(Some(wake())) };
            let memory = Memory {
                failure: Some(failure),
                last: LastOutcome::Suspected { is_due: false },
            };
            (next, memory, false)
        }
        Outcome::NotAttempted(Requeue::Front) => (Next::Ready(priority, Position::Front), memory, true),
        Outcome::NotAttempted(Requeue::Back) => {
            let last = LastOutcome::ServerFailure;
            (
                Next::Ready(Priority::Backlog, Position::Back),
                Memory { failure, last },
                true,
            )
        }
        Outcome::Reserved(until) => {
            let next = match rerun {
                true => Next::Ready(Priority::Live, Position::Front),
                false => Next::Park(until),
            };
            (next, memory, true)
        }
        Outcome::HeldByOther(wait) => {
            let wake = now + wait.max(SHORTEST_WAIT);
            let last = LastOutcome::HeldByOther;
            (Next::Park(Some(wake).max(retry_at)), Memory { failure, last }, true)
        }
        Outcome::Unsettled(until) => {
            let memory = Memory {
                failure: None,
                last: LastOutcome::Unsettled,
            };
            (Next::Park(Some(until)), memory, true)
        }
        Outcome::BackendError => {
            let in_a_row = match last {
                LastOutcome::BackendError { in_a_row } => in_a_row.saturating_add(1),
                _ => 1,
            };
            let wake = now + backoff(in_a_row);
            let last = LastOutcome::BackendError { in_a_row };
            (Next::Park(Some(wake).max(retry_at)), Memory { failure, last }, true)
        }
    };
    After {
        next,
        memory,
        restore_trigger,
    }
}
