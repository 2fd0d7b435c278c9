use std::time::Duration;

use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::sleep,
};
use tracing::Instrument;
use zooid_client::{BuildError, Client};

use crate::{
    Activity, ActivityType, BlossomS3Sync, Command, Config, Query, Relay, RetryPolicy, SyncError,
    agenda::Agenda,
    error::chain,
    zooid_config::{self, Shared},
};

/// How many rows are read at once when looking for what is to be synced.
const PAGE: usize = 500;

/// Listens for the backend's activity and makes a remote zooid match its rows.
///
/// An activity only says *which* relay to look at; what is sent is always its newest row:
///
/// ```text
///  command.notify ──► handle_activity ──► query.get_relay ──► sync_and_report ──► sync_relay ──► zooid
///        ▲                  │ fail_relay_sync                      │
///        │                  ▼                                      ▼
///        │               agenda (relay, when) ──► due         command.complete_relay_sync
///        └──────────────────────────────────────────────────  command.fail_relay_sync
/// ```
#[derive(Debug)]
pub struct Infra<Q, C> {
    api_url: String,
    blossom_s3: Option<BlossomS3Sync>,
    query: Q,
    command: C,
    shared: Shared,
    retry: RetryPolicy,
    zooid: Client,
    agenda: Agenda,
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
        Self {
            api_url: zooid.url().to_owned(),
            blossom_s3: config.blossom_s3.clone(),
            query,
            command,
            shared: Shared {
                blossom_s3: config.blossom_s3,
                livekit: config.livekit,
            },
            retry: config.retry,
            zooid,
            agenda: Agenda::default(),
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

    /// Runs for ever, or until the notify channel is closed: puts what the rows have pending on its agenda, then handles
    /// each activity as it comes and each relay as it is due.
    pub async fn start(self) {
        let mut activities = self.command.notify().subscribe();
        tracing::info!(
            zooid = self.api_url,
            key = self.zooid.public_key(),
            "listening for activity"
        );
        self.plan_pending().await;
        while self.next(&mut activities).await {}
    }

    async fn next(&self, activities: &mut broadcast::Receiver<Activity>) -> bool {
        tokio::select! {
            // What just happened goes before what waits.
            biased;
            activity = activities.recv() => match activity {
                Ok(activity) => self.handle_activity(&activity).await,
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "activities were missed; looking at the rows instead");
                    self.plan_pending().await;
                }
                Err(RecvError::Closed) => return false,
            },
            relay_id = self.agenda.due() => self.sync_newest(&relay_id).await,
        }
        true
    }

    /// Syncs the relay of a `create_relay`, `update_relay`, `activate_relay` or `deactivate_relay` activity at once, and
    /// plans a retry for that of a `fail_relay_sync`; ignores any other.
    pub async fn handle_activity(&self, activity: &Activity) {
        let relay_id = &activity.resource_id;
        let span = tracing::info_span!("activity", id = activity.id, kind = activity.activity_type.as_str());
        let handled = async {
            match activity.activity_type {
                ActivityType::CreateRelay
                | ActivityType::UpdateRelay
                | ActivityType::ActivateRelay
                | ActivityType::DeactivateRelay => {
                    self.agenda.remove(relay_id);
                    self.sync_newest(relay_id).await;
                }
                ActivityType::FailRelaySync => self.plan_retry(relay_id).await,
                ActivityType::CompleteRelaySync | ActivityType::Other(_) => {
                    tracing::trace!("nothing to do");
                }
            }
        };
        handled.instrument(span).await;
    }

    /// Syncs one relay and tells the backend how it went. When even that cannot be told, the relay is looked at again
    /// later.
    pub async fn sync_and_report(&self, relay: &Relay, is_new: bool) {
        let synced = self.sync_relay(relay, is_new).await;
        let reported = match &synced {
            Ok(()) => {
                tracing::info!(relay = relay.id, "synced");
                self.command.complete_relay_sync(relay).await
            }
            Err(error) => {
                let error = chain(error);
                tracing::warn!(relay = relay.id, error, "sync failed");
                self.command.fail_relay_sync(relay, &error).await
            }
        };
        if let Err(error) = reported {
            self.look_again(&relay.id, "the result of a sync could not be kept", &error);
        }
    }

    /// Makes zooid match the row: `POST` with the relay's secret if it is new, else `PATCH` without.
    ///
    /// zooid has the last word on which it is: a `POST` whose id exists (an answer was lost) becomes a `PATCH`, and a
    /// `PATCH` of an unknown id (a disk was lost) becomes a `POST` with the same secret, so the relay keeps its identity.
    ///
    /// # Errors
    ///
    /// [`SyncError::Invalid`] when the row cannot be sent, [`SyncError::Zooid`] when the request failed.
    pub async fn sync_relay(&self, relay: &Relay, is_new: bool) -> Result<(), SyncError> {
        match self.send(relay, is_new).await {
            Err(SyncError::Zooid(error)) if is_new && error.already_exists() => self.send(relay, false).await,
            Err(SyncError::Zooid(error)) if !is_new && error.not_found() => self.send(relay, true).await,
            sent => sent,
        }
    }

    async fn send(&self, relay: &Relay, is_new: bool) -> Result<(), SyncError> {
        let id = zooid_config::checked_id(relay)?;
        if is_new {
            let config = zooid_config::config(relay, &self.shared)?;
            self.zooid.create_relay(&id, &config).await?;
        } else {
            let patch = zooid_config::patch(relay, &self.shared);
            self.zooid.patch_relay(&id, &patch).await?;
        }
        Ok(())
    }

    /// The newest row decides what is sent and whether the relay is new, however old the activity.
    async fn sync_newest(&self, relay_id: &str) {
        match self.query.get_relay(relay_id).await {
            Ok(Some(relay)) => self.sync_and_report(&relay, !relay.is_synced()).await,
            Ok(None) => tracing::warn!(relay = relay_id, "the backend has no such relay"),
            Err(error) => self.look_again(relay_id, "a row could not be read", &error),
        }
    }

    async fn plan_retry(&self, relay_id: &str) {
        let failures = match self.query.count_sync_failures(relay_id).await {
            Ok(failures) => failures,
            Err(error) => return self.look_again(relay_id, "a relay's failures could not be counted", &error),
        };
        match self.retry.delay(failures) {
            Some(delay) => {
                tracing::info!(relay = relay_id, failures, ?delay, "retry planned");
                self.agenda.put(relay_id, delay);
            }
            None => tracing::error!(relay = relay_id, failures, "gave up; change the relay to try again"),
        }
    }

    /// Rows with a `sync_error` get their retry, the others that zooid may not have are due at once.
    async fn plan_pending(&self) {
        let mut after: Option<String> = None;
        loop {
            let relays = match self.query.list_relays_to_sync(after.as_deref(), PAGE).await {
                Ok(relays) => relays,
                Err(error) => {
                    tracing::error!(error = chain(&error), "the rows could not be read");
                    // Without the rows there is nothing to send, so nothing is kept waiting that could go on.
                    sleep(self.retry.base).await;
                    continue;
                }
            };
            for relay in &relays {
                if relay.sync_error.is_empty() {
                    self.agenda.put_if_absent(&relay.id, Duration::ZERO);
                } else if !self.agenda.has(&relay.id) {
                    self.plan_retry(&relay.id).await;
                }
            }
            match relays.last() {
                Some(last) if relays.len() == PAGE => after = Some(last.id.clone()),
                _ => return,
            }
        }
    }

    fn look_again(&self, relay_id: &str, what: &str, error: &dyn std::error::Error) {
        tracing::error!(relay = relay_id, error = chain(error), "{what}");
        self.agenda.put_if_absent(relay_id, self.retry.base);
    }
}
