use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use tokio::time::Instant;

/// When a relay is to be looked at again. What was set for it before stays behind and is told apart by its time.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BinaryHeap<Reverse<(Instant, u64, Arc<str>)>>,
    last: u64,
}

impl Timers {
    pub(super) fn set(&mut self, at: Instant, relay: Arc<str>) {
        self.last += 1;
        self.due.push(Reverse((at, self.last, relay)));
    }

    pub(super) fn first(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes one that is due, the earliest first, those of one instant in the order they were set.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Arc<str>)> {
        if self.first()? > now {
            return None;
        }
        self.due.pop().map(|Reverse((at, _, relay))| (at, relay))
    }
}
