//! A complete backend in memory: `cargo run -p infra-sync --example in_memory_backend`.
//!
//! The program creates, changes and deletes a relay on an emulated zooid, prints each activity, and exits. The
//! emulated zooid refuses one request, to show a retry.

use std::{collections::BTreeMap, convert::Infallible, error::Error, sync::Arc, time::Duration};

use infra_sync::{
    Activity, ActivityType, Command, Config, Digest, Infra, Query, Relay, SyncFailure, SyncRecord,
    zooid_client::{
        Keys,
        emulator::{Emulator, Fault},
    },
};
use tokio::{
    sync::{Mutex, broadcast, oneshot},
    time::sleep,
};

/// The rows, and the channel on which their changes are announced. Clones share both.
#[derive(Clone)]
struct Backend {
    rows: Arc<Mutex<BTreeMap<String, Relay>>>,
    notify: broadcast::Sender<Activity>,
}

impl Backend {
    /// Creates or changes a row, and then announces it.
    async fn change(&self, id: &str, activity_type: ActivityType, change: impl FnOnce(&mut Relay)) {
        let mut rows = self.rows.lock().await;
        let row = rows.entry(id.to_owned()).or_default();
        id.clone_into(&mut row.id);
        change(row);
        row.version += 1;
        self.announce(row, activity_type);
    }

    fn announce(&self, row: &Relay, activity_type: ActivityType) {
        // Fails only if there is no receiver. `Infra` scans the rows when it starts and finds the change.
        let _ = self.notify.send(Activity {
            id: format!("{}-{}", row.id, row.version),
            tenant_pubkey: row.tenant_pubkey.clone(),
            created_at: 0,
            activity_type,
            resource_type: "relay".to_owned(),
            resource_id: row.id.clone(),
        });
    }
}

impl Query for Backend {
    type Error = Infallible;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, Infallible> {
        Ok(self.rows.lock().await.get(id).cloned())
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, Infallible> {
        let rows = self.rows.lock().await;
        let pending = rows.values().filter(|row| !row.is_up_to_date());
        let page = pending.filter(|row| after.is_none_or(|after| row.id.as_str() > after));
        Ok(page.take(limit).cloned().collect())
    }
}

impl Command for Backend {
    type Error = Infallible;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.notify
    }

    async fn complete_relay_sync(&self, sent: &Relay, accepted: &Digest) -> Result<(), Infallible> {
        let mut rows = self.rows.lock().await;
        // A row that has changed in the meantime is synced again.
        if let Some(row) = rows.get_mut(&sent.id).filter(|row| row.version == sent.version) {
            row.synced = 1;
            row.sync_error.clear();
            row.record = SyncRecord {
                version: sent.version,
                accepted: Some(*accepted),
                ..SyncRecord::default()
            };
            if sent.deleted {
                rows.remove(&sent.id);
            }
        }
        self.announce(sent, ActivityType::CompleteRelaySync);
        Ok(())
    }

    async fn fail_relay_sync(&self, sent: &Relay, failure: &SyncFailure) -> Result<(), Infallible> {
        let delay = failure.retry_in.map(|delay| format!("; retry in {delay:.0?}"));
        println!("  {}{}", failure.message, delay.unwrap_or_default());
        let mut rows = self.rows.lock().await;
        if let Some(row) = rows.get_mut(&sent.id).filter(|row| row.version == sent.version) {
            row.sync_error.clone_from(&failure.message);
            row.record.failures = failure.failures;
            row.record.given_up = failure.kind.is_last();
            row.record.accepted = None;
        }
        self.announce(sent, ActivityType::FailRelaySync);
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let zooid = Emulator::start().await;
    let mut config = Config::new(zooid.url().parse()?, zooid.keys().clone());
    config.retry.base = Duration::from_millis(100);

    let backend = Backend {
        rows: Arc::default(),
        notify: broadcast::Sender::new(1024),
    };
    let mut activities = backend.notify.subscribe();
    let infra = Infra::with_config(backend.clone(), backend.clone(), config)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(infra.start_until(async { drop(stopped.await) }, Duration::from_secs(1)));

    let created = |row: &mut Relay| {
        row.tenant_pubkey = Keys::generate().public_key().to_hex();
        row.secret = Some(Keys::generate().secret_key().to_secret_hex().into());
        row.schema = "alice".to_owned();
        row.subdomain = "alice".to_owned();
        row.zooid_domain = "relays.example".to_owned();
        row.info_name = "Alice's relay".to_owned();
    };
    backend.change("alice", ActivityType::CreateRelay, created).await;
    until_synced(&mut activities).await?;

    zooid.inject(Fault::status(503));
    let renamed = |row: &mut Relay| row.info_name = "Alice & friends".to_owned();
    backend.change("alice", ActivityType::UpdateRelay, renamed).await;
    until_synced(&mut activities).await?;
    let config = zooid.config("alice").unwrap_or_default();
    println!("  zooid has the name {}", config["info"]["name"]);

    let deleted = |row: &mut Relay| row.deleted = true;
    backend.change("alice", ActivityType::DeleteRelay, deleted).await;
    println!("{} alice", activities.recv().await?.activity_type.as_str());
    // zooid deletes the relay now. The row is kept until no earlier request can bring the relay back, SETTLE_TIME after the
    // start; this program does not wait for that.
    while !zooid.relay_ids().is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    println!("  zooid has no relay");

    drop(stop);
    running.await?;
    Ok(())
}

async fn until_synced(activities: &mut broadcast::Receiver<Activity>) -> Result<(), broadcast::error::RecvError> {
    loop {
        let activity = activities.recv().await?;
        println!("{} {}", activity.activity_type.as_str(), activity.resource_id);
        if activity.activity_type == ActivityType::CompleteRelaySync {
            return Ok(());
        }
    }
}
