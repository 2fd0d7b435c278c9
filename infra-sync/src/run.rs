//! The loop around the agenda: it alone touches the clock and the channels, and spawns the work.

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
    agenda::{Mark, Noted, PAGE, Ticket},
    error::chain,
    metrics, zooid_config,
};

/// For reports once requests were abandoned.
const LAST_REPORTS: Duration = Duration::from_secs(10);

/// So many activities are taken before there is another look at what can be done.
const GULP: usize = 1024;

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Runs for ever: subscribes to the notify channel, has what the rows have pending synced, and then each relay of
    /// which an activity speaks, as [`handle_activity`](Infra::handle_activity) does.
    pub async fn start(self) {
        self.start_until(std::future::pending(), Duration::ZERO).await;
    }

    /// Runs as [`start`](Infra::start) does until `stop` ends. Then nothing new is begun, and what is under way may take
    /// as long as `grace` to end; a request that takes longer is abandoned, without being reported as failed.
    ///
    /// Dropping the returned future instead abandons reports too.
    pub async fn start_until(self, stop: impl Future<Output = ()> + Send, grace: Duration) {
        let infra = Arc::new(self);
        let mut activities = infra.command.notify().subscribe();
        tracing::info!(zooid = infra.api_url(), "listening for activity");
        metrics::register();
        infra.agenda().ask_rescan();
        let mut jobs = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            infra.hear_all(&mut activities);
            infra.begin_all(&mut jobs);
            let wakes = infra.agenda().wakes(Instant::now());
            tokio::select! {
                biased;
                () = &mut stop => break,
                activity = activities.recv() => infra.hear(activity),
                Some(_) = jobs.join_next() => {}
                () = sleep_until(wakes.unwrap_or_else(Instant::now)), if wakes.is_some() => {}
            }
            // None of these waits for another.
            while jobs.try_join_next().is_some() {}
        }
        infra.stopping.cancel();
        tracing::info!(under_way = jobs.len(), "stopping");
        if timeout_at(Instant::now() + grace, ended(&mut jobs)).await.is_err() {
            tracing::warn!(
                under_way = jobs.len(),
                "abandoning requests; the relays are synced at the next start"
            );
            infra.abandon.cancel();
            if timeout_at(Instant::now() + LAST_REPORTS, ended(&mut jobs))
                .await
                .is_err()
            {
                tracing::error!(under_way = jobs.len(), "the backend takes too long");
            }
        }
    }

    /// Notes on the agenda what an activity calls for.
    pub(crate) fn note(&self, activity: &Activity) {
        let now = Instant::now();
        let relay_id = &activity.resource_id;
        match activity.activity_type {
            ActivityType::CreateRelay
            | ActivityType::UpdateRelay
            | ActivityType::ActivateRelay
            | ActivityType::DeactivateRelay
            | ActivityType::DeleteRelay => self.enqueue(activity, now),
            ActivityType::ResyncRelay => {
                self.agenda().hurry(now);
                self.enqueue(activity, now);
            }
            ActivityType::FailRelaySync => self.agenda().note_failure(relay_id, now),
            ActivityType::CompleteRelaySync | ActivityType::Other(_) => {}
        }
    }

    fn enqueue(&self, activity: &Activity, now: Instant) {
        match self.agenda().note(&activity.resource_id, &activity.id, now) {
            Noted::Added => metrics::added(),
            Noted::Coalesced => metrics::coalesced(),
        }
    }

    pub(crate) fn next_ticket(&self) -> Option<Ticket> {
        self.agenda().next(Instant::now())
    }

    fn hear(&self, activity: Result<Activity, RecvError>) {
        match activity {
            Ok(activity) => self.note(&activity),
            Err(RecvError::Lagged(missed)) => self.lagged(missed),
            // Cannot be: the command holds a sender.
            Err(RecvError::Closed) => {}
        }
    }

    fn hear_all(&self, activities: &mut Receiver<Activity>) {
        for _ in 0..GULP {
            match activities.try_recv() {
                Ok(activity) => self.note(&activity),
                Err(TryRecvError::Lagged(missed)) => self.lagged(missed),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn lagged(&self, missed: u64) {
        tracing::warn!(missed, "activities were missed; looking at the rows instead");
        metrics::lagged(missed);
        self.agenda().ask_rescan();
    }

    fn begin_all(self: &Arc<Self>, jobs: &mut JoinSet<()>) {
        while let Some(ticket) = self.next_ticket() {
            let infra = Arc::clone(self);
            jobs.spawn(async move { infra.work_off(ticket).await });
        }
        if self.agenda().begin_heartbeat(Instant::now()) {
            let infra = Arc::clone(self);
            jobs.spawn(async move { infra.scheduled_heartbeat().await });
        }
        let page = self.agenda().next_page(Instant::now());
        if let Some(after) = page {
            let infra = Arc::clone(self);
            jobs.spawn(async move { infra.read_page(after).await });
        }
        metrics::standing(&self.agenda());
    }

    /// Puts a page of pending rows on the agenda.
    async fn read_page(&self, after: Option<String>) {
        let listed = crate::attempt::guarded(self.query.list_relays_to_sync(after.as_deref(), PAGE)).await;
        let relays = match listed {
            Some(Ok(relays)) => relays,
            failed => {
                let error = failed.and_then(Result::err);
                tracing::error!(error = error.as_ref().map(|e| chain(e)), "the rows could not be read");
                return self.agenda().page_failed(Instant::now());
            }
        };
        let now = Instant::now();
        for relay in &relays {
            let patch = zooid_config::patch(relay, &self.shared);
            let of = Mark::of(relay, Digest::of(self.api_url(), relay, &patch));
            self.agenda().found(relay, of, now);
        }
        let last = relays.last().filter(|_| relays.len() >= PAGE);
        self.agenda().page_read(last.map(|relay| relay.id.clone()), now);
    }
}

async fn ended(jobs: &mut JoinSet<()>) {
    while jobs.join_next().await.is_some() {}
}
