//! The event loop around the scheduler, which waits for activities and timers and spawns the tasks.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::{
    sync::broadcast::{
        Receiver,
        error::{RecvError, TryRecvError},
    },
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};

use crate::{
    Activity, ActivityType, Command, Digest, Infra, Query, Zooid,
    error::error_chain,
    metrics,
    panic::catch_panic,
    process::Mode,
    scheduler::{Enqueued, PAGE, Revision, WorkItem},
    zooid_config,
};

/// How long the backend may take to store results after requests were abandoned.
const LAST_REPORTS: Duration = Duration::from_secs(10);

/// Maximum number of activities to receive before scheduling again.
const ACTIVITY_BATCH: usize = 1024;

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Runs until the process ends. Subscribes to [`Command::notify`], scans the rows and syncs the pending ones, and then
    /// handles each activity as [`handle_activity`](Infra::handle_activity) does.
    pub async fn start(self) {
        self.start_until(std::future::pending(), Duration::ZERO).await;
    }

    /// Runs as [`start`](Infra::start) does until `stop` completes. Then no new sync starts, and syncs in flight have `grace` to
    /// finish. A request that takes longer is abandoned and not reported as failed. After that, the backend has 10 seconds to
    /// store results.
    ///
    /// Dropping the returned future also abandons the storing of results.
    pub async fn start_until(self, stop: impl Future<Output = ()> + Send, grace: Duration) {
        let infra = Arc::new(self);
        let mut activities = infra.command.notify().subscribe();
        tracing::info!(zooid = infra.api_url(), "listening for activity");
        metrics::register();
        infra.scheduler().request_scan();
        let mut jobs = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            infra.receive_batch(&mut activities);
            infra.start_all(&mut jobs);
            let wakes = infra.scheduler().wakes(Instant::now());
            tokio::select! {
                biased;
                () = &mut stop => break,
                activity = activities.recv() => infra.receive(activity),
                Some(_) = jobs.join_next() => {}
                () = sleep_until(wakes.unwrap_or_else(Instant::now)), if wakes.is_some() => {}
            }
            while jobs.try_join_next().is_some() {}
        }
        infra.stopping.cancel();
        tracing::info!(in_flight = jobs.len(), "stopping");
        if timeout_at(Instant::now() + grace, join_all(&mut jobs)).await.is_err() {
            tracing::warn!(
                in_flight = jobs.len(),
                "abandoning requests; the relays are synced at the next start"
            );
            infra.abandon.cancel();
            if timeout_at(Instant::now() + LAST_REPORTS, join_all(&mut jobs))
                .await
                .is_err()
            {
                tracing::error!(in_flight = jobs.len(), "the backend takes too long to store results");
            }
        }
    }

    /// Passes an activity to the scheduler.
    pub(crate) fn enqueue(&self, activity: &Activity) {
        let now = Instant::now();
        let mut scheduler = self.scheduler();
        match activity.activity_type {
            ActivityType::CreateRelay
            | ActivityType::UpdateRelay
            | ActivityType::ActivateRelay
            | ActivityType::DeactivateRelay
            | ActivityType::DeleteRelay => {}
            ActivityType::ResyncRelay => scheduler.expedite_heartbeat(now),
            ActivityType::FailRelaySync => return scheduler.enqueue_failed(&activity.resource_id, now),
            ActivityType::CompleteRelaySync | ActivityType::Other(_) => return,
        }
        match scheduler.enqueue(&activity.resource_id, &activity.id, now) {
            Enqueued::Added => metrics::added(),
            Enqueued::Coalesced => metrics::coalesced(),
        }
    }

    pub(crate) fn next_item(&self) -> Option<WorkItem> {
        self.scheduler().next(Instant::now())
    }

    fn receive(&self, activity: Result<Activity, RecvError>) {
        match activity {
            Ok(activity) => self.enqueue(&activity),
            Err(RecvError::Lagged(missed)) => self.lagged(missed),
            // Impossible: `Command::notify` holds a sender.
            Err(RecvError::Closed) => {}
        }
    }

    fn receive_batch(&self, activities: &mut Receiver<Activity>) {
        for _ in 0..ACTIVITY_BATCH {
            match activities.try_recv() {
                Ok(activity) => self.enqueue(&activity),
                Err(TryRecvError::Lagged(missed)) => self.lagged(missed),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn lagged(&self, missed: u64) {
        tracing::warn!(
            missed,
            "activities were lost because the channel was full; scanning the rows instead"
        );
        metrics::lagged(missed);
        self.scheduler().lagged();
    }

    fn start_all(self: &Arc<Self>, jobs: &mut JoinSet<()>) {
        while let Some(item) = self.next_item() {
            let infra = Arc::clone(self);
            jobs.spawn(async move { infra.process(item, Mode::AsNeeded).await });
        }
        let now = Instant::now();
        if self.scheduler().start_heartbeat(now) {
            let infra = Arc::clone(self);
            jobs.spawn(async move { infra.scheduled_heartbeat().await });
        }
        let page = self.scheduler().next_page(now);
        if let Some(after) = page {
            let infra = Arc::clone(self);
            jobs.spawn(async move { infra.read_page(after).await });
        }
        metrics::scheduler(&self.scheduler());
    }

    /// Reads a page of pending rows and passes them to the scheduler.
    async fn read_page(&self, after: Option<String>) {
        let listed = catch_panic(self.query.list_relays_to_sync(after.as_deref(), PAGE)).await;
        let relays = match listed {
            Some(Ok(relays)) => relays,
            failed => {
                let error = failed.and_then(Result::err);
                tracing::error!(
                    error = error.as_ref().map(|e| error_chain(e)),
                    "cannot list the rows to sync"
                );
                return self.scheduler().page_failed(Instant::now());
            }
        };
        let now = Instant::now();
        for relay in &relays {
            let patch = zooid_config::patch(relay, &self.shared);
            let of = Revision::of(relay, Digest::of(self.api_url(), relay, &patch));
            self.scheduler().observe(relay, of, now);
        }
        let last = relays.last().filter(|_| relays.len() >= PAGE);
        self.scheduler().page_read(last.map(|relay| relay.id.clone()), now);
    }
}

async fn join_all(jobs: &mut JoinSet<()>) {
    while jobs.join_next().await.is_some() {}
}
