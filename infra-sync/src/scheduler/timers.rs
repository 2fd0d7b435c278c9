use std::collections::BTreeMap;

use tokio::time::Instant;

/// The time when a parked relay becomes ready. Timers of the same instant fire in the order in which they were set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timer {
    at: Instant,
    number: u64,
}

impl Timer {
    #[cfg(test)]
    pub(super) fn at(self) -> Instant {
        self.at
    }
}

/// The timers of parked relays, by the index of the relay.
#[derive(Debug, Default)]
pub(super) struct Timers {
    relays: BTreeMap<Timer, usize>,
    last: u64,
}

impl Timers {
    pub(super) fn set(&mut self, at: Instant, relay: usize) -> Timer {
        self.last += 1;
        let timer = Timer { at, number: self.last };
        self.relays.insert(timer, relay);
        timer
    }

    pub(super) fn cancel(&mut self, timer: Timer) {
        let cancelled = self.relays.remove(&timer);
        debug_assert!(cancelled.is_some(), "no relay has this timer");
    }

    pub(super) fn first(&self) -> Option<Instant> {
        self.relays.first_key_value().map(|(timer, _)| timer.at)
    }

    /// Takes the first relay whose timer is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        let first = self.relays.first_entry()?;
        (first.key().at <= now).then(|| first.remove())
    }

    #[cfg(test)]
    pub(super) fn contains(&self, timer: Timer, relay: usize) -> bool {
        self.relays.get(&timer) == Some(&relay)
    }

    pub(super) fn len(&self) -> usize {
        self.relays.len()
    }
}
