use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zooid_client::{BuildError, Client};

use crate::{
    Activity, BlossomS3Sync, Command, Config, Query, Relay, SyncError, Zooid, error::error_chain, heartbeat::Heartbeat,
    process::Mode, request::NotSent, scheduler::Scheduler, zooid_config::Shared,
};

/// Listens for the backend's activity and makes a remote zooid match its rows.
///
/// An activity only says *which* relay to look at; what is sent is always its newest row:
///
/// ```text
///  command.notify ──► handle_activity ─┐
///                                      ▼
///  query.list_relays_to_sync ──► scheduler ──► query.claim_relay ──► sync_relay ──► zooid
///                                      ▲                                 │
///                                      │                                 ▼
///                                      └── command.complete_relay_sync, fail_relay_sync
/// ```
///
/// [`sync_and_report`](Infra::sync_and_report) takes the same path for one relay.
#[derive(Debug)]
pub struct Infra<Q, C, Z = Client> {
    api_url: String,
    blossom_s3: Option<BlossomS3Sync>,
    pub(crate) query: Q,
    pub(crate) command: C,
    pub(crate) shared: Shared,
    pub(crate) skip_unchanged: bool,
    pub(crate) zooid: Z,
    scheduler: Mutex<Scheduler>,
    /// Requests in flight are abandoned.
    pub(crate) abandon: CancellationToken,
    /// Nothing new begins.
    pub(crate) stopping: CancellationToken,
    /// Locked while a heartbeat is in flight.
    pub(crate) last_heartbeat: tokio::sync::Mutex<Option<Heartbeat>>,
}

impl<Q: Query, C: Command> Infra<Q, C> {
    /// Reads the environment, as [`Config::from_env`] does.
    ///
    /// # Panics
    ///
    /// With a message that lists every missing or malformed variable, or says why HTTPS cannot be set up. Use
    /// [`Config::from_env`] and [`Infra::with_config`] to get these as errors.
    pub fn new(query: Q, command: C) -> Self {
        let config = Config::from_env().unwrap_or_else(|error| panic!("{error}"));
        Self::with_config(query, command, config).unwrap_or_else(|error| panic!("{}", error_chain(&error)))
    }

    /// Takes a configuration made by hand or read from the environment.
    ///
    /// # Errors
    ///
    /// [`BuildError::Http`] when this machine has no usable certificate store.
    pub fn with_config(query: Q, command: C, config: Config) -> Result<Self, BuildError> {
        let zooid = Client::builder(config.api_url.as_str(), config.keys.clone()).build()?;
        Ok(Self::with_client(query, command, config, zooid))
    }

    /// Takes a configuration, and a client of your own with which to reach the zooid it names.
    pub fn with_client(query: Q, command: C, config: Config, zooid: Client) -> Self {
        let url = zooid.url().to_owned();
        Self::assemble(query, command, config, zooid, url)
    }
}

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Takes a configuration, and whatever stands for the zooid it names.
    pub fn with_zooid(query: Q, command: C, config: Config, zooid: Z) -> Self {
        let url = config.api_url.as_str().to_owned();
        Self::assemble(query, command, config, zooid, url)
    }

    fn assemble(query: Q, command: C, config: Config, zooid: Z, api_url: String) -> Self {
        let random = config.seed.map_or_else(Rng::new, Rng::with_seed);
        Self {
            api_url,
            blossom_s3: config.blossom_s3.clone(),
            query,
            command,
            shared: Shared {
                blossom_s3: config.blossom_s3,
                livekit: config.livekit,
                api_host: config.api_url.host(),
            },
            skip_unchanged: config.skip_unchanged,
            zooid,
            scheduler: Mutex::new(Scheduler::new(
                config.retry,
                config.concurrency,
                config.rescan,
                random,
                Instant::now(),
            )),
            abandon: CancellationToken::new(),
            stopping: CancellationToken::new(),
            last_heartbeat: tokio::sync::Mutex::default(),
        }
    }

    /// The url of the zooid that is managed.
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// The S3 settings of relays with blossom.
    pub fn blossom_s3(&self) -> Option<&BlossomS3Sync> {
        self.blossom_s3.as_ref()
    }

    /// How the rows are read.
    pub fn query(&self) -> &Q {
        &self.query
    }

    /// How results are reported.
    pub fn command(&self) -> &C {
        &self.command
    }

    /// For a `create_relay`, `update_relay`, `activate_relay` or `deactivate_relay` activity, looks at the relay's newest
    /// row and syncs it immediately, as [`sync_and_report`](Infra::sync_and_report) does; for a `fail_relay_sync`, schedules
    /// a retry. A `delete_relay` is like an update. So is a `resync_relay`, which also checks zooid now if it cannot be used.
    /// Other types are ignored.
    ///
    /// [`start`](Infra::start) does the same with each activity that it receives, but for many relays at a time. Called by
    /// hand, this processes all relays that are due.
    pub async fn handle_activity(&self, activity: &Activity) {
        self.enqueue(activity);
        self.check_zooid_if_down().await;
        while let Some(item) = self.next_item() {
            self.process(item, Mode::AsNeeded).await;
        }
    }

    /// Claims the relay, sends its newest row and reports the result to the backend: `complete_relay_sync` or
    /// `fail_relay_sync`.
    ///
    /// Sends whether or not zooid is believed to have the row already, and also before a retry is due. Nothing is sent while
    /// the relay is being synced, while another worker holds its claim, or while zooid cannot be used; then the relay stays
    /// scheduled.
    pub async fn sync_and_report(&self, relay: &Relay, is_new: bool) {
        self.check_zooid_if_down().await;
        let item = self.scheduler().take(&relay.id, Instant::now());
        if let Some(item) = item {
            self.process(item, Mode::Always { is_new }).await;
        }
    }

    /// Makes zooid match the row: `POST` with the relay's secret if it is new, else `PATCH` without. This is only the request:
    /// it claims nothing and reports nothing.
    ///
    /// zooid has the last word on whether the relay exists. A `POST` whose id exists (a reply was lost) becomes a `PATCH`. A
    /// `PATCH` of an unknown id (a disk was lost) becomes a `POST` with the same secret, so the relay keeps its identity. A row
    /// that is [`deleted`](Relay::deleted) makes a `DELETE`, and never any other request.
    ///
    /// # Errors
    ///
    /// [`SyncError::Invalid`] when the row cannot be sent, [`SyncError::Zooid`] when the request failed.
    pub async fn sync_relay(&self, relay: &Relay, is_new: bool) -> Result<(), SyncError<Z::Error>> {
        self.scheduler().forget_held(&relay.id);
        let sent = self.send(relay, is_new, || true).await;
        // Another request of this relay may have been accepted meanwhile.
        self.scheduler().forget_held(&relay.id);
        match sent {
            Err(NotSent::Failed(error)) => Err(error),
            // Only `start_until` cancels requests, and it owns this `Infra`.
            Ok(()) | Err(NotSent::Cancelled) => Ok(()),
        }
    }

    pub(crate) fn scheduler(&self) -> MutexGuard<'_, Scheduler> {
        // A panic under the lock leaves nothing half done.
        self.scheduler.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
