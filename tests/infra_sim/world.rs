//! Everything outside `Infra`: the rows, what zooid has, and the rules that must hold at every step.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contract_tests::rows::activity;
use fastrand::Rng;
use infra_sync::{Activity, Relay, RetryPolicy};
use serde_json::Value;
use tokio::{
    sync::{Notify, broadcast},
    time::{Instant, sleep},
};

use crate::faults::{Faults, RequestFault};

pub const RETRY: RetryPolicy = RetryPolicy {
    base: Duration::from_secs(1),
    cap: Duration::from_secs(30),
    max_attempts: 4,
};

/// Clones share the world.
#[derive(Clone)]
pub struct World(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    notify: broadcast::Sender<Activity>,
    crash: Notify,
}

pub struct State {
    pub random: Rng,
    pub faults: Faults,
    pub concurrency: usize,
    pub rows: BTreeMap<String, Row>,
    pub zooid: BTreeMap<String, Value>,
    /// The relays that were given each host and each schema. Some no longer have it.
    pub names: BTreeMap<String, BTreeSet<String>>,
    /// The requests under way that set each host and each schema.
    pub names_in_flight: BTreeMap<String, BTreeSet<String>>,
    /// The key each relay was first seen with.
    pub keys: BTreeMap<String, String>,
    /// What zooid's disk had, and nobody has sent since.
    pub lost: BTreeSet<String>,
    /// Relays that were reported as deleted, until a new row has their id.
    pub gone: BTreeSet<String>,
    pub in_flight: BTreeMap<String, usize>,
    /// How a relay's next request goes wrong, beyond chance.
    pub order: Option<Order>,
    /// What zooid takes for a request, instead of a fraction of a second.
    pub latency: Option<Duration>,
    pub down: bool,
    pub key_refused: bool,
    /// When a relay was last changed or deleted, which may have made a host free.
    pub freed_at: Instant,
    /// No request may begin before this.
    pub retry_after: Option<Instant>,
    /// Which life of `Infra` this is.
    pub life: u32,
    /// So many await points are left to it.
    pub crash_in: Option<u32>,
    pub requests: u64,
    pub heartbeats: u64,
    /// Pages of rows that were read.
    pub pages: u64,
    /// What the backend was told of zooid.
    pub unavailable: Option<String>,
    /// The backend stores no result, and lists every row in each scan.
    pub keeps_nothing: bool,
    /// What a request may have been sent for.
    pub causes: u64,
    pub largest_in_flight: usize,
    pub broken: Vec<String>,
    trace: Vec<String>,
    begun: Instant,
}

/// Told of a relay's request, and answers how it goes wrong.
pub type Order = Box<dyn FnMut(&str) -> Option<RequestFault> + Send>;

pub struct Row {
    pub relay: Relay,
    /// What was promised when it last failed.
    pub gate: Option<Gate>,
}

/// No request for this version before its time.
#[derive(Clone, Copy)]
pub struct Gate {
    pub version: i64,
    pub life: u32,
    /// `None` is never.
    pub until: Option<Instant>,
    /// The earliest that a restart may make of it.
    pub floor: Instant,
    /// When it was promised.
    pub since: Instant,
}

