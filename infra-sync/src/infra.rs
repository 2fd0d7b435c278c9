use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zooid_client::{BuildError, Client};

use crate::{
    Activity, BlossomS3Sync, Command, Config, Digest, Query, Relay, RetryPolicy, SyncError, SyncFailure, Zooid,
    agenda::Agenda,
    error::chain,
    exchange::Unsent,
    heartbeat::Heartbeat,
    zooid_config::{self, Shared},
};

/// Listens for the backend's activity and makes a remote zooid match its rows.
///
/// An activity only says *which* relay to look at; what is sent is always its newest row:
///
/// ```text
///  command.notify ──► handle_activity ──► agenda ──► query.claim_relay ──► sync_and_report ──► sync_relay ──► zooid
///        ▲                                  ▲ ▲                                  │
///        │        query.list_relays_to_sync ┘ └─────────────┐                    ▼
///        └──────────────────────────────────────────────────┴── command.complete_relay_sync, fail_relay_sync
/// ```
#[derive(Debug)]
pub struct Infra<Q, C, Z = Client> {
    api_url: String,
    blossom_s3: Option<BlossomS3Sync>,
    pub(crate) query: Q,
    pub(crate) command: C,
    pub(crate) shared: Shared,
    pub(crate) skip_unchanged: bool,
    retry: RetryPolicy,
    pub(crate) zooid: Z,
    agenda: Mutex<Agenda>,
    /// Requests that are under way are to be abandoned.
    pub(crate) abandon: CancellationToken,
    /// Nothing new is begun.
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
        Self::with_config(query, command, config).unwrap_or_else(|error| panic!("{}", chain(&error)))
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
            retry: config.retry,
            zooid,
            agenda: Mutex::new(Agenda::new(
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
    /// row and calls [`sync_and_report`](Infra::sync_and_report) immediately; for a `fail_relay_sync`, plans a retry.
    /// A `delete_relay` is like an update; so is a `resync_relay`, which also has zooid checked now if it
    /// cannot be used. Any other is ignored.
    ///
    /// [`start`](Infra::start) does the same with each activity that it receives, but for many relays at a time.
    pub async fn handle_activity(&self, activity: &Activity) {
        self.note(activity);
        let heartbeat_due = {
            let mut agenda = self.agenda();
            agenda.is_zooid_unavailable() && agenda.begin_heartbeat(Instant::now())
        };
        if heartbeat_due {
            self.scheduled_heartbeat().await;
        }
        while let Some(ticket) = self.next_ticket() {
            self.work_off(ticket).await;
        }
    }

    /// Syncs one relay and tells the backend how it went.
    pub async fn sync_and_report(&self, relay: &Relay, is_new: bool) {
        let patch = zooid_config::patch(relay, &self.shared);
        let digest = Digest::of(&self.api_url, relay, &patch);
        let reported = match self.sync_relay(relay, is_new).await {
            Ok(()) => self.command.complete_relay_sync(relay, &digest).await,
            Err(error) => {
                let failures = relay.record.failures.saturating_add(1);
                let failure = SyncFailure::counted(&error, error.classify::<Z>(), failures, self.retry.delay(failures));
                self.command.fail_relay_sync(relay, &failure).await
            }
        };
        if let Err(error) = reported {
            tracing::error!(
                relay = relay.id,
                error = chain(&error),
                "the result of a sync could not be kept"
            );
        }
    }

    /// Makes zooid match the row: `POST` with the relay's secret if it is new, else `PATCH` without.
    ///
    /// zooid has the last word on which it is: a `POST` whose id exists (an answer was lost) becomes a `PATCH`, and a
    /// `PATCH` of an unknown id (a disk was lost) becomes a `POST` with the same secret, so the relay keeps its identity.
    /// A row that is [`deleted`](Relay::deleted) makes a `DELETE`, and never any other request.
    ///
    /// # Errors
    ///
    /// [`SyncError::Invalid`] when the row cannot be sent, [`SyncError::Zooid`] when the request failed.
    pub async fn sync_relay(&self, relay: &Relay, is_new: bool) -> Result<(), SyncError<Z::Error>> {
        if relay.deleted {
            return match self.delete(relay, || true).await {
                Err(Unsent::Failed(error)) => Err(error),
                Ok(()) | Err(Unsent::Barred) => Ok(()),
            };
        }
        let patch = zooid_config::patch(relay, &self.shared);
        match self.exchange(relay, &patch, is_new, || true).await {
            Err(Unsent::Failed(error)) => Err(error),
            // Nothing bars it.
            Ok(()) | Err(Unsent::Barred) => Ok(()),
        }
    }

    pub(crate) fn agenda(&self) -> MutexGuard<'_, Agenda> {
        // What may panic under the lock leaves nothing half done.
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
