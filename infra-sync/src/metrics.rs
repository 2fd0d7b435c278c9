//! Metrics, recorded through the [`metrics`](https://docs.rs/metrics) facade. Install a recorder to export them. All counters
//! and gauges exist as soon as [`Infra::start`](crate::Infra::start) runs.
//!
//! | name | kind | meaning |
//! |---|---|---|
//! | `infra_queue_depth` | gauge | relays that are ready to be synced |
//! | `infra_queue_oldest_seconds` | gauge | how long the first of them has been ready, in seconds |
//! | `infra_queue_adds_total` | counter | activities that put a relay into the queue |
//! | `infra_queue_coalesced_total` | counter | activities of a relay that was already in the queue |
//! | `infra_in_flight` | gauge | relays that are being synced |
//! | `infra_attempts_total` | counter | syncs that sent a request, by `outcome`: `accepted`, `in_use`, `relay`, `permanent`, `server`, `unavailable`, `already_exists`, `not_found` |
//! | `infra_sync_seconds` | histogram | duration of these syncs, in seconds |
//! | `infra_syncs_skipped_total` | counter | syncs without a request, because zooid already matched the row |
//! | `infra_activity_to_synced_seconds` | histogram | from the first activity of a change until the sync is reported as complete, in seconds |
//! | `infra_retries_scheduled_total` | counter | failures that are retried after a backoff |
//! | `infra_server_failures_total` | counter | failures of the whole zooid server, which count against no relay |
//! | `infra_given_up_total` | counter | relays that gave up: no retry until the row changes |
//! | `infra_backend_errors_total` | counter | syncs in which a call to the backend failed |
//! | `infra_missed_activities_total` | counter | activities lost because the channel was full; a scan of the rows follows |
//! | `infra_heartbeats_total` | counter | heartbeats, by `outcome`: `accepted`, `failed` |
//! | `infra_zooid_up` | gauge | 1 if zooid accepted the last heartbeat or a later request, else 0; 0 until the first one |
//! | `infra_zooid_next_heartbeat_seconds` | gauge | during an outage, the delay from the last heartbeat to the next, in seconds; else 0 |

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use tokio::time::Instant;

use crate::{ErrorClass, FailureKind, ZooidState, scheduler::Scheduler};

const ACCEPTED: &str = "accepted";

/// Registers all counters and gauges with the value 0.
pub(crate) fn register() {
    let classes = [
        ErrorClass::InUse,
        ErrorClass::Relay,
        ErrorClass::Permanent,
        ErrorClass::Server,
        ErrorClass::Unavailable,
        ErrorClass::AlreadyExists,
        ErrorClass::NotFound,
    ];
    for outcome in classes.map(ErrorClass::as_str).into_iter().chain([ACCEPTED]) {
        counter!("infra_attempts_total", "outcome" => outcome).increment(0);
    }
    for outcome in [ACCEPTED, "failed"] {
        counter!("infra_heartbeats_total", "outcome" => outcome).increment(0);
    }
    for counter in [
        counter!("infra_queue_adds_total"),
        counter!("infra_queue_coalesced_total"),
        counter!("infra_syncs_skipped_total"),
        counter!("infra_retries_scheduled_total"),
        counter!("infra_server_failures_total"),
        counter!("infra_given_up_total"),
        counter!("infra_backend_errors_total"),
        counter!("infra_missed_activities_total"),
    ] {
        counter.increment(0);
    }
    for gauge in [
        gauge!("infra_queue_depth"),
        gauge!("infra_queue_oldest_seconds"),
        gauge!("infra_in_flight"),
        gauge!("infra_zooid_up"),
        gauge!("infra_zooid_next_heartbeat_seconds"),
    ] {
        gauge.set(0.0);
    }
}

pub(crate) fn added() {
    counter!("infra_queue_adds_total").increment(1);
}

pub(crate) fn coalesced() {
    counter!("infra_queue_coalesced_total").increment(1);
}

pub(crate) fn lagged(missed: u64) {
    counter!("infra_missed_activities_total").increment(missed);
}

pub(crate) fn skipped() {
    counter!("infra_syncs_skipped_total").increment(1);
}

pub(crate) fn accepted(took: Duration) {
    attempted(ACCEPTED, took);
}

pub(crate) fn refused(class: ErrorClass, took: Duration) {
    attempted(class.as_str(), took);
}

fn attempted(outcome: &'static str, took: Duration) {
    counter!("infra_attempts_total", "outcome" => outcome).increment(1);
    histogram!("infra_sync_seconds").record(took);
}

pub(crate) fn heartbeat(accepted: bool) {
    let outcome = if accepted { ACCEPTED } else { "failed" };
    counter!("infra_heartbeats_total", "outcome" => outcome).increment(1);
}

pub(crate) fn failed(kind: FailureKind) {
    match kind {
        FailureKind::Retried => counter!("infra_retries_scheduled_total"),
        FailureKind::Uncounted => counter!("infra_server_failures_total"),
        FailureKind::GivenUp | FailureKind::Permanent | FailureKind::Exhausted => counter!("infra_given_up_total"),
    }
    .increment(1);
}

pub(crate) fn synced(since_due: Duration) {
    histogram!("infra_activity_to_synced_seconds").record(since_due);
}

pub(crate) fn backend_error() {
    counter!("infra_backend_errors_total").increment(1);
}

pub(crate) fn zooid_state(state: &ZooidState) {
    let (up, next_heartbeat) = match state {
        ZooidState::Serving => (1.0, 0.0),
        ZooidState::Unavailable { next_heartbeat_in, .. } => (0.0, next_heartbeat_in.as_secs_f64()),
    };
    gauge!("infra_zooid_up").set(up);
    gauge!("infra_zooid_next_heartbeat_seconds").set(next_heartbeat);
}

pub(crate) fn scheduler(scheduler: &Scheduler) {
    // An f64 represents integers up to 2^53 exactly.
    gauge!("infra_queue_depth").set(scheduler.depth() as f64);
    gauge!("infra_in_flight").set(scheduler.running() as f64);
    let oldest = scheduler.oldest().map(|since| Instant::now() - since);
    gauge!("infra_queue_oldest_seconds").set(oldest.unwrap_or_default().as_secs_f64());
}
