use std::collections::HashMap;

use super::{reservations::Name, revision::Revision};

/// What zooid accepted last for each relay in this process.
///
/// Relays are told apart by a hash. If two have the same one, the later overwrites the earlier, which costs a request: the
/// digest of one relay never equals that of another, since the secret, the schema and the host are part of it.
#[derive(Debug, Default)]
pub(super) struct Held {
    relays: HashMap<u64, Holds>,
    /// Another worker has been met. Where rows have no versions, it can change a relay on zooid without a trace here.
    is_shared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Holds {
    /// The state of the row that zooid has. `None` if that is not certain.
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

    /// From now on it is not known what zooid has, or it has nothing.
    pub(super) fn remove(&mut self, relay: u64) {
        self.relays.remove(&relay);
    }

    pub(super) fn clear(&mut self) {
        self.relays.clear();
    }

    /// Another worker holds the claim of a relay.
    pub(super) fn held_by_other(&mut self, relay: u64) {
        self.remove(relay);
        if !self.is_shared {
            self.is_shared = true;
            let is_counted = |holds: &Holds| holds.accepted.is_some_and(|accepted| accepted.is_counted());
            self.relays.retain(|_, holds| is_counted(holds));
        }
    }
}
