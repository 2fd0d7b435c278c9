use std::collections::HashMap;

use super::{reservations::Name, revision::Revision};

/// The last state that zooid accepted from this process, for each relay.
///
/// The key is a hash of the relay's id. On a hash collision, the later entry overwrites the earlier one, which costs one extra
/// request. An entry is never used for the wrong relay, because the digests of two relays always differ: they include the
/// secret, the schema and the host.
#[derive(Debug, Default)]
pub(super) struct Held {
    relays: HashMap<u64, Holds>,
    /// Whether another worker was observed. If rows have no versions, another worker can change a relay on zooid unnoticed.
    is_shared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Holds {
    /// The state of the row that zooid matches; `None` if not certain.
    pub(super) accepted: Option<Revision>,
    pub(super) host: Name,
}

impl Held {
    pub(super) fn get(&self, relay: u64) -> Option<Holds> {
        self.relays.get(&relay).copied()
    }

    pub(super) fn insert(&mut self, relay: u64, holds: Holds) {
        let is_trusted = |accepted: &Revision| accepted.is_counted() || !self.is_shared;
        let accepted = holds.accepted.filter(is_trusted);
        self.relays.insert(relay, Holds { accepted, ..holds });
    }

    /// Removes the entry of a relay whose state on zooid is unknown, or that zooid does not have.
    pub(super) fn remove(&mut self, relay: u64) {
        self.relays.remove(&relay);
    }

    pub(super) fn clear(&mut self) {
        self.relays.clear();
    }

    /// Records that another worker holds the claim of a relay.
    pub(super) fn held_by_other(&mut self, relay: u64) {
        self.remove(relay);
        if !self.is_shared {
            self.is_shared = true;
            let is_counted = |holds: &Holds| holds.accepted.is_some_and(|accepted| accepted.is_counted());
            self.relays.retain(|_, holds| is_counted(holds));
        }
    }
}
