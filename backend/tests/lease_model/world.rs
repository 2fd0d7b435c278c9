use crate::{
    guard::Guard,
    state::{Row, State, Worker, Zooid},
};

/// How often each thing that may go wrong, or may be changed, does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bounds {
    pub changes: u8,
    pub resyncs: u8,
    pub crashes: u8,
    pub pauses: u8,
    /// Requests that are refused, or whose answer is lost.
    pub failures: u8,
    /// Workers that stop, giving up what they do.
    pub stops: u8,
    /// Reports that the database does not take.
    pub stumbles: u8,
    /// Attempts that are dropped in a process that goes on.
    pub drops: u8,
}

pub const NOTHING: Bounds = Bounds {
    changes: 0,
    resyncs: 0,
    crashes: 0,
    pauses: 0,
    failures: 0,
    stops: 0,
    stumbles: 0,
    drops: 0,
};

/// How many failures there may be before a relay is given up.
pub const MOST_FAILURES: u8 = 2;

/// What is explored.
pub struct World {
    pub bounds: Bounds,
    pub relays: usize,
    without: Vec<Guard>,
}

impl World {
    pub fn new(relays: usize, bounds: Bounds) -> Self {
        Self {
            bounds,
            relays,
            without: Vec::new(),
        }
    }

    pub fn without(mut self, guards: &[Guard]) -> Self {
        self.without = guards.to_vec();
        self
    }

    pub fn has(&self, guard: Guard) -> bool {
        !self.without.contains(&guard)
    }

    /// Each relay is either new, or synced. Those that are not explored are synced, and nobody changes them.
    pub fn initial(&self) -> Vec<State> {
        let new = Row {
            version: 1,
            contents: 0b10,
            ..Row::default()
        };
        let synced = Row {
            synced: true,
            synced_version: 1,
            accepted: Some(new.content()),
            ..new
        };
        let with = |rows: [Row; 2]| State {
            rows,
            zooid: rows.map(|row| Zooid {
                content: row.accepted,
                ..Zooid::default()
            }),
            workers: [Worker::default(); 2],
            left: self.bounds,
        };
        match self.relays {
            1 => vec![with([new, synced]), with([synced, synced])],
            _ => vec![with([new, new]), with([new, synced]), with([synced, synced])],
        }
    }
}
