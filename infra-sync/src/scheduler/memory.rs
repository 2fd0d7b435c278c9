//! What is remembered of a relay between two attempts, and what the end of an attempt makes of it.

use std::time::Duration;

use tokio::time::Instant;

use super::{queue::Priority, revision::Revision, trouble::Verdict};

/// A failure, and what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Failure {
    /// Which state of the row failed.
    pub(crate) of: Revision,
    /// Consecutive failures that count, this one included.
    pub(crate) failures: u32,
    pub(crate) then: Then,
}

/// What follows a failure, unless the row changes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    RetryAt(Instant),
    /// No retry: all attempts were used. One more could succeed.
    Exhausted,
    /// No retry: none could succeed.
    Permanent,
}

impl Then {
    /// After a backoff, or not at all since all attempts were used.
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

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// zooid matches the row and the backend knows, or there is no such row.
    Settled,
    /// The attempt failed, now or before, and the backend knows.
    Failed(Failure),
    /// The attempt failed in a way that counts only if the next request of another relay does not fail in the same way. The
    /// backend knows of it as not counted.
    Suspected(Failure),
    /// Nothing was sent, or zooid as a whole failed.
    NotAttempted(Requeue),
    /// Another relay's request has the same host or schema, until this time or until the scheduler says so.
    Reserved(Option<Instant>),
    /// Another worker holds the claim; ask again after this time.
    HeldByOther(Duration),
    /// The relay is deleted on zooid, but until then an earlier request may bring it back.
    Unsettled(Instant),
    /// A call to the backend failed or panicked.
    BackendError,
}

/// Where a relay goes whose attempt did not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requeue {
    /// To where it was: before all others of its priority.
    Front,
    /// Behind all others: it met an outage.
    Back,
}

/// Kept while a relay waits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Memory {
    /// The last failure that counts. It survives outages and other workers' claims, so that no backoff is bypassed.
    pub(super) failure: Option<Failure>,
    pub(super) last: LastOutcome,
}

impl Memory {
    pub(super) fn is_suspected(&self) -> bool {
        matches!(self.last, LastOutcome::Suspected { .. })
    }

    /// It was decided whose the last failure was. Returns `false` if it was not to be decided.
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

/// How the last attempt ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LastOutcome {
    /// There was none, or it settled.
    #[default]
    None,
    Failed,
    /// It is not decided whose the failure was. `is_due`: the time of the retry has come meanwhile.
    Suspected {
        is_due: bool,
    },
    /// The failure turned out to count, and the backend does not know.
    ToCount,
    ServerFailure,
    HeldByOther,
    Unsettled,
    BackendError {
        in_a_row: u32,
    },
}

/// What becomes of a relay whose attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing is remembered.
    Forget,
    Ready(Priority, Position),
    /// Until a time, or until the row changes.
    Park(Option<Instant>),
}

/// Which end of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Front,
    Back,
}

/// A claim that another worker releases at once must not be asked for in a busy loop.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// The state after an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct After {
    pub(super) next: Next,
    pub(super) memory: Memory,
    /// The attempt did not use what triggered it, so that is kept for the next one.
    pub(super) restore_trigger: bool,
}

/// The one transition at the end of an attempt. `rerun` says that something happened to the relay meanwhile; `backoff` is the
/// delay after so many failures in a row.
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
