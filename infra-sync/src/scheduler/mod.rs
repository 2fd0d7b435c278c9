//! The scheduler, which does no I/O: it takes events and the current time, and returns work items.
//!
//! ```text
//!  activity ──► enqueue ─┐ live                      ┌──► settled ──────► forgotten
//!  row ───────► observe ─┤            concurrency,   │
//!                        ▼ backlog    breaker        │
//!                      ready ──► next ──► running ──►│ finish
//!                        ▲                           │
//!                        │  timer, change            │
//!                        └──────── parked ◄──────────┴──► failed, held by another worker, backend error
//! ```
//!
//! A relay is in exactly one phase: ready, running or parked. So a relay never has two syncs at the same time, and an event
//! during a run causes one more run. The transitions at the end of a run are in one table: `memory::after`.

mod breaker;
mod conflicts;
mod held;
mod memory;
mod queue;
mod rescan;
mod reservations;
mod revision;
#[cfg(test)]
mod tests;
mod timers;
mod trouble;
mod unsettled;
mod work_item;

use std::{
    hash::{BuildHasher, Hash},
    sync::Arc,
    time::Duration,
};

use fastrand::Rng;
use hashbrown::{DefaultHashBuilder, HashTable};
use slab::Slab;
use tokio::time::Instant;

use crate::{Relay, RetryPolicy};
use breaker::{Breaker, LONGEST_RETRY_AFTER};
use conflicts::{Conflict, Conflicts};
use held::{Held, Holds};
use memory::{After, LastOutcome, Memory, Next, Position};
use queue::{Place, Priority, ReadyQueue};
use rescan::Rescan;
use reservations::{Name, Reservations};
use timers::{Timer, Timers};
use trouble::{Decided, Trouble, Verdict};
use unsettled::Unsettled;
use work_item::Trigger;

pub(crate) use breaker::{Contact, Opened};
pub(crate) use memory::{Failure, Outcome, Requeue, Then};
pub(crate) use rescan::PAGE;
pub(crate) use revision::Revision;
pub(crate) use work_item::{Decision, WorkItem};

/// The effect of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enqueued {
    Added,
    /// The relay was already scheduled.
    Coalesced,
}

/// A relay that is scheduled, or whose last attempt must be remembered.
#[derive(Debug)]
struct Entry {
    relay: Arc<str>,
    phase: Phase,
    memory: Memory,
    trigger: Trigger,
    /// The time since which the relay is due.
    due_since: Instant,
    /// Whether the digest in the row's record is certainly the state that zooid has. `false` as long as an attempt of this or an
    /// earlier process may have ended without a report.
    zooid_known: bool,
    /// The decision on a failure that is being reported.
    verdict: Option<Verdict>,
    attempt: Option<Attempt>,
    /// The time of the retry if the attempt fails because its host or schema is in use, since that may have become free while
    /// the relay ran.
    freed: Option<Instant>,
}

impl Entry {
    fn free(&mut self, at: Instant) {
        self.freed = Some(self.freed.map_or(at, |before| before.min(at)));
    }
}

/// The requests of one attempt.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    /// The host and the schema of the row, which are reserved.
    names: [Name; 2],
    /// The state on zooid before the attempt, if known.
    before: Option<Holds>,
    /// The host before the attempt, known from this process or from the row's record.
    host_before: Option<Name>,
    /// Whether no request of another process can have changed this host since.
    is_host_certain: bool,
    requests: u32,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Ready {
        priority: Priority,
        place: Place,
    },
    Running {
        rerun: bool,
    },
    Parked {
        /// `None` means until the row changes.
        wake: Option<Timer>,
    },
}

/// The next step after a failure that may be the server's although zooid accepts heartbeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspicion {
    /// The failure counts against the relay, because no other relay is scheduled whose request could decide.
    Counts,
    /// The next request of another relay decides.
    Undecided,
    /// The next request of another relay decides, and the previous relay has failed in the same way.
    Spread { is_new: bool },
}

