use std::{collections::HashMap, sync::Arc};

use tokio::time::Instant;

use super::reservations::Name;

/// The relays whose last request failed because another relay has the host or the schema.
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

    /// Returns the relays that want one of these names (any name if `None`), and when their requests failed.
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

    /// Returns whether this relay is in a cycle: it wants the host of another relay in conflict, which wants the host of the
    /// next, and so on back to this relay. No relay of a cycle can succeed before another gives up its host.
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

    /// Relays as (id, wanted host, held host). 0 is an unknown host.
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
    fn every_relay_of_a_swap_or_of_a_longer_cycle_is_in_the_cycle() {
        let swap = conflicts(&[("a", 1, 2), ("b", 2, 1), ("c", 1, 5)]);
        assert!(swap.is_in_cycle("a") && swap.is_in_cycle("b"));
        assert!(!swap.is_in_cycle("c"), "c waits for the swap and is not part of it");
        let cycle = conflicts(&[("a", 1, 4), ("b", 2, 1), ("c", 3, 2), ("d", 4, 3)]);
        assert!(["a", "b", "c", "d"].iter().all(|relay| cycle.is_in_cycle(relay)));
    }

    #[test]
    fn a_chain_an_unknown_host_and_a_relay_alone_are_not_cycles() {
        let chain = conflicts(&[("a", 1, 2), ("b", 2, 3), ("c", 3, 4)]);
        assert!(!["a", "b", "c"].iter().any(|relay| chain.is_in_cycle(relay)));
        let unknown = conflicts(&[("a", 1, 0), ("b", 2, 1)]);
        assert!(!["a", "b"].iter().any(|relay| unknown.is_in_cycle(relay)));
        let itself = conflicts(&[("a", 1, 1)]);
        assert!(!itself.is_in_cycle("a"));
    }
}
