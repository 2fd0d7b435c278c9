//! Decides what happens next, without I/O: events and the time go in, work items come out.
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
//! A relay is in exactly one phase: ready, running or parked. So it is never synced twice at once, and whatever happens to it
//! while it runs makes it run once more. What the end of a run leads to is one table: `memory::after`.

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

/// What an activity led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enqueued {
    Added,
    /// The relay was to be looked at anyway.
    Coalesced,
}

/// A relay that something is to be done for, or remembered of.
#[derive(Debug)]
struct Entry {
    relay: Arc<str>,
    phase: Phase,
    memory: Memory,
    trigger: Trigger,
    /// Since when something is to be done.
    due_since: Instant,
    /// What the row says zooid last accepted is what zooid has. False as long as an attempt, of this process or an earlier
    /// one, may have ended without a report.
    zooid_known: bool,
    /// It was decided whose the failure was that is being reported.
    verdict: Option<Verdict>,
    attempt: Option<Attempt>,
    /// When to try again if it fails for its host or schema, since that may have become free while it ran.
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
    /// What zooid had before, if that is known.
    before: Option<Holds>,
    /// The host it had before, as this process or the row remembers.
    host_before: Option<Name>,
    /// No request of another process can have changed that since.
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
        /// `None`: until the row changes.
        wake: Option<Timer>,
    },
}

/// What follows from a failure that may be the server's although it accepts heartbeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspicion {
    /// It is the relay's: no other relay's request could tell.
    Counts,
    /// The next request of another relay decides.
    Undecided,
    /// The same, and the relay before has failed in the same way.
    Spread { is_new: bool },
}

