use std::{collections::VecDeque, sync::Arc};

/// Of so many relays taken, one is of the backlog while both lanes wait.
const BACKLOG_TURN: u8 = 4;

/// Which way a relay came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Something just happened to it.
    Live,
    /// It was found in the rows, or its retry is due.
    Backlog,
}

/// The relays that are to be looked at, first come first served in two lanes: what just happened overtakes the backlog,
/// and the backlog still moves.
///
/// A relay that changes lanes leaves its old place behind; the place's number tells which one counts.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    live: VecDeque<(u64, Arc<str>)>,
    backlog: VecDeque<(u64, Arc<str>)>,
    last: u64,
    turn: u8,
}

impl Lanes {
    /// Queues a relay; answers the number of its place.
    pub(super) fn push(&mut self, lane: Lane, relay: Arc<str>) -> u64 {
        self.last += 1;
        let number = self.last;
        self.lane(lane).push_back((number, relay));
        number
    }

    /// Puts a relay back to the head of its lane.
    pub(super) fn push_front(&mut self, lane: Lane, relay: Arc<str>) -> u64 {
        self.last += 1;
        let number = self.last;
        self.lane(lane).push_front((number, relay));
        number
    }

    /// Takes the next place; the caller knows whether it still counts.
    pub(super) fn pop(&mut self) -> Option<(u64, Arc<str>)> {
        self.turn = (self.turn + 1) % BACKLOG_TURN;
        let (first, second) = if self.turn == 0 {
            (&mut self.backlog, &mut self.live)
        } else {
            (&mut self.live, &mut self.backlog)
        };
        first.pop_front().or_else(|| second.pop_front())
    }

    pub(super) fn backlog(&self) -> usize {
        self.backlog.len()
    }

    /// The heads of both lanes.
    pub(super) fn heads(&self) -> impl Iterator<Item = &Arc<str>> {
        [self.live.front(), self.backlog.front()]
            .into_iter()
            .flatten()
            .map(|(_, relay)| relay)
    }

    fn lane(&mut self, lane: Lane) -> &mut VecDeque<(u64, Arc<str>)> {
        match lane {
            Lane::Live => &mut self.live,
            Lane::Backlog => &mut self.backlog,
        }
    }
}
