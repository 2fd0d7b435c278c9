use std::collections::HashMap;

use super::revision::Revision;

/// What zooid accepted last for each relay in this process, for backends that do not keep it.
///
/// Relays are told apart by a hash. If two have the same one, the later overwrites the earlier, which costs a request: the
/// digest of one relay never equals that of another, since the secret, the schema and the host are part of it.
#[derive(Debug, Default)]
pub(super) struct Held {
    relays: HashMap<u64, Revision>,
    /// Another worker has been met. Where rows have no versions, it can change a relay on zooid without a trace here.
    is_shared: bool,
}

impl Held {
    pub(super) fn get(&self, relay: u64) -> Option<Revision> {
        self.relays.get(&relay).copied()
    }

    pub(super) fn insert(&mut self, relay: u64, accepted: Revision) {
        if accepted.is_counted() || !self.is_shared {
            self.relays.insert(relay, accepted);
        }
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
            self.relays.retain(|_, accepted| accepted.is_counted());
        }
    }
}