/// The scheduler of [`Infra`](crate::Infra).
#[derive(Debug)]
pub(crate) struct Scheduler {
    entries: Slab<Entry>,
    /// The indices of the entries, by relay.
    by_relay: HashTable<usize>,
    hasher: DefaultHashBuilder,
    ready: ReadyQueue,
    timers: Timers,
    rescan: Rescan,
    breaker: Breaker,
    trouble: Trouble,
    unsettled: Unsettled,
    held: Held,
    reservations: Reservations,
    conflicts: Conflicts,
    retry: RetryPolicy,
    concurrency: usize,
    running: usize,
    /// Whether all rows were observed that an earlier process may have left during an attempt.
    first_scan_done: bool,
    random: Rng,
}

impl Scheduler {
    pub(crate) fn new(
        retry: RetryPolicy,
        concurrency: usize,
        rescan: Option<Duration>,
        random: Rng,
        now: Instant,
    ) -> Self {
        Self {
            entries: Slab::new(),
            by_relay: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            ready: ReadyQueue::default(),
            timers: Timers::default(),
            rescan: Rescan::new(rescan),
            breaker: Breaker::default(),
            trouble: Trouble::default(),
            unsettled: Unsettled::new(now),
            held: Held::default(),
            reservations: Reservations::default(),
            conflicts: Conflicts::default(),
            retry,
            concurrency: concurrency.max(1),
            running: 0,
            first_scan_done: false,
            random,
        }
    }

    /// Enqueues an activity of a relay, with live priority.
    pub(crate) fn enqueue(&mut self, relay: &str, activity: &str, now: Instant) -> Enqueued {
        let index = self.find_or_insert(relay, now);
        let entry = &mut self.entries[index];
        entry.trigger = Trigger {
            changed: true,
            activity: Some(Arc::from(activity)),
        };
        match &mut entry.phase {
            Phase::Ready {
                priority: Priority::Live,
                ..
            } => Enqueued::Coalesced,
            Phase::Ready {
                priority: Priority::Backlog,
                ..
            } => {
                self.make_ready(index, Priority::Live, Position::Back);
                Enqueued::Coalesced
            }
            Phase::Running { rerun } if *rerun => Enqueued::Coalesced,
            Phase::Running { rerun } => {
                *rerun = true;
                entry.due_since = now;
                Enqueued::Added
            }
            Phase::Parked { .. } => {
                entry.due_since = now;
                self.make_ready(index, Priority::Live, Position::Back);
                Enqueued::Added
            }
        }
    }

    /// Enqueues a failure that was reported, possibly by another process.
    pub(crate) fn enqueue_failed(&mut self, relay: &str, now: Instant) {
        if self.find(relay).is_none() {
            // Possibly another process sent a request.
            self.forget_held(relay);
            let index = self.find_or_insert(relay, now);
            self.make_ready(index, Priority::Live, Position::Back);
        }
    }

    /// Requests a scan of all pending rows. If a scan is running, another one follows.
    pub(crate) fn request_scan(&mut self) {
        self.rescan.request();
    }

    /// Requests a scan because activities were lost: any relay may have changed or may need a resync.
    pub(crate) fn lagged(&mut self) {
        self.held.clear();
        self.rescan.request();
    }

    /// Starts reading the next page if it is due. Returns the id after which the page starts.
    pub(crate) fn next_page(&mut self, now: Instant) -> Option<Option<String>> {
        self.rescan.take(self.ready.backlog(), now)
    }

    /// Observes a pending row that a scan found.
    pub(crate) fn observe(&mut self, relay: &Relay, of: Revision, now: Instant) {
        let Some(index) = self.find(&relay.id) else {
            return self.observe_new(relay, of, now);
        };
        let entry = &mut self.entries[index];
        let is_known = match entry.memory.last {
            LastOutcome::None => false,
            LastOutcome::Failed => entry.memory.failure.is_some_and(|failure| failure.of == of),
            LastOutcome::Suspected { .. }
            | LastOutcome::ToCount
            | LastOutcome::ServerFailure
            | LastOutcome::HeldByOther
            | LastOutcome::Unsettled
            | LastOutcome::BackendError { .. } => true,
        };
        match &mut entry.phase {
            Phase::Running { rerun } => *rerun = true,
            Phase::Parked { .. } if !is_known => {
                entry.due_since = now;
                self.make_ready(index, Priority::Backlog, Position::Back);
            }
            Phase::Parked { .. } | Phase::Ready { .. } => {}
        }
    }

