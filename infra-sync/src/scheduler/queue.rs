use std::collections::BTreeMap;

use super::memory::Position;

/// One in so many relays is taken from the backlog while live relays wait too.
const BACKLOG_TURN: u8 = 4;

/// Which relays go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Priority {
    /// Something just happened to it.
    Live,
    /// It was found in a scan, or its retry is due.
    Backlog,
}

/// A relay's place in its queue. Smaller places are taken first.
pub(super) type Place = i64;

/// The relays that are ready, by their index: first come, first served, in two priorities. Live relays overtake the backlog, and
/// the backlog still moves.
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

    /// The next relay of each priority.
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
