use std::{collections::HashMap, sync::Arc};

use tokio::time::Instant;

use super::reservations::Name;

/// The relays whose last request failed because another relay has their host or schema.
#[derive(Debug, Default)]
pub(super) struct Conflicts {
    by_relay: HashMap<Arc<str>, Conflict>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Conflict {
    /// The host and the schema of the row.
    pub(super) wants: [Name; 2],
    /// The host that zooid has for the relay, if that is known.
    pub(super) holds: Option<Name>,
    /// When the request failed.
    pub(super) at: Instant,
}

impl Conflicts {
    pub(super) fn insert(&mut self, relay: Arc<str>, conflict: Conflict) {
        self.by_relay.insert(relay, conflict);
    }

    pub(super) fn remove(&mut self, relay: &str) {
        self.by_relay.remove(relay);
    }

    pub(super) fn get(&self, relay: &str) -> Option<&Conflict> {
        self.by_relay.get(relay)
    }

    /// The relays that want one of these names, or any, and when they failed.
    pub(super) fn wanting(&self, names: Option<&[Name]>) -> Vec<(Arc<str>, Instant)> {
        let wants = |conflict: &Conflict| match names {
            Some(names) => names.iter().any(|name| conflict.wants.contains(name)),
            None => true,
        };
        let wanting = self.by_relay.iter().filter(|(_, conflict)| wants(conflict));
        let mut wanting: Vec<_> = wanting
            .map(|(relay, conflict)| (Arc::clone(relay), conflict.at))
            .collect();
        wanting.sort();
        wanting
    }

    /// Whether this relay wants what a relay in conflict holds, which wants what the next one holds, and so on until one wants
    /// what this relay holds. None of them can succeed by itself.
    pub(super) fn is_in_cycle(&self, relay: &str) -> bool {
        let mut at = relay;
        for _ in 0..self.by_relay.len() {
            let Some(conflict) = self.by_relay.get(at) else {
                return false;
            };
            let is_next = |(other, held): &(&Arc<str>, &Conflict)| {
                &***other != at && held.holds.is_some_and(|holds| conflict.wants.contains(&holds))
            };
            match self.by_relay.iter().find(is_next) {
                Some((next, _)) if **next == *relay => return true,
                Some((next, _)) => at = next,
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relays that want and hold these hosts, 0 being unknown.
    fn conflicts(hosts: &[(&str, Name, Name)]) -> Conflicts {
        let mut conflicts = Conflicts::default();
        for (relay, wants, holds) in hosts {
            let conflict = Conflict {
                wants: [*wants, 1_000],
                holds: Some(*holds).filter(|holds| *holds > 0),
                at: Instant::now(),
            };
            conflicts.insert((*relay).into(), conflict);
        }
        conflicts
    }

    #[test]
    fn a_swap_and_a_longer_cycle_are_found_by_each_of_their_relays() {
        let swap = conflicts(&[("a", 1, 2), ("b", 2, 1), ("c", 1, 5)]);
        assert!(swap.is_in_cycle("a") && swap.is_in_cycle("b"));
        assert!(!swap.is_in_cycle("c"), "it waits for the swap");
        let cycle = conflicts(&[("a", 1, 4), ("b", 2, 1), ("c", 3, 2), ("d", 4, 3)]);
        assert!(["a", "b", "c", "d"].iter().all(|relay| cycle.is_in_cycle(relay)));
    }

    #[test]
    fn nothing_else_is_a_cycle() {
        let chain = conflicts(&[("a", 1, 2), ("b", 2, 3), ("c", 3, 4)]);
        assert!(!["a", "b", "c"].iter().any(|relay| chain.is_in_cycle(relay)));
        let unknown = conflicts(&[("a", 1, 0), ("b", 2, 1)]);
        assert!(!["a", "b"].iter().any(|relay| unknown.is_in_cycle(relay)));
        let itself = conflicts(&[("a", 1, 1)]);
        assert!(!itself.is_in_cycle("a"));
    }
}