    fn observe_new(&mut self, relay: &Relay, of: Revision, now: Instant) {
        let record = &relay.record;
        if record.given_up {
            return;
        }
        let index = self.insert(relay.id.as_str().into(), now);
        self.entries[index].zooid_known = false;
        let failures = record.failures;
        let retry_in = match relay.sync_error.as_str() {
            "" => None,
            _ => self.retry_in(failures, None),
        };
        let Some(retry_in) = retry_in else {
            return self.make_ready(index, Priority::Backlog, Position::Back);
        };
        let then = Then::RetryAt(now + retry_in);
        self.entries[index].memory = Memory {
            failure: Some(Failure { of, failures, then }),
            last: LastOutcome::Failed,
        };
        self.park(index, then.retry_at());
    }

    /// Records that a page was read. `last` is its last id if there may be more rows.
    pub(crate) fn page_read(&mut self, last: Option<String>, now: Instant) {
        self.first_scan_done |= last.is_none();
        self.rescan.page(last, now, &mut self.random);
    }

    /// Records that a page could not be read.
    pub(crate) fn page_failed(&mut self, now: Instant) {
        self.rescan
            .failed(RetryPolicy::jittered(self.retry.base, &mut self.random), now);
    }

    /// Takes the next relay, if one is ready and may start.
    pub(crate) fn next(&mut self, now: Instant) -> Option<WorkItem> {
        while let Some(index) = self.timers.pop_due(now) {
            let entry = &mut self.entries[index];
            entry.phase = Phase::Parked { wake: None };
            entry.due_since = now;
            if let LastOutcome::Suspected { is_due } = &mut entry.memory.last {
                *is_due = true;
            }
            self.make_ready(index, Priority::Backlog, Position::Back);
        }
        if self.running >= self.concurrency || self.is_held(now) {
            return None;
        }
        let (priority, index) = self.ready.pop()?;
        Some(self.run(index, priority, now))
    }

    /// Takes this relay before all others. If it is running, it runs once more instead. If zooid is unavailable, the relay stays
    /// ready.
    pub(crate) fn take(&mut self, relay: &str, now: Instant) -> Option<WorkItem> {
        let index = self.find_or_insert(relay, now);
        if let Phase::Running { rerun } = &mut self.entries[index].phase {
            *rerun = true;
            return None;
        }
        self.make_ready(index, Priority::Live, Position::Front);
        if self.is_held(now) {
            return None;
        }
        self.leave_phase(index);
        Some(self.run(index, Priority::Live, now))
    }

    /// Whether no relay may start now.
    fn is_held(&self, now: Instant) -> bool {
        self.breaker.is_open() || self.trouble.holds(now)
    }

    fn run(&mut self, index: usize, priority: Priority, now: Instant) -> WorkItem {
        self.running += 1;
        self.trouble.start(index);
        let held = self.held.get(self.hash(&*self.entries[index].relay));
        let held = held.and_then(|holds| holds.accepted);
        let entry = &mut self.entries[index];
        entry.phase = Phase::Running { rerun: false };
        entry.verdict = None;
        if entry.memory.last == (LastOutcome::Suspected { is_due: true }) {
            // The retry is due before the request of another relay.
            entry.memory.judge(Verdict::Relay, now);
            self.trouble.clear(index);
        }
        WorkItem {
            relay: Arc::clone(&entry.relay),
            index,
            priority,
            trigger: std::mem::take(&mut entry.trigger),
            memory: entry.memory,
            due_since: entry.due_since,
            zooid_known: entry.zooid_known,
            held,
            max_attempts: self.retry.max_attempts,
        }
    }

    /// Returns whether a request for this relay may be sent now. If so, the relay's state on zooid is unknown until the item has
    /// finished.
    pub(crate) fn may_send(&mut self, item: &WorkItem) -> bool {
        let may = !self.breaker.is_open() && self.trouble.may_send(item.index);
        if may {
            self.trouble.clear(item.index);
            let entry = &mut self.entries[item.index];
            entry.zooid_known = false;
            if let Some(attempt) = &mut entry.attempt {
                attempt.requests += 1;
            }
            self.forget_held(&item.relay);
        }
        may
    }

