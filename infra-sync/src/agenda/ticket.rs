//! What a relay's row calls for when its turn has come.

use std::sync::Arc;

use tokio::time::Instant;

use super::lanes::Lane;
use crate::{Digest, Relay};

/// Which state of a row something was said of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    version: i64,
    digest: Digest,
}

impl Mark {
    pub(crate) fn of(relay: &Relay, digest: Digest) -> Self {
        Self {
            version: relay.version,
            digest,
        }
    }
}

impl PartialEq for Mark {
    /// Versions decide where a backend counts them, else what would be sent.
    fn eq(&self, other: &Self) -> bool {
        match (self.version, other.version) {
            (0, 0) => self.digest == other.digest,
            (this, other) => this == other,
        }
    }
}

/// What is remembered of a relay whose last look at it did not end well.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hold {
    Failed(Failed),
    /// It could not be looked at, or the backend may not know how that ended. What failed before still waits for its time.
    Unknown {
        until: Instant,
        waiting: Option<Failed>,
    },
    /// zooid as a whole was in trouble. It goes on, whatever its row says of the failure.
    Unserved,
}

/// A state of a row whose sync failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    pub(super) of: Mark,
    pub(super) failures: u32,
    /// When it is tried again; `None` is when the row has changed.
    pub(super) until: Option<Instant>,
    /// An attempt might go well, but there were enough of them.
    pub(super) gave_up: bool,
}

impl Hold {
    pub(super) fn until(&self) -> Option<Instant> {
        match *self {
            Hold::Failed(failed) => failed.until,
            Hold::Unknown { until, .. } => Some(until),
            Hold::Unserved => None,
        }
    }

    pub(super) fn failed(&self) -> Option<Failed> {
        match *self {
            Hold::Failed(failed) => Some(failed),
            Hold::Unknown { waiting, .. } => waiting,
            Hold::Unserved => None,
        }
    }
}

impl Failed {
    pub(super) fn waits(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// Leave to look at a relay and, if its row says so, to sync it.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) relay: Arc<str>,
    /// The activity that last spoke of it.
    pub(crate) activity: Option<Arc<str>>,
    pub(super) hold: Option<Hold>,
    /// Something was said to have happened to it.
    pub(super) changed: bool,
    /// What the row says zooid accepted last is what zooid has.
    pub(super) sure: bool,
    pub(super) lane: Lane,
    pub(super) max_attempts: u32,
}

/// What a ticket's row calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Send,
    /// zooid has it already, and the backend does not know.
    Report,
    /// zooid has it already.
    Nothing,
    /// It failed before and its time has not come.
    Wait {
        failures: u32,
        given_up: bool,
    },
    /// As before.
    KeepWaiting,
    /// It had all its attempts, which the row does not say.
    GiveUp,
}

impl Ticket {
    pub(crate) fn decide(&self, relay: &Relay, mark: &Mark, skip_unchanged: bool, now: Instant) -> Decision {
        // What a row of these says of its last sync is nothing about its deletion.
        let told_nothing_new =
            !self.changed && !relay.deleted && relay.version == 0 && relay.is_synced() && relay.sync_error.is_empty();
        if relay.is_up_to_date() || told_nothing_new {
            return Decision::Nothing;
        }
        if skip_unchanged && !relay.deleted && self.sure && relay.record.accepted == Some(mark.digest) {
            return Decision::Report;
        }
        let (failures, given_up) = (relay.record.failures, relay.record.given_up);
        let wait = match failures >= self.max_attempts && !given_up {
            true => Decision::GiveUp,
            false => Decision::Wait { failures, given_up },
        };
        let failed = self
            .hold
            .as_ref()
            .and_then(Hold::failed)
            .filter(|failed| failed.of == *mark);
        if let Some(failed) = failed {
            // Without versions, a change may make no difference to zooid and still ask for another attempt.
            if self.changed && failed.gave_up && relay.version == 0 {
                return Decision::Send;
            }
            return match failed.until {
                // Another process has tried meanwhile.
                Some(_) if relay.version != 0 && relay.record.failures > failed.failures => wait,
                Some(until) if until <= now => Decision::Send,
                Some(_) | None => Decision::KeepWaiting,
            };
        }
        match self.hold {
            Some(Hold::Failed(_) | Hold::Unserved) => Decision::Send,
            Some(Hold::Unknown { .. }) | None => match relay.sync_error.as_str() {
                _ if relay.record.given_up => wait,
                "" => Decision::Send,
                // Without versions, the change may be newer than the failure.
                _ if self.changed && relay.version == 0 => Decision::Send,
                _ => wait,
            },
        }
    }
}
