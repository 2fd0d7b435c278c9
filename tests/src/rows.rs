//! An in-memory backend that records its calls.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use infra_sync::{Activity, ActivityType, Command, Digest, Query, Relay, SyncFailure, SyncRecord};
use tokio::{
    sync::{broadcast, mpsc},
    time::Instant,
};

use crate::relay::{PUBKEY, SECRET};

/// The backend. Clones share its rows.
#[derive(Clone)]
pub struct Rows(Arc<Backend>);

/// Receives the calls in order, with their time.
pub type Calls = mpsc::UnboundedReceiver<(Instant, Call)>;

/// A call of the backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// A row was read.
    Read(String),
    /// A successful sync was reported.
    Completed(String),
    /// A failed sync was reported with this message.
    Failed(String, String),
}

/// An injected error.
#[derive(Debug)]
pub struct Unavailable;

struct Backend {
    state: Mutex<State>,
    notify: broadcast::Sender<Activity>,
    calls: mpsc::UnboundedSender<(Instant, Call)>,
}

#[derive(Default)]
struct State {
    relays: BTreeMap<String, Relay>,
    reads_to_fail: usize,
    lists_to_fail: usize,
    reports_to_fail: usize,
    released: Vec<Relay>,
}

impl Rows {
    /// Returns an empty backend whose notify channel holds `capacity` activities, and the receiver of its calls.
    pub fn with_capacity(capacity: usize) -> (Self, Calls) {
        let (calls, receiver) = mpsc::unbounded_channel();
        let backend = Backend {
            state: Mutex::default(),
            notify: broadcast::Sender::new(capacity),
            calls,
        };
        (Self(Arc::new(backend)), receiver)
    }

    /// Stores a row without sending an activity.
    pub fn put(&self, relay: Relay) {
        self.state().relays.insert(relay.id.clone(), relay);
    }

    /// Sets the number of consecutive failures of a relay.
    pub fn set_failures(&self, id: &str, failures: u32) {
        if let Some(relay) = self.state().relays.get_mut(id) {
            relay.record.failures = failures;
        }
    }

    /// Returns the current row.
    pub fn relay(&self, id: &str) -> Option<Relay> {
        self.state().relays.get(id).cloned()
    }

    /// Sends an activity of a relay.
    pub fn tell(&self, activity_type: &str, id: &str) {
        // An error means that there is no receiver.
        let _ = self.0.notify.send(activity(activity_type, id));
    }

    /// Makes the next `n` reads of a row fail.
    pub fn fail_reads(&self, n: usize) {
        self.state().reads_to_fail = n;
    }

    /// Makes the next `n` lists of rows fail.
    pub fn fail_lists(&self, n: usize) {
        self.state().lists_to_fail = n;
    }

    /// Makes the next `n` reports fail.
    pub fn fail_reports(&self, n: usize) {
        self.state().reports_to_fail = n;
    }

    /// The rows of the claims that were released without a report.
    pub fn released(&self) -> Vec<Relay> {
        self.state().released.clone()
    }

    /// Returns the number of receivers of the notify channel.
    pub fn listeners(&self) -> usize {
        self.0.notify.receiver_count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn note(&self, call: Call) {
        // An error means that the test has dropped the receiver.
        let _ = self.0.calls.send((Instant::now(), call));
    }

    fn report(&self, sent: &Relay, change: impl FnOnce(&mut Relay)) -> Result<(), Unavailable> {
        let mut state = self.state();
        fail_if_told(&mut state.reports_to_fail)?;
        if let Some(relay) = state.relays.get_mut(&sent.id)
            && relay.version <= sent.version
        {
            change(relay);
        }
        Ok(())
    }
}

fn fail_if_told(remaining: &mut usize) -> Result<(), Unavailable> {
    match remaining.checked_sub(1) {
        Some(fewer) => {
            *remaining = fewer;
            Err(Unavailable)
        }
        None => Ok(()),
    }
}

impl Query for Rows {
    type Error = Unavailable;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, Unavailable> {
        self.note(Call::Read(id.to_owned()));
        fail_if_told(&mut self.state().reads_to_fail)?;
        Ok(self.relay(id))
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, Unavailable> {
        let mut state = self.state();
        fail_if_told(&mut state.lists_to_fail)?;
        let relays = state.relays.values();
        Ok(relays
            .filter(|relay| !relay.is_synced() || !relay.sync_error.is_empty())
            .filter(|relay| after.is_none_or(|after| relay.id.as_str() > after))
            .take(limit)
            .cloned()
            .collect())
    }
}

impl Command for Rows {
    type Error = Unavailable;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.0.notify
    }

    async fn complete_relay_sync(&self, relay: &Relay, accepted: &Digest) -> Result<(), Unavailable> {
        self.note(Call::Completed(relay.id.clone()));
        self.report(relay, |relay| {
            relay.synced = 1;
            relay.sync_error.clear();
            relay.record = SyncRecord {
                version: relay.version,
                accepted: Some(*accepted),
                ..SyncRecord::default()
            };
        })?;
        self.tell("complete_relay_sync", &relay.id);
        Ok(())
    }

    async fn fail_relay_sync(&self, relay: &Relay, failure: &SyncFailure) -> Result<(), Unavailable> {
        self.note(Call::Failed(relay.id.clone(), failure.message.clone()));
        self.report(relay, |relay| {
            relay.sync_error.clone_from(&failure.message);
            relay.record.failures = failure.failures;
            relay.record.given_up = failure.kind.is_last();
            relay.record.accepted = None;
        })?;
        self.tell("fail_relay_sync", &relay.id);
        Ok(())
    }

    async fn release_claim(&self, relay: &Relay) -> Result<(), Unavailable> {
        self.state().released.push(relay.clone());
        Ok(())
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the backend is not available")
    }
}

impl std::error::Error for Unavailable {}

/// Returns an activity of a relay.
pub fn activity(activity_type: &str, id: &str) -> Activity {
    Activity {
        id: format!("{activity_type}-{id}"),
        tenant_pubkey: PUBKEY.to_owned(),
        created_at: 1_700_000_000,
        activity_type: ActivityType::from(activity_type.to_owned()),
        resource_type: "relay".to_owned(),
        resource_id: id.to_owned(),
    }
}

/// Returns a valid row.
pub fn row(id: &str) -> Relay {
    Relay {
        id: id.to_owned(),
        tenant_pubkey: PUBKEY.to_owned(),
        schema: id.replace('-', "_"),
        secret: Some(SECRET.into()),
        subdomain: id.to_owned(),
        zooid_domain: "relays.example".to_owned(),
        ..Relay::default()
    }
}
