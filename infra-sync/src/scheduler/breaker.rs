use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::RetryPolicy;

/// The longest delay between two heartbeats during an outage.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The longest `Retry-After` that is respected.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// The delay from the last accepted request to the next heartbeat; also the shortest time between two reports of an unchanged
/// state to the backend.
const IDLE: Duration = Duration::from_secs(60);

/// A circuit breaker that holds all syncs during an outage of zooid. Only a heartbeat closes it.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    heartbeat_in_flight: bool,
    /// When zooid last accepted a request or a heartbeat.
    last_contact: Option<Instant>,
    /// When the state was last reported to the backend.
    last_report: Option<Instant>,
}

#[derive(Debug, Default)]
enum State {
    /// No contact yet. Syncs are allowed.
    #[default]
    Unknown,
    Closed,
    Open {
        /// The number of consecutive failed heartbeats.
        failures: u32,
        next_heartbeat: Instant,
    },
}

/// A contact with zooid that must be reported to the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    /// The first contact, or one after an outage.
    Restored,
    /// A contact in an unchanged state.
    Unchanged,
}

/// The state of the open breaker after a failed heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) is_new: bool,
    pub(crate) next_heartbeat: Instant,
}

/// Returns the delay after this many consecutive failures of the server: the backoff with jitter, or `retry_after` if longer.
pub(super) fn delay(failures: u32, retry_after: Option<Duration>, policy: &RetryPolicy, random: &mut Rng) -> Duration {
    let longest = policy.cap.min(LONGEST_DELAY);
    let backoff = RetryPolicy::jittered(policy.backoff(failures).min(longest), random);
    backoff.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

impl Breaker {
    /// Whether no request of a relay may be sent.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// Records that zooid accepted a relay's request. A request that was in flight when a heartbeat failed does not close the
    /// breaker.
    pub(super) fn request_accepted(&mut self, now: Instant) -> Option<Contact> {
        if self.is_open() {
            None
        } else {
            self.heartbeat_accepted(now)
        }
    }

    /// Records an accepted heartbeat. Returns the contact to report, at most one per [`IDLE`] while the state is unchanged.
    pub(super) fn heartbeat_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.last_contact = Some(now);
        let contact = if matches!(self.state, State::Closed) {
            self.last_report
                .is_none_or(|reported| now >= reported + IDLE)
                .then_some(Contact::Unchanged)
        } else {
            Some(Contact::Restored)
        };
        self.state = State::Closed;
        if contact.is_some() {
            self.last_report = Some(now);
        }
        contact
    }

    /// Records a failed heartbeat and opens the breaker. `retry_after` is the `Retry-After` of its answer.
    pub(super) fn heartbeat_failed(
        &mut self,
        retry_after: Option<Duration>,
        policy: &RetryPolicy,
        now: Instant,
        random: &mut Rng,
    ) -> Opened {
        let failures = match self.state {
            State::Unknown | State::Closed => 1,
            State::Open { failures, .. } => failures.saturating_add(1),
        };
        let next_heartbeat = now + delay(failures, retry_after, policy, random);
        let is_new = !self.is_open();
        self.state = State::Open {
            failures,
            next_heartbeat,
        };
        self.last_report = Some(now);
        Opened { is_new, next_heartbeat }
    }

    /// Delays the next heartbeat while the breaker is open, because a request that was in flight failed with a `Retry-After`.
    pub(super) fn wait_longer(&mut self, retry_after: Duration, now: Instant) {
        if let State::Open { next_heartbeat, .. } = &mut self.state {
            *next_heartbeat = (*next_heartbeat).max(now + retry_after.min(LONGEST_RETRY_AFTER));
        }
    }

    /// Makes the next heartbeat due now if the breaker is open.
    pub(super) fn expedite_heartbeat(&mut self, now: Instant) {
        if let State::Open { next_heartbeat, .. } = &mut self.state {
            *next_heartbeat = now;
        }
    }

    /// Starts a scheduled heartbeat if one is due. Returns whether it started.
    pub(super) fn start_heartbeat(&mut self, now: Instant) -> bool {
        let starts = self.is_heartbeat_due(now) && !self.heartbeat_in_flight;
        self.heartbeat_in_flight |= starts;
        starts
    }

    pub(super) fn is_heartbeat_due(&self, now: Instant) -> bool {
        self.next_heartbeat().is_none_or(|at| at <= now)
    }

    /// Records that a scheduled heartbeat has ended, with any result.
    pub(super) fn heartbeat_ended(&mut self) {
        self.heartbeat_in_flight = false;
    }

    /// Returns when the next heartbeat is due; `None` while a heartbeat is in flight.
    pub(super) fn wakes(&self, now: Instant) -> Option<Instant> {
        (!self.heartbeat_in_flight).then(|| self.next_heartbeat().unwrap_or(now))
    }

    /// Returns when the next heartbeat is due; `None` means now.
    fn next_heartbeat(&self) -> Option<Instant> {
        match self.state {
            State::Open { next_heartbeat, .. } => Some(next_heartbeat),
            State::Unknown | State::Closed => self.last_contact.map(|at| at + IDLE),
        }
    }
}