/// The core of [`Infra`](crate::Infra).
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
    /// All rows that an earlier process may have left in the middle of an attempt were observed.
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

    /// Something happened to a relay: its newest row is looked at as soon as possible.
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

    /// A sync was reported as failed, perhaps by another process.
    pub(crate) fn enqueue_failed(&mut self, relay: &str, now: Instant) {
        if self.find(relay).is_none() {
            // Perhaps of another process.
            self.forget_held(relay);
            let index = self.find_or_insert(relay, now);
            self.make_ready(index, Priority::Live, Position::Back);
        }
    }

    /// Starts a scan of all pending rows, or another one after that which is running.
    pub(crate) fn request_scan(&mut self) {
        self.rescan.ask();
    }

    /// Activities were missed: any relay may have changed, or is to be sent once more.
    pub(crate) fn lagged(&mut self) {
        self.held.clear();
        self.rescan.ask();
    }

    /// The id after which the next page of rows is to be read now, if one is.
    pub(crate) fn next_page(&mut self, now: Instant) -> Option<Option<String>> {
        self.rescan.take(self.ready.backlog(), now)
    }

    /// A scan found a row pending.
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

    /// A page was read; `last` is its last id if there may be more.
    pub(crate) fn page_read(&mut self, last: Option<String>, now: Instant) {
        self.first_scan_done |= last.is_none();
        self.rescan.page(last, now, &mut self.random);
    }

    /// A page could not be read.
    pub(crate) fn page_failed(&mut self, now: Instant) {
        self.rescan
            .failed(RetryPolicy::jittered(self.retry.base, &mut self.random), now);
    }

    /// Takes the next relay, if there is one and a sync may begin.
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

    /// Takes this relay before all others, unless it is running: then it runs once more. The relay stays ready while zooid
    /// cannot be used.
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

    /// Whether no relay may begin now.
    fn is_held(&self, now: Instant) -> bool {
        self.breaker.is_open() || self.trouble.holds(now)
    }

    fn run(&mut self, index: usize, priority: Priority, now: Instant) -> WorkItem {
        self.running += 1;
        self.trouble.begin(index);
        let held = self.held.get(self.hash(&*self.entries[index].relay));
        let held = held.and_then(|holds| holds.accepted);
        let entry = &mut self.entries[index];
        entry.phase = Phase::Running { rerun: false };
        entry.verdict = None;
        if entry.memory.last == (LastOutcome::Suspected { is_due: true }) {
            // Its retry has come before the request of another relay.
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

    /// Whether a request for this relay may be sent at this very moment. If so, the state of zooid is not known until the
    /// item has finished.
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

    /// Reserves the host and the schema of a relay until its item has finished, since a request is to be sent.
    ///
    /// # Errors
    ///
    /// Another relay's request has one of them. See [`Outcome::Reserved`].
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

    /// zooid accepted the last request of this item, which set this host: zooid has this state of the row. `settles_at` is
    /// when the requests that the row tells of can no longer take effect.
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
            // It may have had any host.
            None if relay.is_synced() => self.freed(None, now),
            Some(_) | None => {}
        }
    }

    /// The request of this item failed since another relay has its host or schema. Returns whether relays want each other's
    /// hosts in a cycle, so that none of them can succeed before one gives up its host.
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

    /// zooid accepted another host for the relay of this item, or may have.
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

    /// These hosts and schemas are free, or any may be. The relays that want them are tried at once, whether their retry is
    /// later or all attempts were used. If it is not known which are free, they are tried no sooner than after a first backoff.
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
        // They may have been refused a moment ago.
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

    /// The request of another relay has ended for which this one waited.
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

    /// The request of this item failed in a way that may be the server's, which has accepted a heartbeat since.
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

    /// The request of this item failed in another way.
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

    /// From now on it is not known what zooid has of a relay.
    pub(crate) fn forget_held(&mut self, relay: &str) {
        self.held.remove(self.hash(relay));
    }

    /// An attempt has ended.
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

    /// Returns the backoff after so many failures, which the server may ask to be longer; `None` if all attempts were used.
    pub(crate) fn retry_in(&mut self, failures: u32, retry_after: Option<Duration>) -> Option<Duration> {
        let backoff = RetryPolicy::jittered(self.retry.delay(failures)?, &mut self.random);
        Some(backoff.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER)))
    }

    /// A relay's request got no answer, and may still take effect.
    pub(crate) fn add_unsettled(&mut self, relay: &Arc<str>, now: Instant) {
        self.unsettled.add(Arc::clone(relay), now);
    }

    /// Returns when no request of a relay can take effect any longer that this process sent or that the row tells of,
    /// unless that is now. `stored` is the time that the row says.
    pub(crate) fn known_unsettled_until(&self, relay: &str, stored: Option<Instant>, now: Instant) -> Option<Instant> {
        self.unsettled.known_until(relay, stored, now)
    }

    /// The same, with the requests that an earlier process may have sent without a trace in the row.
    pub(crate) fn unsettled_until(&self, relay: &str, stored: Option<Instant>, now: Instant) -> Option<Instant> {
        self.unsettled.until(relay, stored, now)
    }

    /// zooid accepted the request of a relay. Returns what to tell the backend.
    pub(crate) fn request_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.breaker.request_accepted(now)
    }

    /// zooid accepted a heartbeat: syncs may begin. Returns what to tell the backend.
    pub(crate) fn heartbeat_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.breaker.heartbeat_accepted(now)
    }

    /// A heartbeat failed: no sync begins until one succeeds.
    pub(crate) fn heartbeat_failed(&mut self, retry_after: Option<Duration>, now: Instant) -> Opened {
        let decided = self.trouble.heartbeat_failed();
        self.judge(decided, now);
        self.breaker
            .heartbeat_failed(retry_after, &self.retry, now, &mut self.random)
    }

    /// Begins a scheduled heartbeat if one is due.
    pub(crate) fn begin_heartbeat(&mut self, now: Instant) -> bool {
        self.breaker.begin_heartbeat(now)
    }

    /// Whether a heartbeat is still due.
    pub(crate) fn is_heartbeat_due(&self, now: Instant) -> bool {
        self.breaker.is_heartbeat_due(now)
    }

    /// A scheduled heartbeat has ended, however it did.
    pub(crate) fn heartbeat_ended(&mut self) {
        self.breaker.heartbeat_ended();
    }

    /// zooid asked to wait longer than until the next heartbeat.
    pub(crate) fn wait_longer(&mut self, retry_after: Duration, now: Instant) {
        self.breaker.wait_longer(retry_after, now);
    }

    /// Sends the next heartbeat now if zooid cannot be used.
    pub(crate) fn expedite_heartbeat(&mut self, now: Instant) {
        self.breaker.expedite_heartbeat(now);
    }

    /// Whether zooid cannot be used.
    pub(crate) fn is_zooid_unavailable(&self) -> bool {
        self.breaker.is_open()
    }

    /// When something may be due unless something happens before.
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

    /// How many relays are ready.
    pub(crate) fn depth(&self) -> usize {
        self.ready.len()
    }

    /// How many relays are running.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Since when the relays at the heads of the queues are due.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.ready.heads().map(|index| self.entries[index].due_since).min()
    }

    /// Panics unless each relay is in the place of its phase, and in no other.
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

    /// A new entry is parked.
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
            // Until then, an earlier process may have left the row in the middle of an attempt.
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

    /// Takes a relay out of its queue, or cancels its timer.
    fn leave_phase(&mut self, index: usize) {
        match self.entries[index].phase {
            Phase::Ready { priority, place } => self.ready.remove(priority, place),
            Phase::Parked { wake: Some(timer) } => self.timers.cancel(timer),
            Phase::Parked { wake: None } => {}
            Phase::Running { .. } => debug_assert!(false, "a running relay finishes first"),
        }
    }
}
