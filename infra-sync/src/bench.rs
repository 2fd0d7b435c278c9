//! Parts that are measured by themselves.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::time::Instant;
use zooid_client::types::RelayPatch;

use crate::{
    Config, Digest, Relay,
    agenda::{Agenda, Mark, Outcome},
    zooid_config::{self, Shared},
};

/// The queue alone, as the loop uses it.
#[derive(Debug)]
pub struct Queue(Agenda);

impl Queue {
    /// An empty one.
    pub fn new(config: &Config) -> Self {
        Self(Agenda::new(
            config.retry,
            config.concurrency,
            None,
            Rng::with_seed(1),
            Instant::now(),
        ))
    }

    /// Something happened to a relay.
    pub fn schedule(&mut self, relay: &str, activity: &str) {
        self.0.note(relay, activity, Instant::now());
    }

    /// Takes the next relay and has its sync done; answers its id.
    pub fn take(&mut self) -> Option<Arc<str>> {
        self.work_off(Outcome::Synced)
    }

    /// Takes the next relay and has its sync failed; answers its id.
    pub fn fail(&mut self, retry_in: Duration) -> Option<Arc<str>> {
        let relay = Relay::default();
        self.work_off(Outcome::Failed {
            of: Mark::of(&relay, Digest::of("", &relay, &RelayPatch::default())),
            failures: 1,
            retry_in: Some(retry_in),
            gave_up: false,
        })
    }

    fn work_off(&mut self, outcome: Outcome) -> Option<Arc<str>> {
        let ticket = self.0.next(Instant::now())?;
        self.0.done(&ticket, outcome, Instant::now());
        Some(ticket.relay)
    }
}

/// The body that a row becomes.
pub fn patch(relay: &Relay, config: &Config) -> RelayPatch {
    let shared = Shared {
        blossom_s3: config.blossom_s3.clone(),
        livekit: config.livekit.clone(),
        api_host: config.api_url.host(),
    };
    zooid_config::patch(relay, &shared)
}

/// What a body is remembered by.
pub fn digest(relay: &Relay, patch: &RelayPatch) -> Digest {
    Digest::of("http://127.0.0.1:1", relay, patch)
}
