use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zooid_client::{BuildError, Client};

use crate::{
    Activity, BlossomS3Sync, Command, Config, Query, Relay, SyncError, Zooid, error::error_chain, heartbeat::Heartbeat,
    process::Mode, request::NotSent, scheduler::Scheduler, zooid_config::Shared,
};

/// Receives the backend's activities and makes a remote zooid match the backend's rows.
///
/// An activity only names the relay. A request is always built from the relay's newest row:
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
/// [`sync_and_report`](Infra::sync_and_report) does the same for one relay.
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
    /// Cancelled when requests in flight must be abandoned.
    pub(crate) abandon: CancellationToken,
    /// Cancelled when nothing new may start.
    pub(crate) stopping: CancellationToken,
    /// Locked while a heartbeat is in flight.
    pub(crate) last_heartbeat: tokio::sync::Mutex<Option<Heartbeat>>,
}

impl<Q: Query, C: Command> Infra<Q, C> {
    /// Creates an `Infra` from the environment, which is read by [`Config::from_env`].
    ///
    /// # Panics
    ///
    /// If a variable is missing or malformed, or if HTTPS cannot be set up. The message lists all bad variables. Use
    /// [`Config::from_env`] and [`Infra::with_config`] to get errors instead.
    pub fn new(query: Q, command: C) -> Self {
        let config = Config::from_env().unwrap_or_else(|error| panic!("{error}"));
        Self::with_config(query, command, config).unwrap_or_else(|error| panic!("{}", error_chain(&error)))
    }

    /// Creates an `Infra` from a configuration.
    ///
    /// # Errors
    ///
    /// [`BuildError::Http`] when this machine has no usable certificate store.
    pub fn with_config(query: Q, command: C, config: Config) -> Result<Self, BuildError> {
        let zooid = Client::builder(config.api_url.as_str(), config.keys.clone()).build()?;
        Ok(Self::with_client(query, command, config, zooid))
    }

    /// Creates an `Infra` with a custom client for the zooid at [`Config::api_url`].
    pub fn with_client(query: Q, command: C, config: Config, zooid: Client) -> Self {
        let url = zooid.url().to_owned();
        Self::assemble(query, command, config, zooid, url)
    }
}

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Creates an `Infra` with a custom implementation of [`Zooid`] for the server at [`Config::api_url`].
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

    /// Returns the url of zooid's API.
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Returns the S3 settings of relays with blossom.
    pub fn blossom_s3(&self) -> Option<&BlossomS3Sync> {
        self.blossom_s3.as_ref()
    }

    /// Returns the backend's [`Query`].
    pub fn query(&self) -> &Q {
        &self.query
    }

    /// Returns the backend's [`Command`].
    pub fn command(&self) -> &C {
        &self.command
    }

    /// Handles one activity. For `create_relay`, `update_relay`, `activate_relay`, `deactivate_relay` and `delete_relay`, reads
    /// the relay's newest row and syncs it immediately, as [`sync_and_report`](Infra::sync_and_report) does. For
    /// `resync_relay`, does the same, and sends a heartbeat first if zooid is unavailable. For `fail_relay_sync`, schedules a
    /// retry. Ignores other types.
    ///
    /// [`start`](Infra::start) does the same for each activity that it receives, with up to [`Config::concurrency`] relays at a
    /// time. A direct call processes all relays that are due.
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
    /// Sends the request also if zooid already matches the row, and also before a retry is due. Sends nothing while the relay
    /// is being synced, while another worker holds its claim, or while zooid is unavailable; the relay then stays scheduled.
    pub async fn sync_and_report(&self, relay: &Relay, is_new: bool) {
        self.check_zooid_if_down().await;
        let item = self.scheduler().take(&relay.id, Instant::now());
        if let Some(item) = item {
            self.process(item, Mode::Always { is_new }).await;
        }
    }

    /// Makes zooid match the row: sends a `POST` with the relay's secret if `is_new`, else a `PATCH` without the secret. It
    /// claims nothing and reports nothing.
    ///
    /// If zooid disagrees with `is_new`, a second request follows. A `POST` of an existing id (its answer was lost) is followed
    /// by a `PATCH`. A `PATCH` of an unknown id (zooid lost its disk) is followed by a `POST` with the same secret, so the relay
    /// keeps its identity. For a row that is [`deleted`](Relay::deleted), only a `DELETE` is sent.
    ///
    /// # Errors
    ///
    /// [`SyncError::Invalid`] if the row breaks a rule, [`SyncError::Zooid`] if the request failed.
    pub async fn sync_relay(&self, relay: &Relay, is_new: bool) -> Result<(), SyncError<Z::Error>> {
        self.scheduler().forget_held(&relay.id);
        let sent = self.send(relay, is_new, || true).await;
        // Another request for this relay may have been accepted while this one was in flight.
        self.scheduler().forget_held(&relay.id);
        match sent {
            Err(NotSent::Failed(error)) => Err(error),
            // Only `start_until` cancels requests, and it owns this `Infra`.
            Ok(()) | Err(NotSent::Cancelled) => Ok(()),
        }
    }

    pub(crate) fn scheduler(&self) -> MutexGuard<'_, Scheduler> {
        // A panic while the lock is held leaves no partial update.
        self.scheduler.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
