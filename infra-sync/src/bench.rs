//! Internal parts that the benchmarks measure separately.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::time::Instant;
use zooid_client::types::RelayPatch;

use crate::{
    Config, Digest, Relay,
    scheduler::{Failure, Outcome, Revision, Scheduler, Then},
    zooid_config::{self, Shared},
};

/// The scheduler without I/O, as the loop of [`Infra`](crate::Infra) uses it.
#[derive(Debug)]
pub struct Queue(Scheduler);

impl Queue {
    /// Creates an empty queue.
    pub fn new(config: &Config) -> Self {
        Self(Scheduler::new(
            config.retry,
            config.concurrency,
            None,
            Rng::with_seed(1),
            Instant::now(),
        ))
    }

    /// Enqueues an activity of a relay.
    pub fn schedule(&mut self, relay: &str, activity: &str) {
        self.0.enqueue(relay, activity, Instant::now());
    }

    /// Takes the next relay, finishes its sync as successful and returns the id.
    pub fn take(&mut self) -> Option<Arc<str>> {
        self.process(Outcome::Settled)
    }

    /// Takes the next relay, finishes its sync as failed and returns the id.
    pub fn fail(&mut self, retry_in: Duration) -> Option<Arc<str>> {
        let relay = Relay::default();
        self.process(Outcome::Failed(Failure {
            of: Revision::of(&relay, Digest::of("", &relay, &RelayPatch::default())),
            failures: 1,
            then: Then::RetryAt(Instant::now() + retry_in),
        }))
    }

    fn process(&mut self, outcome: Outcome) -> Option<Arc<str>> {
        let now = Instant::now();
        let item = self.0.next(now)?;
        let relay = Arc::clone(&item.relay);
        self.0.finish(item, outcome, now);
        Some(relay)
    }
}

/// Returns the request body for a row.
pub fn patch(relay: &Relay, config: &Config) -> RelayPatch {
    let shared = Shared {
        blossom_s3: config.blossom_s3.clone(),
        livekit: config.livekit.clone(),
        api_host: config.api_url.host(),
    };
    zooid_config::patch(relay, &shared)
}

/// Returns the digest of a request body.
pub fn digest(relay: &Relay, patch: &RelayPatch) -> Digest {
    Digest::of("http://127.0.0.1:1", relay, patch)
}
