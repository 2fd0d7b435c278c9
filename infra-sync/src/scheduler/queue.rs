use std::collections::BTreeMap;

use super::memory::Position;

/// Every n-th relay is taken from the backlog even if live relays are ready.
const BACKLOG_TURN: u8 = 4;

/// The priority of a ready relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Priority {
    /// An activity of the relay was received.
    Live,
    /// A scan found the relay, or its retry is due.
    Backlog,
}

/// The position of a relay in its queue. The smallest is taken first.
pub(super) type Place = i64;

/// Two FIFO queues of ready relays, by index. Live relays are taken before the backlog, but the backlog gets a guaranteed
/// share.
#[derive(Debug, Default)]
pub(super) struct ReadyQueue {
    live: BTreeMap<Place, usize>,
    backlog: BTreeMap<Place, usize>,
    first: Place,
    last: Place,
    turn: u8,
}

impl ReadyQueue {
    /// Adds a relay and returns its place.
    pub(super) fn push(&mut self, priority: Priority, position: Position, relay: usize) -> Place {
        let place = match position {
            Position::Back => {
                self.last += 1;
                self.last
            }
            Position::Front => {
                self.first -= 1;
                self.first
            }
        };
        self.of(priority).insert(place, relay);
        place
    }

    pub(super) fn remove(&mut self, priority: Priority, place: Place) {
        let removed = self.of(priority).remove(&place);
        debug_assert!(removed.is_some(), "no relay has this place");
    }

    /// Takes the next relay.
    pub(super) fn pop(&mut self) -> Option<(Priority, usize)> {
        self.turn = (self.turn + 1) % BACKLOG_TURN;
        let order = match self.turn {
            0 => [Priority::Backlog, Priority::Live],
            _ => [Priority::Live, Priority::Backlog],
        };
        let mut taken = order.into_iter().filter_map(|priority| {
            let (_, relay) = self.of(priority).pop_first()?;
            Some((priority, relay))
        });
        taken.next()
    }

    pub(super) fn len(&self) -> usize {
        self.live.len() + self.backlog.len()
    }

    pub(super) fn backlog(&self) -> usize {
        self.backlog.len()
    }

    /// Returns the next relay of each priority.
    pub(super) fn heads(&self) -> impl Iterator<Item = usize> {
        [&self.live, &self.backlog]
            .into_iter()
            .filter_map(|queue| queue.first_key_value().map(|(_, relay)| *relay))
    }

    #[cfg(test)]
    pub(super) fn contains(&self, priority: Priority, place: Place, relay: usize) -> bool {
        let queue = match priority {
            Priority::Live => &self.live,
            Priority::Backlog => &self.backlog,
        };
        queue.get(&place) == Some(&relay)
    }

    fn of(&mut self, priority: Priority) -> &mut BTreeMap<Place, usize> {
        match priority {
            Priority::Live => &mut self.live,
            Priority::Backlog => &mut self.backlog,
        }
    }
}