    /// Reserves the host and the schema of a relay until its item has finished, before a request is sent.
    ///
    /// # Errors
    ///
    /// If another relay's request has reserved one of them. See [`Outcome::Reserved`].
    pub(crate) fn reserve(&mut self, item: &WorkItem, relay: &Relay, now: Instant) -> Result<(), Option<Instant>> {
        let names = [
            self.host_name(&relay.host()),
            self.hash(&("schema", relay.schema.as_str())),
        ];
        self.reservations.reserve(&item.relay, names, now)?;
        self.conflicts.remove(&item.relay);
        let before = self.held.get(self.hash(&*item.relay));
        let stored = relay.record.host.as_deref().map(|host| self.host_name(host));
        let entry = &mut self.entries[item.index];
        entry.freed = None;
        entry.attempt = Some(Attempt {
            names,
            before,
            host_before: before.map(|before| before.host).or(stored),
            is_host_certain: before.is_some() || item.zooid_known && relay.record.accepted.is_some(),
            requests: 0,
        });
        Ok(())
    }

    /// Records that zooid accepted the last request of this item, so that it has this state of the row. `host` is the host in the
    /// request. `settles_at` is when the requests recorded in the row can no longer take effect.
    pub(crate) fn accepted(
        &mut self,
        item: &WorkItem,
        relay: &Relay,
        of: Revision,
        host: Option<&str>,
        settles_at: Option<Instant>,
        now: Instant,
    ) {
        let decided = self.trouble.accepted(item.index);
        self.judge(decided, now);
        let Some(attempt) = self.entries[item.index].attempt else {
            return debug_assert!(false, "a request is sent only after its host was reserved");
        };
        let before = attempt.host_before;
        if relay.deleted {
            let [host, schema] = attempt.names;
            return self.freed(Some(&[before.unwrap_or(host), host, schema]), now);
        }
        let host = host.map(|host| self.host_name(host)).or(before);
        if let Some(host) = host
            && self.unsettled.of_this_process(&relay.id, now).is_none()
        {
            let is_certain = self.unsettled_until(&relay.id, settles_at, now).is_none();
            let accepted = Some(of).filter(|_| is_certain);
            self.held.insert(self.hash(&*item.relay), Holds { accepted, host });
        }
        match before.filter(|_| attempt.is_host_certain) {
            Some(before) if Some(before) != host => self.freed(Some(&[before]), now),
            // The relay may have had any host before.
            None if relay.is_synced() => self.freed(None, now),
            Some(_) | None => {}
        }
    }

    /// Records that the request of this item failed because another relay has the host or the schema. Returns whether the relay
    /// is in a cycle of relays that want each other's hosts, so that none can succeed before one gives up its host.
    pub(crate) fn in_use(&mut self, item: &WorkItem, is_new: bool, now: Instant) -> bool {
        let Some(attempt) = self.entries[item.index].attempt else {
            return false;
        };
        // A PATCH was followed by a POST: zooid does not have the relay.
        let is_unchanged = attempt.requests == 1 || is_new;
        if let Some(before) = attempt.before.filter(|_| is_unchanged) {
            self.held.insert(self.hash(&*item.relay), before);
        }
        let conflict = Conflict {
            wants: attempt.names,
            holds: attempt.host_before.filter(|_| is_unchanged),
            at: now,
        };
        self.conflicts.insert(Arc::clone(&item.relay), conflict);
        self.conflicts.is_in_cycle(&item.relay)
    }

    /// Records that zooid accepted a temporary host for this relay, or may have accepted it if `host` is `None`.
    pub(crate) fn moved_aside(&mut self, item: &WorkItem, host: Option<&str>, now: Instant) {
        let Some(mut conflict) = self.conflicts.get(&item.relay).copied() else {
            return;
        };
        let before = conflict.holds;
        conflict.holds = host.map(|host| self.host_name(host));
        self.conflicts.insert(Arc::clone(&item.relay), conflict);
        if let Some(host) = conflict.holds {
            self.held
                .insert(self.hash(&*item.relay), Holds { accepted: None, host });
            self.freed(before.as_ref().map(std::slice::from_ref), now);
        }
    }

