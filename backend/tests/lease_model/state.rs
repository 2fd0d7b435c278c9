//! Rows, workers and zooid, as small as what is asked of them allows.

use crate::world::{Bounds, MOST_FAILURES};

pub const WORKERS: usize = 2;
pub const RELAYS: usize = 2;

/// Two will do: what matters is whether it is that of the row.
pub type Content = bool;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct State {
    pub rows: [Row; RELAYS],
    pub zooid: [Zooid; RELAYS],
    pub workers: [Worker; WORKERS],
    /// What may still happen.
    pub left: Bounds,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Row {
    pub version: u8,
    /// A bit for each version.
    pub contents: u8,
    pub synced: bool,
    pub synced_version: u8,
    /// Beside these there is a `sync_error`, without them there is none.
    pub failures: u8,
    pub accepted: Option<Content>,
    pub owner: Owner,
    pub has_expired: bool,
    pub lease_version: u8,
    pub lease_accepted: Option<Content>,
    /// Nobody was told of the last change.
    pub is_unheard: bool,
    /// No column: how often this version met with what may be counted.
    pub troubles: u8,
    /// No column: how many attempts of this version were reported as failed or taken over.
    pub ends: u8,
    /// No column: to be synced once more, and not sent since.
    pub awaits_resync: bool,
}

/// A token is not kept as a number: each attempt knows whether its own is that of the row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Owner {
    #[default]
    Nobody,
    Worker(u8),
    /// A process that is no more. Its successor is another owner.
    Gone,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Zooid {
    pub content: Option<Content>,
    pub has_other_key: bool,
    /// Requests that nobody waits for, a bit for each [kind](Request::bit).
    pub late: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    pub creates: bool,
    pub content: Content,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Worker {
    pub is_paused: bool,
    pub attempts: [Attempt; RELAYS],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Attempt {
    pub phase: Phase,
    pub version: u8,
    pub is_new: bool,
    pub accepted: Option<Content>,
    /// Its token is that of the row.
    pub is_current: bool,
    /// By the worker's own clock, the lease lasts longer than a request could.
    pub in_time: bool,
    /// Nothing the worker knows: it was paused meanwhile.
    pub was_stopped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Phase {
    #[default]
    None,
    Claimed,
    Sent,
    Accepted,
    Failed,
    /// Over, but the report could not be kept.
    Over,
    /// Dropped by whoever ran it, while the process lives.
    Forgotten,
}

impl Row {
    pub fn content_of(&self, version: u8) -> Content {
        self.contents >> version & 1 == 1
    }

    pub fn content(&self) -> Content {
        self.content_of(self.version)
    }

    pub fn is_pending(&self) -> bool {
        self.synced_version < self.version || self.failures > 0
    }

    pub fn is_up_to_date(&self) -> bool {
        !self.is_pending()
    }

    pub fn is_given_up(&self) -> bool {
        self.failures >= MOST_FAILURES
    }

    /// Something happened for which an attempt of this version may fail.
    pub fn meet_trouble(&mut self, version: u8) {
        if version == self.version {
            self.troubles = MOST_FAILURES.min(self.troubles + 1);
        }
    }

    /// An attempt of this version has ended, and not well.
    pub fn count_end(&mut self, version: u8) {
        if version == self.version {
            self.ends = MOST_FAILURES.min(self.ends + 1);
        }
    }

    /// It was the end of as many attempts as there may be.
    pub fn had_all_its_attempts(&self) -> bool {
        self.ends >= MOST_FAILURES
    }
}

impl Attempt {
    pub fn is_under_way(&self) -> bool {
        use Phase::{Accepted, Claimed, Failed, Sent};
        matches!(self.phase, Claimed | Sent | Accepted | Failed)
    }
}

impl Request {
    pub const ALL: [Self; 4] = [
        Self {
            creates: false,
            content: false,
        },
        Self {
            creates: false,
            content: true,
        },
        Self {
            creates: true,
            content: false,
        },
        Self {
            creates: true,
            content: true,
        },
    ];

    pub fn bit(self) -> u8 {
        1 << (u8::from(self.creates) << 1 | u8::from(self.content))
    }
}

impl State {
    /// One state for all that differ in nothing but which worker, or which relay, is which.
    pub fn canonical(self, relays_are_alike: bool) -> Self {
        let best = self.min(self.workers_swapped());
        if !relays_are_alike {
            return best;
        }
        let swapped = self.relays_swapped();
        best.min(swapped).min(swapped.workers_swapped())
    }

    fn workers_swapped(mut self) -> Self {
        self.workers.swap(0, 1);
        for row in &mut self.rows {
            if let Owner::Worker(worker) = &mut row.owner {
                *worker = 1 - *worker;
            }
        }
        self
    }

    fn relays_swapped(mut self) -> Self {
        self.rows.swap(0, 1);
        self.zooid.swap(0, 1);
        for worker in &mut self.workers {
            worker.attempts.swap(0, 1);
        }
        self
    }
}
