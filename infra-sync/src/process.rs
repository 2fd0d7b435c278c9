//! One attempt of one relay: claims the newest row, decides, sends a request and reports the result.

use tokio::time::Instant;
use tracing::Instrument;

use crate::{
    Claim, Classification, Command, Digest, ErrorClass, FailureKind, Infra, Query, Relay, SETTLE_TIME, SyncError,
    SyncFailure, Zooid,
    error::error_chain,
    metrics,
    panic::catch_panic,
    request::NotSent,
    scheduler::{Decision, Failure, Outcome, Requeue, Revision, Suspicion, Then, WorkItem},
    zooid_config,
};

/// Whether a request is sent unconditionally.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// The state of the row decides.
    AsNeeded,
    /// A request is always sent, as `POST` if `is_new`.
    Always { is_new: bool },
}

/// A claimed row with the facts that are reported about it.
struct Claimed {
    relay: Relay,
    digest: Digest,
    of: Revision,
    /// When the requests recorded in the row can no longer take effect.
    settles_at: Option<Instant>,
    /// The host in the request; `None` if the row's host breaks the rules.
    host: Option<String>,
}

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Processes a work item and returns it to the scheduler.
    pub(crate) async fn process(&self, item: WorkItem, mode: Mode) {
        let span = tracing::info_span!("sync", relay = &*item.relay, activity = item.activity());
        let outcome = self.claim_and_sync(&item, mode).instrument(span).await;
        if outcome == Outcome::BackendError {
            metrics::backend_error();
        }
        self.scheduler().finish(item, outcome, Instant::now());
    }

    async fn claim_and_sync(&self, item: &WorkItem, mode: Mode) -> Outcome {
        let relay = match catch_panic(self.query.claim_relay(&item.relay)).await {
            Some(Ok(Claim::Row(relay))) => *relay,
            Some(Ok(Claim::NotFound)) => {
                tracing::warn!("the backend has no such relay");
                self.scheduler().forget_held(&item.relay);
                return Outcome::Settled;
            }
            Some(Ok(Claim::HeldByOther(wait))) => return Outcome::HeldByOther(wait),
            Some(Err(error)) => return backend_error("cannot read the row", Some(&error)),
            None => return backend_error("reading the row panicked", None),
        };
        let patch = zooid_config::patch(&relay, &self.shared);
        let digest = Digest::of(self.api_url(), &relay, &patch);
        let of = Revision::of(&relay, digest);
        let unsettled_for = relay.record.unsettled_for;
        let claimed = Claimed {
            relay,
            digest,
            of,
            settles_at: unsettled_for.map(|left| Instant::now() + left.min(SETTLE_TIME)),
            host: patch.host,
        };
        let decision = match mode {
            Mode::AsNeeded => item.decide(&claimed.relay, of, self.skip_unchanged, Instant::now()),
            Mode::Always { .. } => Decision::Send,
        };
        match decision {
            Decision::Send => {
                let is_new = match mode {
                    Mode::AsNeeded => !claimed.relay.is_synced(),
                    Mode::Always { is_new } => is_new,
                };
                self.sync_claimed(item, claimed, is_new).await
            }
            Decision::Report => {
                tracing::debug!("zooid already matches the row");
                metrics::skipped();
                self.complete(item, &claimed).await
            }
            Decision::Nothing => self.release(claimed, Outcome::Settled).await,
            Decision::Wait(failure) => {
                let outcome = match item.is_suspected() {
                    true => Outcome::Suspected(failure),
                    false => Outcome::Failed(failure),
                };
                self.release(claimed, outcome).await
            }
            Decision::Schedule { failures } => {
                let retry_in = self.scheduler().retry_in(failures, None);
                let then = Then::from_now(retry_in);
                self.release(claimed, Outcome::Failed(Failure { of, failures, then }))
                    .await
            }
            Decision::GaveUp { failures } => {
                let then = Then::Exhausted;
                self.release(claimed, Outcome::Failed(Failure { of, failures, then }))
                    .await
            }
            Decision::Count(failure) => self.count(item, &claimed, failure).await,
            Decision::GiveUp => self.give_up(&claimed).await,
        }
    }

    /// Sends the requests that make zooid match a claimed row, and reports the result.
    async fn sync_claimed(&self, item: &WorkItem, mut claimed: Claimed, is_new: bool) -> Outcome {
        if claimed.relay.deleted && !claimed.relay.is_synced() {
            tracing::info!("deleted without a request: zooid never confirmed that it has this relay");
            return self.complete(item, &claimed).await;
        }
        let reserved = self.scheduler().reserve(item, &claimed.relay, Instant::now());
        if let Err(until) = reserved {
            return self.release(claimed, Outcome::Reserved(until)).await;
        }
        let mut was_asked = false;
        let may_send = || {
            let may = self.query.claim_outlasts_request(&claimed.relay) && self.scheduler().may_send(item);
            was_asked |= may;
            may
        };
        let began = Instant::now();
        let sent = catch_panic(self.send(&claimed.relay, is_new, may_send)).await;
        let error = match sent {
            Some(Ok(())) => {
                metrics::accepted(began.elapsed());
                self.scheduler().accepted(
                    item,
                    &claimed.relay,
                    claimed.of,
                    claimed.host.as_deref(),
                    claimed.settles_at,
                    Instant::now(),
                );
                self.request_accepted().await;
                let unsettled_until = self
                    .scheduler()
                    .unsettled_until(&item.relay, claimed.settles_at, Instant::now());
                return match unsettled_until.filter(|_| claimed.relay.deleted) {
                    Some(until) => self.release(claimed, Outcome::Unsettled(until)).await,
                    None => self.complete(item, &claimed).await,
                };
            }
            Some(Err(NotSent::Cancelled)) => {
                if was_asked {
                    // A request was abandoned, or zooid refused it and the follow-up request may not be sent now.
                    claimed.relay.record.accepted = None;
                    self.scheduler().add_unsettled(&item.relay, Instant::now());
                }
                return self.release(claimed, Outcome::NotAttempted(Requeue::Front)).await;
            }
            Some(Err(NotSent::Failed(error))) => error,
            None => SyncError::Panicked,
        };
        let classification = error.classify::<Z>();
        metrics::refused(classification.class, began.elapsed());
        if classification.may_take_effect {
            self.scheduler().add_unsettled(&item.relay, Instant::now());
        }
        self.fail(item, &claimed, &error, classification).await
    }

    async fn complete(&self, item: &WorkItem, claimed: &Claimed) -> Outcome {
        match catch_panic(self.command.complete_relay_sync(&claimed.relay, &claimed.digest)).await {
            Some(Ok(())) => {
                tracing::info!("synced");
                metrics::synced(item.due_since.elapsed());
                Outcome::Settled
            }
            Some(Err(error)) => backend_error("cannot report a sync as complete", Some(&error)),
            None => backend_error("reporting a sync as complete panicked", None),
        }
    }

    async fn fail(
        &self,
        item: &WorkItem,
        claimed: &Claimed,
        error: &SyncError<Z::Error>,
        classification: Classification,
    ) -> Outcome {
        let Classification { class, retry_after, .. } = classification;
        let now = Instant::now();
        let failures = item.failures(&claimed.relay, claimed.of);
        let may_be_server = matches!(class, ErrorClass::Server | ErrorClass::Unavailable);
        if may_be_server && !self.is_zooid_usable(now, retry_after).await {
            let failure = SyncFailure {
                message: error_chain(error),
                kind: FailureKind::Uncounted,
                failures,
                retry_in: None,
                unsettled_for: classification.unsettled_for(),
            };
            return match self.report_failure(claimed, &failure).await {
                Ok(()) => Outcome::NotAttempted(Requeue::Back),
                Err(outcome) => outcome,
            };
        }
        if class == ErrorClass::Unavailable {
            if let Some(outcome) = self.suspect(item, claimed, error, classification).await {
                return outcome;
            }
        } else if !matches!(error, SyncError::Invalid(_)) {
            self.scheduler().failed_otherwise(item, now);
        }
        if class == ErrorClass::InUse {
            let is_in_cycle = self.scheduler().in_use(item, !claimed.relay.is_synced(), now);
            if is_in_cycle {
                self.move_aside(item, &claimed.relay).await;
            }
        }
        let had_all_attempts = failures >= item.max_attempts;
        let failures = failures.saturating_add(u32::from(!had_all_attempts));
        let (kind, retry_in) = match class {
            // This was an extra attempt, because the host could have become free.
            _ if had_all_attempts => (FailureKind::Exhausted, None),
            ErrorClass::Permanent => (FailureKind::Permanent, None),
            _ => match self.scheduler().retry_in(failures, retry_after) {
                Some(retry_in) => (FailureKind::Retried, Some(retry_in)),
                None => (FailureKind::GivenUp, None),
            },
        };
        let report = SyncFailure {
            message: error_chain(error),
            kind,
            failures,
            retry_in,
            unsettled_for: classification.unsettled_for(),
        };
        match self.report_failure(claimed, &report).await {
            Ok(()) => {
                let then = match class {
                    ErrorClass::Permanent => Then::Permanent,
                    // The delay starts when the backend has stored it.
                    _ => Then::from_now(retry_in),
                };
                let of = claimed.of;
                Outcome::Failed(Failure { of, failures, then })
            }
            Err(outcome) => outcome,
        }
    }

    /// Breaks a cycle of relays that want each other's hosts, as after a swap. Gives this relay the unreachable host
    /// `<schema>.invalid`, so that its current host becomes free. It gets the host of its row when that becomes free.
    async fn move_aside(&self, item: &WorkItem, relay: &Relay) {
        let host = format!("{}.invalid", relay.schema);
        if !self.query.claim_outlasts_request(relay) || !self.scheduler().may_send(item) {
            return;
        }
        tracing::info!(
            host,
            "relays want each other's hosts; moving this relay to a temporary host until its host is free"
        );
        let moved = catch_panic(self.set_host(relay, &host)).await;
        let now = Instant::now();
        let error = match moved {
            Some(Ok(())) => return self.scheduler().moved_aside(item, Some(&host), now),
            Some(Err(NotSent::Failed(error))) => error,
            Some(Err(NotSent::Cancelled)) | None => SyncError::Panicked,
        };
        tracing::warn!(error = error_chain(&error), "cannot move the relay to a temporary host");
        if error.classify::<Z>().may_take_effect {
            let mut scheduler = self.scheduler();
            scheduler.add_unsettled(&item.relay, now);
            scheduler.moved_aside(item, None, now);
        }
    }

    /// Handles a failure that may be the server's. Reports it as not counted; returns `None` if it counts immediately.
    async fn suspect(
        &self,
        item: &WorkItem,
        claimed: &Claimed,
        error: &SyncError<Z::Error>,
        classification: Classification,
    ) -> Option<Outcome> {
        let now = Instant::now();
        match self.scheduler().suspect(item, classification.retry_after, now) {
            Suspicion::Counts => return None,
            Suspicion::Spread { is_new: true } => tracing::error!(
                error = error_chain(error),
                "zooid refuses the requests of several relays in a row; sending one request at a time until zooid accepts one"
            ),
            Suspicion::Undecided | Suspicion::Spread { is_new: false } => {}
        }
        let before = item.failures(&claimed.relay, claimed.of);
        let failures = before.saturating_add(1);
        let retry_in = self.scheduler().retry_in(failures, classification.retry_after);
        let report = SyncFailure {
            message: error_chain(error),
            kind: FailureKind::Uncounted,
            failures: before,
            retry_in,
            unsettled_for: classification.unsettled_for(),
        };
        let of = claimed.of;
        Some(match self.report_failure(claimed, &report).await {
            Ok(()) => {
                let then = Then::from_now(retry_in);
                Outcome::Suspected(Failure { of, failures, then })
            }
            Err(outcome) => outcome,
        })
    }

    /// Reports that a failure counts which was first reported as not counted.
    async fn count(&self, item: &WorkItem, claimed: &Claimed, failure: Failure) -> Outcome {
        let retry_in = match failure.then {
            Then::RetryAt(at) => Some(at.saturating_duration_since(Instant::now())),
            Then::Exhausted | Then::Permanent => None,
        };
        let message = match claimed.relay.sync_error.as_str() {
            "" => "zooid refused the request of this relay and accepted the requests of others",
            stored => stored,
        };
        let report = SyncFailure {
            message: message.to_owned(),
            kind: match retry_in {
                Some(_) => FailureKind::Retried,
                // It was tried once more, since its host could have become free.
                None if failure.failures > item.max_attempts => FailureKind::Exhausted,
                None => FailureKind::GivenUp,
            },
            failures: failure.failures.min(item.max_attempts),
            retry_in,
            unsettled_for: claimed.relay.record.unsettled_for,
        };
        match self.report_failure(claimed, &report).await {
            Ok(()) => Outcome::Failed(Failure {
                failures: report.failures,
                then: Then::from_now(retry_in),
                ..failure
            }),
            Err(outcome) => outcome,
        }
    }

    /// Reports that all attempts were used, because the row does not say so yet.
    async fn give_up(&self, claimed: &Claimed) -> Outcome {
        let failures = claimed.relay.record.failures;
        let report = SyncFailure {
            message: claimed.relay.sync_error.clone(),
            kind: FailureKind::Exhausted,
            failures,
            retry_in: None,
            unsettled_for: None,
        };
        let (of, then) = (claimed.of, Then::Exhausted);
        match self.report_failure(claimed, &report).await {
            Ok(()) => Outcome::Failed(Failure { of, failures, then }),
            Err(outcome) => outcome,
        }
    }

    /// Reports a failure to the backend. `Err` is the outcome if the backend could not store it.
    async fn report_failure(&self, claimed: &Claimed, failure: &SyncFailure) -> Result<(), Outcome> {
        if failure.kind.is_last() {
            tracing::error!(
                error = failure.message,
                failures = failure.failures,
                "gave up until the row changes"
            );
        } else {
            tracing::warn!(error = failure.message, retry_in = ?failure.retry_in, "sync failed");
        }
        match catch_panic(self.command.fail_relay_sync(&claimed.relay, failure)).await {
            Some(Ok(())) => {
                metrics::failed(failure.kind);
                Ok(())
            }
            Some(Err(error)) => Err(backend_error("cannot report a sync as failed", Some(&error))),
            None => Err(backend_error("reporting a sync as failed panicked", None)),
        }
    }

    /// Releases a claim without a result. The report of an earlier request of this process may have been lost, so the record
    /// repeats how long requests may still take effect.
    async fn release(&self, mut claimed: Claimed, outcome: Outcome) -> Outcome {
        let now = Instant::now();
        let unsettled_until = self
            .scheduler()
            .known_unsettled_until(&claimed.relay.id, claimed.settles_at, now);
        claimed.relay.record.unsettled_for = unsettled_until.map(|until| until - now);
        match catch_panic(self.command.release_claim(&claimed.relay)).await {
            Some(Ok(())) => outcome,
            Some(Err(error)) => backend_error("cannot release a claim", Some(&error)),
            None => backend_error("releasing a claim panicked", None),
        }
    }
}

fn backend_error(what: &str, error: Option<&(dyn std::error::Error + 'static)>) -> Outcome {
    tracing::error!(error = error.map(error_chain), "{what}");
    Outcome::BackendError
}