    /// Retries the relays that want these hosts and schemas, which became free; also if their retry is later or all attempts were
    /// used. If `names` is `None`, any name may have become free: then the retry is no sooner than the first backoff.
    fn freed(&mut self, names: Option<&[Name]>, now: Instant) {
        let in_flight: Vec<_> = match names {
            Some(names) => names
                .iter()
                .filter_map(|name| self.reservations.in_flight(*name))
                .cloned()
                .collect(),
            None => self.reservations.all_in_flight().cloned().collect(),
        };
        let base = self.retry.base;
        let no_sooner = |failed_at: Instant| match names {
            Some(_) => now,
            None => now.max(failed_at + base),
        };
        // zooid may have refused their requests already.
        for relay in in_flight {
            if let Some(index) = self.find(&relay) {
                self.entries[index].free(no_sooner(now));
            }
        }
        for (relay, failed_at) in self.conflicts.wanting(names) {
            let at = no_sooner(failed_at);
            if let Some(index) = self.find(&relay) {
                self.retry_freed(index, at, now);
            }
        }
    }

    fn retry_freed(&mut self, index: usize, at: Instant, now: Instant) {
        let entry = &mut self.entries[index];
        if let Phase::Running { .. } = entry.phase {
            return entry.free(at);
        }
        let Some(failure) = &mut entry.memory.failure else {
            return;
        };
        let is_sooner = failure.then.retry_at().is_none_or(|retry_at| at < retry_at);
        if !is_sooner {
            return;
        }
        failure.then = Then::RetryAt(at);
        match entry.phase {
            Phase::Parked { .. } if at > now => self.park(index, Some(at)),
            Phase::Parked { .. } => {
                entry.due_since = now;
                self.make_ready(index, Priority::Live, Position::Front);
            }
            Phase::Ready { .. } | Phase::Running { .. } => {}
        }
    }

    /// Wakes a relay that waited for the request of another relay, which has ended.
    fn wake(&mut self, relay: &str, now: Instant) {
        let Some(index) = self.find(relay) else { return };
        let entry = &mut self.entries[index];
        match &mut entry.phase {
            Phase::Running { rerun } => *rerun = true,
            Phase::Ready { .. } | Phase::Parked { .. } => {
                entry.due_since = now;
                self.make_ready(index, Priority::Live, Position::Front);
            }
        }
    }

    fn host_name(&self, host: &str) -> Name {
        self.hash(&("host", host))
    }

    /// Records that the request of this item failed in a way that may be the server's, although zooid has accepted a heartbeat
    /// since.
    pub(crate) fn suspect(&mut self, item: &WorkItem, retry_after: Option<Duration>, now: Instant) -> Suspicion {
        let is_alone = self.ready.len() + self.timers.len() + self.running <= 1;
        let was_spread = self.trouble.is_spread();
        let (retry, random) = (&self.retry, &mut self.random);
        let decided = self
            .trouble
            .failed(item.index, is_alone, retry_after, retry, now, random);
        self.judge(decided, now);
        match (is_alone, self.trouble.is_spread()) {
            (true, _) => Suspicion::Counts,
            (false, false) => Suspicion::Undecided,
            (false, true) => Suspicion::Spread { is_new: !was_spread },
        }
    }

    /// Records that the request of this item failed in another way.
    pub(crate) fn failed_otherwise(&mut self, item: &WorkItem, now: Instant) {
        let decided = self.trouble.failed_otherwise(item.index);
        self.judge(decided, now);
    }

    fn judge(&mut self, decided: Decided, now: Instant) {
        let Some((index, verdict)) = decided else { return };
        let entry = &mut self.entries[index];
        match entry.phase {
            Phase::Running { .. } => entry.verdict = Some(verdict),
            Phase::Ready { .. } => {
                entry.memory.judge(verdict, now);
            }
            Phase::Parked { .. } => {
                if entry.memory.judge(verdict, now) {
                    self.make_ready(index, Priority::Backlog, Position::Back);
                }
            }
        }
    }

    /// Forgets the relay's state on zooid, which is no longer certain.
    pub(crate) fn forget_held(&mut self, relay: &str) {
        self.held.remove(self.hash(relay));
    }

