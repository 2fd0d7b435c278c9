//! What a child process is told to do, and what it tells back.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// One measurement, in a process of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Task {
    /// As many requests as go out with so many in flight.
    Load {
        layer: Layer,
        in_flight: usize,
        /// The zooid that takes them.
        zooid: String,
        /// The zooid that checks one of them first.
        checking: String,
        measured: Duration,
    },
    /// The time from an activity to its request when nothing else happens.
    Idle {
        store: Store,
        activities: usize,
        zooid: String,
    },
    /// A start with so many relays pending, which for SQLite are in the file.
    Start {
        store: Store,
        pending: usize,
        zooid: String,
        file: PathBuf,
    },
    /// Makes the SQLite file of a start.
    Fill { pending: usize, file: PathBuf },
    /// Changes so many relays in PostgreSQL.
    FillDatabase { pending: usize },
    /// Is one of the workers on them until all are synced.
    Work { zooid: String },
    /// A NIP-98 header beside a bare signature.
    Signature { measured: Duration },
    /// The queue alone, with so many keys.
    Queue { keys: usize, measured: Duration },
}

/// A way to do the same work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    Limit,
    HandWritten,
    Client,
    LiteralLoop,
    Infra(Store),
}

/// Where the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Store {
    Memory,
    Sqlite,
}

impl Layer {
    pub const ALL: [Layer; 6] = [
        Layer::Limit,
        Layer::HandWritten,
        Layer::Client,
        Layer::LiteralLoop,
        Layer::Infra(Store::Memory),
        Layer::Infra(Store::Sqlite),
    ];
}

impl Store {
    pub const ALL: [Store; 2] = [Store::Memory, Store::Sqlite];
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Limit => f.write_str("1 the limit: hyper and Schnorr"),
            Layer::HandWritten => f.write_str("2 hand-written client"),
            Layer::Client => f.write_str("3 zooid-client"),
            Layer::LiteralLoop => f.write_str("4 hand-written loop, one at a time"),
            Layer::Infra(Store::Memory) => f.write_str("5 Infra in memory"),
            Layer::Infra(Store::Sqlite) => f.write_str("6 Infra on SQLite"),
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Store::Memory => "in memory",
            Store::Sqlite => "on SQLite",
        })
    }
}

/// What a [`Task::Load`] came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load {
    pub per_second: f64,
    pub processor_per_sync: Duration,
    /// From an activity, or where there are none from the call, to the answer.
    pub p50: Duration,
    pub p99: Duration,
    pub peak_memory: u64,
}

/// When each activity of a [`Task::Idle`] happened, in nanoseconds of unix time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Idle {
    pub told: Vec<u64>,
}

/// What a [`Task::Start`] came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// In nanoseconds of unix time.
    pub started: u64,
    pub until_all_synced: Duration,
    pub peak_memory: u64,
}

/// What a [`Task::Work`] came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Worked {
    pub synced: usize,
    /// When the first and the last was, in nanoseconds of unix time.
    pub first: Option<u64>,
    pub last: Option<u64>,
}

/// What a [`Task::Signature`] came to, each of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Signature {
    pub header: Duration,
    pub schnorr: Duration,
}

/// What a [`Task::Queue`] came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Queues {
    pub infra: Cost,
    pub kube: Cost,
    /// Draining, with a limit to its concurrency, where that does not take too long.
    pub kube_with_limit: Option<Duration>,
}

/// What one key costs that is scheduled and taken.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// While all others wait for a retry.
    pub turn: Duration,
    /// When all are scheduled and then all taken.
    pub drain: Duration,
}
