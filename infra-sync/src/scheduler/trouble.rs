use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::breaker;
use crate::RetryPolicy;

/// Detects failures of the whole server that heartbeats do not detect, such as a full disk or a rate limit on writes.
///
/// Such a failure counts against the relay, unless the next request of another relay fails in the same way. While the requests
/// of several relays fail in a row, one request is sent at a time (a trial).
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// The last relay that failed in this way, until the request of another relay ends.
    suspect: Option<usize>,
    trials: Option<Trials>,
}

#[derive(Debug)]
struct Trials {
    /// The number of consecutive failed requests.
    failures: u32,
    next: Instant,
    running: Option<usize>,
}

/// The decision on whether a failure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The failure counts against the relay.
    Relay,
    /// The failure was the server's and does not count.
    Server,
}

/// The relay whose failure was decided, if any.
pub(super) type Decided = Option<(usize, Verdict)>;

impl Trouble {
    /// Whether no relay may start now.
    pub(super) fn holds(&self, now: Instant) -> bool {
        let holds = |trials: &Trials| trials.running.is_some() || now < trials.next;
        self.trials.as_ref().is_some_and(holds)
    }

    /// Records that a relay starts, which is a trial while requests fail in a row.
    pub(super) fn start(&mut self, relay: usize) {
        if let Some(trials) = &mut self.trials {
            trials.running.get_or_insert(relay);
        }
    }

    pub(super) fn may_send(&self, relay: usize) -> bool {
        let may = |trials: &Trials| trials.running == Some(relay);
        self.trials.as_ref().is_none_or(may)
    }

    /// Drops the undecided failure of this relay.
    pub(super) fn clear(&mut self, relay: usize) {
        self.suspect.take_if(|suspect| *suspect == relay);
    }

    /// Records that a request failed in this way. `is_alone`: no other relay is scheduled whose request could decide, so the
    /// failure counts against the relay.
    pub(super) fn failed(
        &mut self,
        relay: usize,
        is_alone: bool,
        retry_after: Option<Duration>,
        policy: &RetryPolicy,
        now: Instant,
        random: &mut Rng,
    ) -> Decided {
        let before = match is_alone {
            true => self.suspect.take(),
            false => self.suspect.replace(relay),
        };
        let decided = before
            .filter(|before| *before != relay)
            .map(|before| (before, Verdict::Server));
        let trials = match (&mut self.trials, decided) {
            (Some(trials), _) => trials,
            (none, Some(_)) => none.insert(Trials {
                failures: 0,
                next: now,
                running: None,
            }),
            (None, None) => return None,
        };
        trials.failures = trials.failures.saturating_add(1);
        trials.next = now + breaker::delay(trials.failures, retry_after, policy, random);
        decided
    }

    /// Records an accepted request.
    pub(super) fn accepted(&mut self, relay: usize) -> Decided {
        self.trials = None;
        self.failed_otherwise(relay)
    }

    /// Records a request that failed in another way.
    pub(super) fn failed_otherwise(&mut self, relay: usize) -> Decided {
        let suspect = self.suspect.take_if(|suspect| *suspect != relay)?;
        Some((suspect, Verdict::Relay))
    }

    /// Records a failed heartbeat.
    pub(super) fn heartbeat_failed(&mut self) -> Decided {
        self.trials = None;
        Some((self.suspect.take()?, Verdict::Server))
    }

    /// Records that a relay no longer runs.
    pub(super) fn ended(&mut self, relay: usize) {
        if let Some(trials) = &mut self.trials {
            trials.running.take_if(|running| *running == relay);
        }
    }

    pub(super) fn is_spread(&self) -> bool {
        self.trials.is_some()
    }

    /// Returns when the next trial may start, if later than now.
    pub(super) fn wakes(&self, now: Instant) -> Option<Instant> {
        let next = self.trials.as_ref()?.next;
        (next > now).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduler::tests::RETRY;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum End {
        Accepted,
        Unavailable,
        Otherwise,
    }

    /// A naive implementation of the rule: the next request of another relay decides, unless the relay itself is sent first.
    fn by_the_rule(ends: &[(usize, End)]) -> Vec<(usize, Verdict)> {
        let mut decided = Vec::new();
        for (at, (relay, end)) in ends.iter().enumerate() {
            let next = ends.get(at + 1).filter(|(next, _)| next != relay);
            if let (End::Unavailable, Some((_, next))) = (end, next) {
                let verdict = match next {
                    End::Unavailable => Verdict::Server,
                    End::Accepted | End::Otherwise => Verdict::Relay,
                };
                decided.push((*relay, verdict));
            }
        }
        decided
    }

    #[test]
    fn the_next_request_of_another_relay_decides() {
        let now = Instant::now();
        for seed in 0..2_000 {
            let mut random = Rng::with_seed(seed);
            let ends: Vec<_> = (0..12)
                .map(|_| {
                    let end = [End::Accepted, End::Unavailable, End::Otherwise][random.usize(0..3)];
                    (random.usize(0..3), end)
                })
                .collect();
            let mut trouble = Trouble::default();
            let mut decided = Vec::new();
            for (relay, end) in &ends {
                trouble.clear(*relay);
                decided.extend(match end {
                    End::Accepted => trouble.accepted(*relay),
                    End::Unavailable => trouble.failed(*relay, false, None, &RETRY, now, &mut random),
                    End::Otherwise => trouble.failed_otherwise(*relay),
                });
            }
            assert_eq!(decided, by_the_rule(&ends), "{ends:?}");
        }
    }

    #[test]
    fn while_relays_fail_in_a_row_one_request_is_sent_at_a_time() {
        let mut now = Instant::now();
        let mut random = Rng::with_seed(1);
        let mut trouble = Trouble::default();
        let mut failed =
            |trouble: &mut Trouble, relay, now| trouble.failed(relay, false, None, &RETRY, now, &mut random);
        failed(&mut trouble, 1, now);
        assert!(!trouble.holds(now), "one failure holds no relay");
        failed(&mut trouble, 2, now);
        for relay in [3, 4, 3, 4] {
            assert!(trouble.holds(now));
            now = trouble.wakes(now).unwrap();
            assert!(!trouble.holds(now));
            trouble.start(relay);
            assert!(trouble.holds(now), "one at a time");
            assert!(trouble.may_send(relay) && !trouble.may_send(5));
            failed(&mut trouble, relay, now);
            trouble.ended(relay);
        }
        let wait = trouble.wakes(now).unwrap() - now;
        assert!(wait >= Duration::from_secs(15), "the delay grows: {wait:?}");
        trouble.accepted(6);
        assert!(!trouble.holds(now) && trouble.may_send(5));
    }

    #[test]
    fn a_failure_of_the_only_scheduled_relay_is_decided_at_once() {
        let now = Instant::now();
        let mut random = Rng::with_seed(1);
        let mut trouble = Trouble::default();
        assert_eq!(trouble.failed(1, true, None, &RETRY, now, &mut random), None);
        assert_eq!(trouble.failed_otherwise(2), None);
        assert_eq!(trouble.heartbeat_failed(), None);
    }

    #[test]
    fn a_failure_before_a_failed_heartbeat_is_the_servers() {
        let now = Instant::now();
        let mut random = Rng::with_seed(1);
        let mut trouble = Trouble::default();
        trouble.failed(1, false, None, &RETRY, now, &mut random);
        assert_eq!(trouble.heartbeat_failed(), Some((1, Verdict::Server)));
    }
}