    /// Finishes an attempt with its outcome.
    pub(crate) fn finish(&mut self, item: WorkItem, outcome: Outcome, now: Instant) {
        let WorkItem {
            relay,
            index,
            priority,
            trigger,
            ..
        } = item;
        let entry = &mut self.entries[index];
        let Phase::Running { rerun } = entry.phase else {
            return debug_assert!(false, "an item exists only while its relay runs");
        };
        let (retry, random) = (&self.retry, &mut self.random);
        let backoff = |in_a_row| RetryPolicy::jittered(retry.backoff(in_a_row), random);
        let After {
            next,
            memory,
            restore_trigger,
        } = memory::after(entry.memory, priority, outcome, rerun, now, backoff);
        entry.memory = memory;
        entry.zooid_known |= outcome == Outcome::Settled;
        if restore_trigger {
            entry.trigger.restore(trigger);
        }
        if matches!(outcome, Outcome::HeldByOther(_)) {
            self.held.held_by_other(self.hash(&*relay));
        }
        let entry = &mut self.entries[index];
        entry.phase = Phase::Parked { wake: None };
        let verdict = entry.verdict.take();
        let freed = entry.freed.take();
        let attempt = entry.attempt.take();
        self.running -= 1;
        self.trouble.ended(index);
        if let Some(attempt) = attempt {
            let until = self.unsettled.of_this_process(&relay, now);
            for waited in self.reservations.end(attempt.names, until, now) {
                self.wake(&waited, now);
            }
        }
        match next {
            Next::Forget => return self.forget(index),
            Next::Ready(priority, position) => self.make_ready(index, priority, position),
            Next::Park(at) => self.park(index, at),
        }
        self.judge(verdict.map(|verdict| (index, verdict)), now);
        if let Some(at) = freed
            && self.conflicts.get(&relay).is_some()
        {
            self.retry_freed(index, at, now);
        }
    }

