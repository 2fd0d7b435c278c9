//! What was measured, round by round.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{
    emulator::Seen,
    percentile::median,
    task::{Layer, Load, Queues, Signature, Store},
};

/// How soon the emulated zooid answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    AtOnce,
    Slow,
}

impl Speed {
    pub const ALL: [Speed; 2] = [Speed::AtOnce, Speed::Slow];
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Speed::AtOnce => "zooid answers at once",
            Speed::Slow => "zooid takes 20 ms",
        })
    }
}

/// A load in one round: the client's side and zooid's.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub load: Load,
    pub seen: Seen,
}

/// A start in one round.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    /// `None` where no relay was pending.
    pub first_request: Option<Duration>,
    pub until_all_synced: Duration,
    pub peak_memory: u64,
}

#[derive(Debug, Default)]
pub struct Results {
    pub loads: BTreeMap<(Speed, usize, Layer), Vec<Loaded>>,
    pub signatures: Vec<Signature>,
    /// From each activity to its request.
    pub idle: BTreeMap<Store, Vec<Duration>>,
    pub starts: BTreeMap<(Store, usize), Vec<Started>>,
    /// Requests a second by the number of workers.
    pub workers: BTreeMap<usize, Vec<f64>>,
    /// By the number of keys.
    pub queues: BTreeMap<usize, Vec<Queues>>,
}

impl Results {
    /// One layer's requests a second by another's, which may have another number in flight.
    pub fn ratio(&self, speed: Speed, (layer, in_flight): (Layer, usize), (other, others): (Layer, usize)) -> f64 {
        let (Some(upper), Some(lower)) = (
            self.loads.get(&(speed, in_flight, layer)),
            self.loads.get(&(speed, others, other)),
        ) else {
            return f64::NAN;
        };
        // Round by round, so that what slowed the machine for a while slowed both.
        let ratios = upper
            .iter()
            .zip(lower)
            .map(|(upper, lower)| upper.load.per_second / lower.load.per_second);
        median(ratios.collect())
    }

    /// The median of something of a load.
    pub fn of_load<T: PartialOrd + Copy + Default>(loads: &[Loaded], value: impl Fn(&Loaded) -> T) -> T {
        median(loads.iter().map(value).collect())
    }

    /// The median of something of a start.
    pub fn of_start<T: PartialOrd + Copy + Default>(
        &self,
        store: Store,
        pending: usize,
        value: impl Fn(&Started) -> T,
    ) -> T {
        let starts = self
            .starts
            .get(&(store, pending))
            .map(Vec::as_slice)
            .unwrap_or_default();
        median(starts.iter().map(value).collect())
    }

    /// The median of something of the queue with so many keys.
    pub fn of_queue<T: PartialOrd + Copy + Default>(&self, keys: usize, value: impl Fn(&Queues) -> T) -> T {
        let queues = self.queues.get(&keys).map(Vec::as_slice).unwrap_or_default();
        median(queues.iter().map(value).collect())
    }
}
