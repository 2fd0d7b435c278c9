//! Heartbeats, which decide whether the whole zooid server can be used.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    Command, Infra, Query, Zooid, ZooidState,
    error::error_chain,
    metrics,
    panic::catch_panic,
    scheduler::{Contact, Opened},
};

/// The last heartbeat that was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    began: Instant,
    accepted: bool,
}

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Returns whether zooid accepts requests after a relay's request failed at `failed_at`. Concurrent failures share one
    /// heartbeat. `retry_after` is the `Retry-After` of the failed request.
    pub(crate) async fn is_zooid_usable(&self, failed_at: Instant, retry_after: Option<Duration>) -> bool {
        let mut last = self.last_heartbeat.lock().await;
        if self.scheduler().is_zooid_unavailable() {
            if let Some(retry_after) = retry_after {
                self.scheduler().wait_longer(retry_after, failed_at);
            }
            return false;
        }
        match *last {
            Some(heartbeat) if heartbeat.began >= failed_at => heartbeat.accepted,
            _ => {
                let heartbeat = self.send_heartbeat(retry_after).await;
                *last = heartbeat.or(*last);
                heartbeat.is_some_and(|heartbeat| heartbeat.accepted)
            }
        }
    }

    /// Sends a heartbeat if zooid is unavailable and a heartbeat is due, for callers without a loop.
    pub(crate) async fn check_zooid_if_down(&self) {
        let starts = {
            let mut scheduler = self.scheduler();
            scheduler.is_zooid_unavailable() && scheduler.start_heartbeat(Instant::now())
        };
        if starts {
            self.scheduled_heartbeat().await;
        }
    }

    /// Sends the heartbeat that the [`Scheduler`](crate::scheduler::Scheduler) has started.
    pub(crate) async fn scheduled_heartbeat(&self) {
        let mut last = self.last_heartbeat.lock().await;
        // While this task waited for the lock, another task may have sent a heartbeat.
        if self.scheduler().is_heartbeat_due(Instant::now()) {
            let heartbeat = self.send_heartbeat(None).await;
            *last = heartbeat.or(*last);
        }
        self.scheduler().heartbeat_ended();
    }

    /// Records that zooid accepted a relay's request.
    pub(crate) async fn request_accepted(&self) {
        let contact = self.scheduler().request_accepted(Instant::now());
        self.report_contact(contact).await;
    }

    async fn report_contact(&self, contact: Option<Contact>) {
        if contact == Some(Contact::Restored) {
            tracing::info!("zooid accepts requests");
        }
        if contact.is_some() {
            self.report_zooid_state(&ZooidState::Serving).await;
        }
    }

    /// Returns `None` if this process is stopping.
    async fn send_heartbeat(&self, retry_after: Option<Duration>) -> Option<Heartbeat> {
        let began = Instant::now();
        let result = tokio::select! {
            biased;
            () = self.stopping.cancelled() => return None,
            result = catch_panic(self.zooid.heartbeat()) => result,
        };
        let (cause, asked) = match result {
            Some(Ok(())) => {
                metrics::heartbeat(true);
                let contact = self.scheduler().heartbeat_accepted(Instant::now());
                self.report_contact(contact).await;
                return Some(Heartbeat { began, accepted: true });
            }
            Some(Err(error)) => (error_chain(&error), Z::classify(&error).retry_after),
            None => ("the heartbeat panicked".to_owned(), None),
        };
        metrics::heartbeat(false);
        let now = Instant::now();
        let Opened { is_new, next_heartbeat } = self.scheduler().heartbeat_failed(asked.max(retry_after), now);
        let next_heartbeat_in = next_heartbeat - now;
        if is_new {
            tracing::error!(
                error = cause,
                ?next_heartbeat_in,
                "zooid cannot be used; all syncs wait until a heartbeat succeeds"
            );
        } else {
            tracing::debug!(error = cause, ?next_heartbeat_in, "zooid still cannot be used");
        }
        let state = ZooidState::Unavailable {
            cause,
            next_heartbeat_in,
        };
        self.report_zooid_state(&state).await;
        Some(Heartbeat { began, accepted: false })
    }

    async fn report_zooid_state(&self, state: &ZooidState) {
        metrics::zooid_state(state);
        match catch_panic(self.command.zooid_changed(state)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::error!(error = error_chain(&error), "cannot store the state of zooid"),
            None => tracing::error!("storing the state of zooid panicked"),
        }
    }
}