impl World {
    pub fn new(seed: u64, faults: Faults, concurrency: usize, capacity: usize) -> Self {
        let state = State {
            random: Rng::with_seed(seed),
            faults,
            concurrency,
            rows: BTreeMap::new(),
            zooid: BTreeMap::new(),
            names: BTreeMap::new(),
            names_in_flight: BTreeMap::new(),
            keys: BTreeMap::new(),
            lost: BTreeSet::new(),
            gone: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            order: None,
            latency: None,
            down: false,
            key_refused: false,
            freed_at: Instant::now(),
            retry_after: None,
            life: 0,
            crash_in: None,
            requests: 0,
            heartbeats: 0,
            pages: 0,
            unavailable: None,
            keeps_nothing: false,
            causes: 0,
            largest_in_flight: 0,
            broken: Vec::new(),
            trace: Vec::new(),
            begun: Instant::now(),
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            notify: broadcast::Sender::new(capacity),
            crash: Notify::new(),
        }))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.0.notify
    }

    /// Waits until this life is to end.
    pub async fn crashed(&self) {
        self.0.crash.notified().await;
    }

    /// An await point: here time may pass, and here the process may die.
    pub async fn point(&self, what: &str) {
        let pause = {
            let mut state = self.state();
            let slow = state.faults.slow;
            state.crash_in = state.crash_in.map(|left| left.saturating_sub(1));
            if state.crash_in == Some(0) {
                state.crash_in = None;
                state.tell(format_args!("crash at {what}"));
                self.0.crash.notify_one();
                None
            } else if state.chance(slow) {
                Some(Duration::from_millis(state.random.u64(0..500)))
            } else {
                Some(Duration::ZERO)
            }
        };
        match pause {
            Some(Duration::ZERO) => {}
            Some(pause) => sleep(pause).await,
            None => pending().await,
        }
    }

    /// Tells of a relay, as well as notifications can.
    pub fn tell(&self, activity_type: &str, id: &str) {
        let (lost, doubled, late) = {
            let mut state = self.state();
            let faults = state.faults;
            let (lost, doubled) = (state.chance(faults.lost), state.chance(faults.doubled));
            let late = state
                .chance(faults.late)
                .then(|| Duration::from_millis(state.random.u64(0..90_000)));
            state.causes += 1 + u64::from(doubled);
            (lost, doubled, late)
        };
        let notify = self.0.notify.clone();
        let activity = activity(activity_type, id);
        if lost {
            return;
        }
        for _ in 0..=usize::from(doubled) {
            match late {
                // Nobody may be listening.
                None => drop(notify.send(activity.clone())),
                Some(delay) => {
                    let (notify, activity) = (notify.clone(), activity.clone());
                    tokio::spawn(async move {
                        sleep(delay).await;
                        let _ = notify.send(activity);
                    });
                }
            }
        }
    }
}

impl State {
    pub fn chance(&mut self, of_a_hundred: u8) -> bool {
        of_a_hundred > 0 && self.random.u8(0..100) < of_a_hundred
    }

    pub fn tell(&mut self, what: std::fmt::Arguments<'_>) {
        let at = Instant::now() - self.begun;
        self.trace.push(format!("{:>9.3} {what}", at.as_secs_f64()));
    }

    pub fn trace(&self) -> &[String] {
        &self.trace
    }

    /// Notes a rule that was broken.
    pub fn broke(&mut self, rule: String) {
        self.tell(format_args!("BROKEN: {rule}"));
        self.broken.push(rule);
    }

    /// What keeps zooid from equalling the rows.
    pub fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        for id in self.gone.iter().filter(|id| self.zooid.contains_key(*id)) {
            found.push(format!("{id} is back"));
        }
        for (id, row) in &self.rows {
            if row.relay.deleted {
                found.push(format!("{id} is not deleted"));
                continue;
            }
            match self.zooid.get(id) {
                None => found.push(format!("{id} is missing")),
                Some(held) if !holds(held, &row.relay) => {
                    found.push(format!(
                        "{id} is {} instead of {}",
                        held["info"]["name"], row.relay.info_name
                    ));
                }
                Some(_) => {}
            }
            if !row.relay.is_synced() || !row.relay.sync_error.is_empty() {
                found.push(format!("{id} is not known to be synced: {:?}", row.relay.sync_error));
            }
        }
        found
    }
}

/// Whether zooid's configuration is that of the row, by what the stories change.
pub fn holds(held: &Value, relay: &Relay) -> bool {
    let inactive = relay.status != infra_sync::RelayStatus::Active;
    held["info"]["name"] == relay.info_name.as_str()
        && held["inactive"] == inactive
        && held["host"] == relay.host().as_str()
}
