use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::{RetryPolicy, Trouble, Verdict};

/// So many failures that may be zooid's own, with no answer between them, are one problem.
const THRESHOLD: u32 = 5;

/// A zooid that came back is noticed within this time, if it takes no longer to answer.
const LONGEST_PROBE_DELAY: Duration = Duration::from_secs(30);

/// No `Retry-After` is believed beyond this.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// Holds all syncs while zooid as a whole does not serve us, and lets one at a time find out whether it does again.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// What a `Retry-After` asked for.
    not_before: Option<Instant>,
    last_probe: u64,
}

#[derive(Debug)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        probes: u32,
        probe_at: Instant,
        probing: Option<Probe>,
    },
}

/// Tells one probe from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe(u64);

impl Default for State {
    fn default() -> Self {
        State::Closed { failures: 0 }
    }
}

/// Whether a sync may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    Free,
    /// One, to see whether zooid is back.
    Probe,
    No,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    pub(super) fn permit(&self, now: Instant) -> Permit {
        if self.is_held(now) {
            return Permit::No;
        }
        match self.state {
            State::Closed { .. } => Permit::Free,
            State::Open {
                probe_at,
                probing: None,
                ..
            } if now >= probe_at => Permit::Probe,
            State::Open { .. } => Permit::No,
        }
    }

    /// Whether a request may go out this very moment.
    pub(super) fn may_send(&self, probe: bool, now: Instant) -> bool {
        !self.is_held(now) && (probe || !self.is_open())
    }

    /// When a permit that is refused now may be had without anything happening before.
    pub(super) fn wakes(&self) -> Option<Instant> {
        let probe_at = match self.state {
            State::Open {
                probe_at,
                probing: None,
                ..
            } => probe_at,
            State::Open { .. } => return None,
            State::Closed { .. } => return self.not_before,
        };
        Some(self.not_before.map_or(probe_at, |held| held.max(probe_at)))
    }

    pub(super) fn begin_probe(&mut self) -> Probe {
        self.last_probe += 1;
        let probe = Probe(self.last_probe);
        if let State::Open { probing, .. } = &mut self.state {
            *probing = Some(probe);
        }
        probe
    }

    /// A probe has ended. If it sent no request, the next one may go at once.
    pub(super) fn end_probe(&mut self, probe: Probe) {
        if let State::Open { probing, .. } = &mut self.state
            && *probing == Some(probe)
        {
            *probing = None;
        }
    }

    /// zooid did what was asked.
    pub(super) fn succeeded(&mut self) {
        self.state = State::default();
    }

    /// A request failed; whether that counts against its relay.
    pub(super) fn failed(
        &mut self,
        verdict: &Verdict,
        probe: bool,
        policy: &RetryPolicy,
        now: Instant,
        random: &mut Rng,
    ) -> bool {
        if let Some(wait) = verdict.retry_after {
            let until = now + wait.min(LONGEST_HOLD);
            self.not_before = Some(self.not_before.map_or(until, |held| held.max(until)));
        }
        let surely = match verdict.trouble {
            Trouble::Unusable => true,
            Trouble::Zooid => false,
            Trouble::AlreadyExists | Trouble::NoSuchRelay | Trouble::Relay | Trouble::Final => {
                self.succeeded();
                return true;
            }
        };
        match &mut self.state {
            State::Closed { failures } => {
                *failures += 1;
                if !surely && *failures < THRESHOLD {
                    return true;
                }
                self.state = open(1, policy, now, random);
            }
            State::Open { probes, .. } if probe => self.state = open(probes.saturating_add(1), policy, now, random),
            State::Open { .. } => {}
        }
        false
    }

    fn is_held(&self, now: Instant) -> bool {
        self.not_before.is_some_and(|until| now < until)
    }
}

fn open(probes: u32, policy: &RetryPolicy, now: Instant, random: &mut Rng) -> State {
    let longest = policy.cap.min(LONGEST_PROBE_DELAY);
    State::Open {
        probes,
        probe_at: now + RetryPolicy::jittered(policy.backoff(probes).min(longest), random),
        probing: None,
    }
}
