//! Tests of each transition, and of the whole scheduler against a naive model.

mod decisions;
mod model;
mod transitions;

use std::time::Duration;

use zooid_client::types::RelayPatch;

use super::Revision;
use crate::{Digest, Relay, RetryPolicy};

pub(super) const RETRY: RetryPolicy = RetryPolicy {
    base: Duration::from_secs(8),
    cap: Duration::from_secs(60),
    max_attempts: 4,
};

/// Returns a row with this version.
fn row(id: &str, version: i64) -> Relay {
    Relay {
        id: id.to_owned(),
        version,
        ..Relay::default()
    }
}

fn revision(relay: &Relay) -> Revision {
    Revision::of(relay, Digest::of("", relay, &RelayPatch::default()))
}