    /// Returns the delay after this many failures: the backoff with jitter, or `retry_after` if longer. `None` if all attempts were
    /// used.
    pub(crate) fn retry_in(&mut self, failures: u32, retry_after: Option<Duration>) -> Option<Duration> {
        let backoff = RetryPolicy::jittered(self.retry.delay(failures)?, &mut self.random);
        Some(backoff.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER)))
    }

    /// Records that a relay's request got no answer and may still take effect.
    pub(crate) fn add_unsettled(&mut self, relay: &Arc<str>, now: Instant) {
        self.unsettled.add(Arc::clone(relay), now);
    }

    /// Returns until when requests for a relay may take effect that this process sent or that are recorded in the row; `None` if
    /// they cannot. `stored` is the time recorded in the row.
    pub(crate) fn known_unsettled_until(&self, relay: &str, stored: Option<Instant>, now: Instant) -> Option<Instant> {
        self.unsettled.known_until(relay, stored, now)
    }

    /// Same as [`known_unsettled_until`](Self::known_unsettled_until), but includes requests that an earlier process may have sent
    /// without recording them in the row.
    pub(crate) fn unsettled_until(&self, relay: &str, stored: Option<Instant>, now: Instant) -> Option<Instant> {
        self.unsettled.until(relay, stored, now)
    }

    /// Records that zooid accepted a relay's request. Returns the contact to report to the backend.
    pub(crate) fn request_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.breaker.request_accepted(now)
    }

    /// Records an accepted heartbeat, after which syncs may start. Returns the contact to report to the backend.
    pub(crate) fn heartbeat_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.breaker.heartbeat_accepted(now)
    }

    /// Records a failed heartbeat, after which no sync starts until a heartbeat succeeds.
    pub(crate) fn heartbeat_failed(&mut self, retry_after: Option<Duration>, now: Instant) -> Opened {
        let decided = self.trouble.heartbeat_failed();
        self.judge(decided, now);
        self.breaker
            .heartbeat_failed(retry_after, &self.retry, now, &mut self.random)
    }

    /// Starts a scheduled heartbeat if one is due. Returns whether it started.
    pub(crate) fn start_heartbeat(&mut self, now: Instant) -> bool {
        self.breaker.start_heartbeat(now)
    }

    /// Whether a heartbeat is still due.
    pub(crate) fn is_heartbeat_due(&self, now: Instant) -> bool {
        self.breaker.is_heartbeat_due(now)
    }

    /// Records that a scheduled heartbeat has ended, with any result.
    pub(crate) fn heartbeat_ended(&mut self) {
        self.breaker.heartbeat_ended();
    }

    /// Delays the next heartbeat because a request that was in flight failed with a `Retry-After`.
    pub(crate) fn wait_longer(&mut self, retry_after: Duration, now: Instant) {
        self.breaker.wait_longer(retry_after, now);
    }

    /// Makes the next heartbeat due now if zooid is unavailable.
    pub(crate) fn expedite_heartbeat(&mut self, now: Instant) {
        self.breaker.expedite_heartbeat(now);
    }

    /// Whether zooid is unavailable.
    pub(crate) fn is_zooid_unavailable(&self) -> bool {
        self.breaker.is_open()
    }

    /// Returns when something may be due, if only time must pass.
    pub(crate) fn wakes(&self, now: Instant) -> Option<Instant> {
        [
            self.timers.first(),
            self.rescan.wakes(self.ready.backlog()),
            self.breaker.wakes(now),
            self.trouble.wakes(now).filter(|_| self.ready.len() > 0),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Returns the number of ready relays.
    pub(crate) fn depth(&self) -> usize {
        self.ready.len()
    }

    /// Returns the number of running relays.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Returns the earliest time since which a relay at the head of a queue is due.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.ready.heads().map(|index| self.entries[index].due_since).min()
    }

    /// Panics unless each relay is exactly in the data structure of its phase.
    #[cfg(test)]
    fn check(&self) {
        let (mut ready, mut timers, mut running) = (0, 0, 0);
        for (index, entry) in &self.entries {
            assert_eq!(self.find(&entry.relay), Some(index));
            match entry.phase {
                Phase::Ready { priority, place } => {
                    ready += 1;
                    assert!(self.ready.contains(priority, place, index));
                }
                Phase::Running { .. } => running += 1,
                Phase::Parked { wake: Some(timer) } => {
                    timers += 1;
                    assert!(self.timers.contains(timer, index));
                }
                Phase::Parked { wake: None } => {}
            }
        }
        assert_eq!(ready, self.ready.len());
        assert_eq!(timers, self.timers.len());
        assert_eq!(running, self.running);
        assert_eq!(self.entries.len(), self.by_relay.len());
    }

    fn find(&self, relay: &str) -> Option<usize> {
        let is_it = |index: &usize| &*self.entries[*index].relay == relay;
        self.by_relay.find(self.hash(relay), is_it).copied()
    }

    /// Returns the index of a relay's entry. A new entry is parked.
    fn find_or_insert(&mut self, relay: &str, now: Instant) -> usize {
        self.find(relay).unwrap_or_else(|| self.insert(relay.into(), now))
    }

    fn insert(&mut self, relay: Arc<str>, now: Instant) -> usize {
        let hash = self.hash(&relay);
        let index = self.entries.insert(Entry {
            relay,
            phase: Phase::Parked { wake: None },
            memory: Memory::default(),
            trigger: Trigger::default(),
            due_since: now,
            // Before the first scan is done, an earlier process may have left the row during an attempt.
            zooid_known: self.first_scan_done,
            verdict: None,
            attempt: None,
            freed: None,
        });
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.by_relay
            .insert_unique(hash, index, |index| hasher.hash_one(&*entries[*index].relay));
        index
    }

    fn forget(&mut self, index: usize) {
        self.trouble.clear(index);
        let entry = self.entries.remove(index);
        self.conflicts.remove(&entry.relay);
        let hash = self.hash(&entry.relay);
        if let Ok(found) = self.by_relay.find_entry(hash, |other| *other == index) {
            found.remove();
        }
    }

    fn hash(&self, what: &(impl Hash + ?Sized)) -> u64 {
        self.hasher.hash_one(what)
    }

    fn make_ready(&mut self, index: usize, priority: Priority, position: Position) {
        self.leave_phase(index);
        let place = self.ready.push(priority, position, index);
        self.entries[index].phase = Phase::Ready { priority, place };
    }

    fn park(&mut self, index: usize, until: Option<Instant>) {
        self.leave_phase(index);
        let wake = until.map(|at| self.timers.set(at, index));
        self.entries[index].phase = Phase::Parked { wake };
    }

    /// Removes a relay from its queue, or cancels its timer.
    fn leave_phase(&mut self, index: usize) {
        match self.entries[index].phase {
            Phase::Ready { priority, place } => self.ready.remove(priority, place),
            Phase::Parked { wake: Some(timer) } => self.timers.cancel(timer),
            Phase::Parked { wake: None } => {}
            Phase::Running { .. } => debug_assert!(false, "a running relay finishes first"),
        }
    }
}
