//! One look at one relay: claim its newest row, decide, send, report.

use std::{future::Future, panic::AssertUnwindSafe};

use futures::FutureExt;
use tokio::time::Instant;
use tracing::Instrument;

use crate::{
    Claim, Classification, Command, Digest, ErrorClass, Infra, Query, Relay, SETTLE_TIME, SyncError, SyncFailure,
    Zooid,
    agenda::{Decision, Mark, Outcome, Ticket},
    error::chain,
    exchange::Unsent,
    metrics, zooid_config,
};

/// A row, and what is to be said of it.
struct Attempt {
    relay: Relay,
    digest: Digest,
    of: Mark,
}

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Works a ticket off, and gives it back to the agenda.
    pub(crate) async fn work_off(&self, ticket: Ticket) {
        let span = tracing::info_span!("sync", relay = &*ticket.relay, activity = ticket.activity.as_deref());
        let outcome = self.attempt(&ticket).instrument(span).await;
        let now = Instant::now();
        let since = self.agenda().done(&ticket, outcome, now);
        metrics::worked_off(&outcome, now - since);
    }

    async fn attempt(&self, ticket: &Ticket) -> Outcome {
        let relay = match guarded(self.query.claim_relay(&ticket.relay)).await {
            Some(Ok(Claim::Row(relay))) => *relay,
            Some(Ok(Claim::Gone)) => {
                tracing::warn!("the backend has no such relay");
                return Outcome::Nothing;
            }
            Some(Ok(Claim::Elsewhere(wait))) => return Outcome::Elsewhere(wait),
            Some(Err(error)) => return stumbled("the row could not be read", Some(&error)),
            None => return stumbled("the reading of the row panicked", None),
        };
        let patch = zooid_config::patch(&relay, &self.shared);
        let digest = Digest::of(self.api_url(), &relay, &patch);
        let of = Mark::of(&relay, digest);
        let mut attempt = Attempt { relay, digest, of };
        match ticket.decide(&attempt.relay, &of, self.skip_unchanged, Instant::now()) {
            Decision::Send => {}
            Decision::Report => {
                tracing::debug!("zooid has it already");
                metrics::unchanged();
                return self.complete(&attempt).await;
            }
            Decision::Nothing => return self.leave(&attempt, Outcome::Nothing).await,
            Decision::KeepWaiting => return self.leave(&attempt, Outcome::KeepsWaiting).await,
            Decision::GiveUp => return self.give_up(&attempt).await,
            Decision::Wait { failures, given_up } => {
                return self.leave(&attempt, Outcome::Waits { of, failures, given_up }).await;
            }
        }
        if attempt.relay.deleted && !attempt.relay.is_synced() {
            tracing::info!("deleted without a request: zooid never confirmed that it has this relay");
            return self.complete(&attempt).await;
        }
        let mut asked = false;
        let may_send = || {
            let may = self.query.claim_lasts(&attempt.relay) && self.agenda().may_send(ticket);
            asked |= may;
            may
        };
        let begun = Instant::now();
        let is_new = !attempt.relay.is_synced();
        let request = async {
            match attempt.relay.deleted {
                true => self.delete(&attempt.relay, may_send).await,
                false => self.exchange(&attempt.relay, &patch, is_new, may_send).await,
            }
        };
        let sent = guarded(request).await;
        let error = match sent {
            Some(Ok(())) => {
                metrics::accepted(begun.elapsed());
                self.request_accepted().await;
                let unsettled_until = self.agenda().unsettled_until(&attempt.relay, Instant::now());
                return match unsettled_until.filter(|_| attempt.relay.deleted) {
                    Some(until) => self.leave(&attempt, Outcome::Unsettled(until)).await,
                    None => self.complete(&attempt).await,
                };
            }
            Some(Err(Unsent::Barred)) => {
                if asked {
                    // A request was abandoned, or refused in favour of one that may not be sent now.
                    attempt.relay.record.accepted = None;
                    attempt.relay.record.unsettled_for = Some(SETTLE_TIME);
                    self.agenda().add_unsettled(&ticket.relay, Instant::now());
                }
                return self.leave(&attempt, Outcome::Barred).await;
            }
            Some(Err(Unsent::Failed(error))) => error,
            None => SyncError::Panicked,
        };
        let classification = error.classify::<Z>();
        metrics::refused(classification.class, begun.elapsed());
        if classification.may_take_effect {
            self.agenda().add_unsettled(&ticket.relay, Instant::now());
        }
        self.fail(&attempt, &error, classification).await
    }

    async fn complete(&self, attempt: &Attempt) -> Outcome {
        match guarded(self.command.complete_relay_sync(&attempt.relay, &attempt.digest)).await {
            Some(Ok(())) => {
                tracing::info!("synced");
                Outcome::Synced
            }
            Some(Err(error)) => stumbled("a sync could not be reported as done", Some(&error)),
            None => stumbled("reporting a sync as done panicked", None),
        }
    }

    async fn fail(&self, attempt: &Attempt, error: &SyncError<Z::Error>, classification: Classification) -> Outcome {
        let (relay, of) = (&attempt.relay, attempt.of);
        let Classification { class, retry_after, .. } = classification;
        if class == ErrorClass::Server && !self.is_zooid_usable(Instant::now(), retry_after).await {
            let failure = SyncFailure::uncounted(error, classification, relay.record.failures);
            return self.report_failure(relay, &failure, Outcome::Unserved).await;
        }
        let failures = relay.record.failures.saturating_add(1);
        let retry_in = match class {
            ErrorClass::Permanent => None,
            _ => self.agenda().retry_in(failures, retry_after),
        };
        let failure = SyncFailure::counted(error, classification, failures, retry_in);
        let outcome = Outcome::Failed {
            of,
            failures,
            retry_in,
            gave_up: retry_in.is_none() && class != ErrorClass::Permanent,
        };
        self.report_failure(relay, &failure, outcome).await
    }

    /// Its attempts are over, and the backend does not know.
    async fn give_up(&self, attempt: &Attempt) -> Outcome {
        let failure = SyncFailure::exhausted(&attempt.relay);
        let outcome = Outcome::Failed {
            of: attempt.of,
            failures: failure.failures,
            retry_in: None,
            gave_up: true,
        };
        self.report_failure(&attempt.relay, &failure, outcome).await
    }

    async fn report_failure(&self, relay: &Relay, failure: &SyncFailure, outcome: Outcome) -> Outcome {
        if failure.kind.is_last() {
            tracing::error!(
                error = failure.message,
                failures = failure.failures,
                "given up until the row changes"
            );
        } else {
            tracing::warn!(error = failure.message, retry_in = ?failure.retry_in, "sync failed");
        }
        match guarded(self.command.fail_relay_sync(relay, failure)).await {
            Some(Ok(())) => {
                metrics::failed(failure.kind);
                outcome
            }
            Some(Err(error)) => stumbled("a sync could not be reported as failed", Some(&error)),
            None => stumbled("reporting a sync as failed panicked", None),
        }
    }

    /// Leaves a claimed relay alone.
    async fn leave(&self, attempt: &Attempt, outcome: Outcome) -> Outcome {
        match guarded(self.command.give_back(&attempt.relay)).await {
            Some(Ok(())) => outcome,
            Some(Err(error)) => stumbled("a relay could not be given back", Some(&error)),
            None => stumbled("giving a relay back panicked", None),
        }
    }
}

fn stumbled(what: &str, error: Option<&(dyn std::error::Error + 'static)>) -> Outcome {
    tracing::error!(error = error.map(chain), "{what}");
    Outcome::Stumbled
}

/// `None` if it panics: that costs one relay one failure, and nothing else.
pub(crate) async fn guarded<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}
