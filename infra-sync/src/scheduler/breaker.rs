use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::RetryPolicy;

/// The longest delay between two heartbeats while zooid cannot be used.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// How much of a `Retry-After` is respected.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// How long zooid may be silent, for want of traffic, before a heartbeat is sent; also how often the backend is told that
/// nothing has changed.
const IDLE: Duration = Duration::from_secs(60);

/// Holds all syncs while zooid cannot be used. Heartbeats alone find out whether it can be used again.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    heartbeat_in_flight: bool,
    /// When zooid last showed that it accepts our requests.
    last_contact: Option<Instant>,
    /// When the backend was last told of the state.
    last_told: Option<Instant>,
}

#[derive(Debug, Default)]
enum State {
    /// No contact yet. Syncs are allowed.
    #[default]
    Unknown,
    Closed,
    Open {
        /// Heartbeats that failed in a row.
        failures: u32,
        next_heartbeat: Instant,
    },
}

/// What a heartbeat or a request says of zooid, where the backend must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    /// The first contact, or one after an outage.
    Restored,
    /// As before.
    Still,
}

/// The breaker has opened, or stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) is_new: bool,
    pub(crate) next_heartbeat: Instant,
}

/// The delay after so many failures in a row of the server, which may ask for a longer one.
pub(super) fn delay(failures: u32, retry_after: Option<Duration>, policy: &RetryPolicy, random: &mut Rng) -> Duration {
    let longest = policy.cap.min(LONGEST_DELAY);
    let backoff = RetryPolicy::jittered(policy.backoff(failures).min(longest), random);
    backoff.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

impl Breaker {
    /// Whether a request of a relay may be sent.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// zooid accepted the request of a relay. One that was in flight when a heartbeat failed does not close the breaker.
    pub(super) fn request_accepted(&mut self, now: Instant) -> Option<Contact> {
        if self.is_open() {
            None
        } else {
            self.heartbeat_accepted(now)
        }
    }

    /// Returns what to tell the backend, at most once a minute while nothing changes.
    pub(super) fn heartbeat_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.last_contact = Some(now);
        let told = if matches!(self.state, State::Closed) {
            self.last_told
                .is_none_or(|told| now >= told + IDLE)
                .then_some(Contact::Still)
        } else {
            Some(Contact::Restored)
        };
        self.state = State::Closed;
        if told.is_some() {
            self.last_told = Some(now);
        }
        told
    }

    /// A heartbeat failed. `retry_after` is the server's own wish.
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
        self.last_told = Some(now);
        Opened { is_new, next_heartbeat }
    }

    /// While the breaker is open, a request that was in flight failed with a `Retry-After`.
    pub(super) fn wait_longer(&mut self, retry_after: Duration, now: Instant) {
        if let State::Open { next_heartbeat, .. } = &mut self.state {
            *next_heartbeat = (*next_heartbeat).max(now + retry_after.min(LONGEST_RETRY_AFTER));
        }
    }

    /// An operator wants to know now.
    pub(super) fn expedite_heartbeat(&mut self, now: Instant) {
        if let State::Open { next_heartbeat, .. } = &mut self.state {
            *next_heartbeat = now;
        }
    }

    /// Begins a scheduled heartbeat if one is due.
    pub(super) fn begin_heartbeat(&mut self, now: Instant) -> bool {
        let begins = self.is_heartbeat_due(now) && !self.heartbeat_in_flight;
        self.heartbeat_in_flight |= begins;
        begins
    }

    pub(super) fn is_heartbeat_due(&self, now: Instant) -> bool {
        self.next_heartbeat().is_none_or(|at| at <= now)
    }

    /// A scheduled heartbeat has ended, however it did.
    pub(super) fn heartbeat_ended(&mut self) {
        self.heartbeat_in_flight = false;
    }

    /// When a heartbeat is due unless something happens before.
    pub(super) fn wakes(&self, now: Instant) -> Option<Instant> {
        (!self.heartbeat_in_flight).then(|| self.next_heartbeat().unwrap_or(now))
    }

    /// `None` is now.
    fn next_heartbeat(&self) -> Option<Instant> {
        match self.state {
            State::Open { next_heartbeat, .. } => Some(next_heartbeat),
            State::Unknown | State::Closed => self.last_contact.map(|at| at + IDLE),
        }
    }
}
