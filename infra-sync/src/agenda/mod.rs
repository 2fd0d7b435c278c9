//! What is to be done next: decided here, without I/O. Events and the time come in, tickets come out.
//!
//! ```text
//!  activity ──► note ───────────┐ live                     ┌─► synced, gone ──► forgotten
//!  rows ──────► found ──┬───────┤            concurrency,  │
//!                       │       ▼ backlog    breaker       │
//!                       │     lanes ────────► next ──► ticket ──► done ──► failed ─┐
//!                       │       ▲                          │                       │
//!                       └─► hold, timers ◄─────────────────┴───────────────────────┘
//! ```
//!
//! A relay is at one place at a time: in a lane, in flight, or held until a time or a change. So it is never synced twice
//! at once, and whatever is told of it meanwhile makes for one more look.

mod breaker;
mod lanes;
mod rescan;
mod ticket;
mod timers;
mod unsettled;

use std::{collections::HashMap, sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::time::Instant;

use crate::{Relay, RetryPolicy};
use breaker::{Breaker, LONGEST_RETRY_AFTER};
use lanes::{Lane, Lanes};
use rescan::Rescan;
use ticket::{Failed, Hold};
use timers::Timers;
use unsettled::Unsettled;

pub(crate) use breaker::{Contact, Opened};
pub(crate) use rescan::PAGE;
pub(crate) use ticket::{Decision, Mark, Ticket};

/// How a ticket ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// zooid has the row, and the backend knows.
    Synced,
    /// There was nothing to do, or no row.
    Nothing,
    /// It failed, and the backend knows. Without a delay, it is left alone until it changes.
    Failed {
        of: Mark,
        failures: u32,
        retry_in: Option<Duration>,
        gave_up: bool,
    },
    /// It is found to have failed before.
    Waits {
        of: Mark,
        failures: u32,
        given_up: bool,
    },
    KeepsWaiting,
    /// zooid as a whole is in trouble: it goes on once that is over, after the others.
    Unserved,
    /// Nothing may be sent right now: it goes on once that is over, before the others.
    Barred,
    /// Another process is at it.
    Elsewhere(Duration),
    /// The relay is deleted on zooid, but until then an earlier request may bring it back.
    Unsettled(Instant),
    /// The backend failed, or something panicked.
    Stumbled,
}

/// What became of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    Added,
    /// A look at the relay was to be taken anyway.
    Coalesced,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    hold: Option<Hold>,
    activity: Option<Arc<str>>,
    /// Since when something is to be done.
    since: Instant,
    changed: bool,
    /// An attempt's end is not known.
    unsure: bool,
    /// How often in a row the backend failed it.
    stumbles: u32,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Held,
    Queued { number: u64, lane: Lane },
    InFlight { again: bool },
}

/// The core of [`Infra`](crate::Infra).
#[derive(Debug)]
pub(crate) struct Agenda {
    entries: HashMap<Arc<str>, Entry>,
    lanes: Lanes,
    timers: Timers,
    rescan: Rescan,
    breaker: Breaker,
    unsettled: Unsettled,
    retry: RetryPolicy,
    concurrency: usize,
    in_flight: usize,
    queued: usize,
    /// All rows that a former run may have left in the midst of an attempt have been found.
    first_scan_done: bool,
    random: Rng,
}

impl Agenda {
    pub(crate) fn new(
        retry: RetryPolicy,
        concurrency: usize,
        rescan: Option<Duration>,
        random: Rng,
        now: Instant,
    ) -> Self {
        Self {
            entries: HashMap::new(),
            lanes: Lanes::default(),
            timers: Timers::default(),
            rescan: Rescan::new(rescan),
            breaker: Breaker::default(),
            unsettled: Unsettled::new(now),
            retry,
            concurrency: concurrency.max(1),
            in_flight: 0,
            queued: 0,
            first_scan_done: false,
            random,
        }
    }

    /// Something happened to a relay: its newest row is looked at as soon as can be.
    pub(crate) fn note(&mut self, relay: &str, activity: &str, now: Instant) -> Noted {
        let activity = Some(Arc::from(activity));
        let Some((key, entry)) = self.entry(relay) else {
            let key: Arc<str> = Arc::from(relay);
            let entry = Entry {
                activity,
                changed: true,
                ..Entry::new(now)
            };
            self.entries.insert(Arc::clone(&key), entry);
            self.queue(&key, Lane::Live);
            return Noted::Added;
        };
        entry.activity = activity;
        entry.changed = true;
        match entry.place {
            Place::InFlight { ref mut again } => {
                let noted = if *again { Noted::Coalesced } else { Noted::Added };
                *again = true;
                if noted == Noted::Added {
                    entry.since = now;
                }
                noted
            }
            Place::Queued { lane: Lane::Live, .. } => Noted::Coalesced,
            Place::Queued {
                lane: Lane::Backlog, ..
            } => {
                self.queue(&key, Lane::Live);
                Noted::Coalesced
            }
            Place::Held => {
                entry.since = now;
                self.queue(&key, Lane::Live);
                Noted::Added
            }
        }
    }

    /// A sync was reported as failed, perhaps by another process.
    pub(crate) fn note_failure(&mut self, relay: &str, now: Instant) {
        if self.entry(relay).is_none() {
            let key: Arc<str> = Arc::from(relay);
            self.entries.insert(Arc::clone(&key), Entry::new(now));
            self.queue(&key, Lane::Live);
        }
    }

    /// Has all pending rows looked for.
    pub(crate) fn ask_rescan(&mut self) {
        self.rescan.ask();
    }

    /// The id after which a page of rows is to be read now, if one is.
    pub(crate) fn next_page(&mut self, now: Instant) -> Option<Option<String>> {
        self.rescan.take(self.lanes.backlog(), now)
    }

    /// A row was found pending.
    pub(crate) fn found(&mut self, relay: &Relay, of: Mark, now: Instant) {
        let record = &relay.record;
        if let Some((key, entry)) = self.entry(&relay.id) {
            let same = match entry.hold {
                Some(Hold::Failed(failed)) => failed.of == of,
                Some(Hold::Unknown { .. } | Hold::Unserved) => true,
                None => false,
            };
            match &mut entry.place {
                Place::InFlight { again } => *again = true,
                Place::Held if !same => {
                    entry.since = now;
                    self.queue(&key, Lane::Backlog);
                }
                Place::Held | Place::Queued { .. } => {}
            }
            return;
        }
        if record.given_up {
            return;
        }
        let key: Arc<str> = Arc::from(relay.id.as_str());
        let mut entry = Entry::new(now);
        entry.unsure = true;
        self.entries.insert(Arc::clone(&key), entry);
        if relay.sync_error.is_empty() || self.retry.delay(record.failures).is_none() {
            self.queue(&key, Lane::Backlog);
        } else {
            self.hold_failed(&key, of, record.failures, now);
        }
    }

    /// A page was read to its end; `last` is its last id if there may be more.
    pub(crate) fn page_read(&mut self, last: Option<String>, now: Instant) {
        self.first_scan_done |= last.is_none();
        self.rescan.page(last, now, &mut self.random);
    }

    /// A page could not be read.
    pub(crate) fn page_failed(&mut self, now: Instant) {
        self.rescan
            .failed(RetryPolicy::jittered(self.retry.base, &mut self.random), now);
    }

    /// The next relay to be looked at now, if there is one and a sync may begin.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Ticket> {
        while let Some((at, relay)) = self.timers.pop_due(now) {
            let due = |entry: &&mut Entry| {
                matches!(entry.place, Place::Held) && entry.hold.is_some_and(|hold| hold.until() == Some(at))
            };
            if let Some(entry) = self.entries.get_mut(&relay).filter(due) {
                entry.since = now;
                self.queue(&relay, Lane::Backlog);
            }
        }
        if self.in_flight >= self.concurrency || self.breaker.is_open() {
            return None;
        }
        while let Some((number, relay)) = self.lanes.pop() {
            let Some(entry) = self.entries.get_mut(&relay) else {
                continue;
            };
            let lane = match entry.place {
                Place::Queued { number: current, lane } if current == number => lane,
                _ => continue,
            };
            entry.place = Place::InFlight { again: false };
            let ticket = Ticket {
                activity: entry.activity.take(),
                hold: entry.hold,
                changed: std::mem::take(&mut entry.changed),
                sure: self.first_scan_done && !entry.unsure,
                lane,
                relay,
                max_attempts: self.retry.max_attempts,
            };
            self.in_flight += 1;
            self.queued -= 1;
            return Some(ticket);
        }
        None
    }

    /// Whether a ticket's request may go out this very moment. If so, its end is not known until it is told.
    pub(crate) fn may_send(&mut self, ticket: &Ticket) -> bool {
        let may = !self.breaker.is_open();
        if may && let Some(entry) = self.entries.get_mut(&ticket.relay) {
            entry.unsure = true;
        }
        may
    }

    /// A relay's request got no answer, and may still take effect.
    pub(crate) fn add_unsettled(&mut self, relay: &Arc<str>, now: Instant) {
        self.unsettled.add(Arc::clone(relay), now);
    }

    /// Returns when no earlier request of a relay can take effect any longer, unless that is now.
    pub(crate) fn unsettled_until(&self, relay: &Relay, now: Instant) -> Option<Instant> {
        self.unsettled.until(&relay.id, relay.record.unsettled_for, now)
    }

    /// zooid accepted the request of a relay. Returns what to tell the backend.
    pub(crate) fn request_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.breaker.request_accepted(now)
    }

    /// zooid accepted a heartbeat: syncs may begin. Returns what to tell the backend.
    pub(crate) fn heartbeat_accepted(&mut self, now: Instant) -> Option<Contact> {
        self.breaker.heartbeat_accepted(now)
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

    /// A heartbeat failed: no sync begins until one succeeds.
    pub(crate) fn heartbeat_failed(&mut self, retry_after: Option<Duration>, now: Instant) -> Opened {
        self.breaker
            .heartbeat_failed(retry_after, &self.retry, now, &mut self.random)
    }

    /// zooid asked to wait longer than until the next heartbeat.
    pub(crate) fn wait_longer(&mut self, retry_after: Duration, now: Instant) {
        self.breaker.wait_longer(retry_after, now);
    }

    /// Sends the next heartbeat now if zooid cannot be used.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.breaker.hurry(now);
    }

    /// Whether zooid cannot be used.
    pub(crate) fn is_zooid_unavailable(&self) -> bool {
        self.breaker.is_open()
    }

    /// When a relay is to be tried again that has failed so often; `None` if it had all its attempts. The server may ask
    /// for a longer delay.
    pub(crate) fn retry_in(&mut self, failures: u32, retry_after: Option<Duration>) -> Option<Duration> {
        let delay = RetryPolicy::jittered(self.retry.delay(failures)?, &mut self.random);
        Some(delay.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER)))
    }

    /// A ticket has ended. Answers since when it was to be done.
    pub(crate) fn done(&mut self, ticket: &Ticket, outcome: Outcome, now: Instant) -> Instant {
        self.in_flight -= 1;
        let key = &ticket.relay;
        let Some(entry) = self.entries.get_mut(key) else {
            return now;
        };
        let since = entry.since;
        let Place::InFlight { again } = entry.place else {
            return since;
        };
        entry.place = Place::Held;
        if !matches!(outcome, Outcome::Stumbled) {
            entry.stumbles = 0;
        }
        match outcome {
            Outcome::Synced | Outcome::Nothing => {
                entry.hold = None;
                entry.unsure = false;
            }
            Outcome::Failed {
                of,
                failures,
                retry_in,
                gave_up,
            } => {
                self.hold(
                    key,
                    Hold::Failed(Failed {
                        of,
                        failures,
                        until: retry_in.map(|delay| now + delay),
                        gave_up,
                    }),
                );
            }
            Outcome::Waits {
                of,
                failures,
                given_up: true,
            } => {
                self.hold(
                    key,
                    Hold::Failed(Failed {
                        of,
                        failures,
                        until: None,
                        gave_up: true,
                    }),
                );
            }
            Outcome::Waits {
                of,
                failures,
                given_up: false,
            } => self.hold_failed(key, of, failures, now),
            Outcome::KeepsWaiting => match entry.hold.and_then(|hold| hold.failed()) {
                Some(failed) if failed.waits(now) => self.hold(key, Hold::Failed(failed)),
                // Its timer may have rung meanwhile.
                _ => self.queue(key, Lane::Backlog),
            },
            Outcome::Unserved | Outcome::Barred => {
                entry.changed |= ticket.changed;
                entry.activity = entry.activity.take().or_else(|| ticket.activity.clone());
                if matches!(outcome, Outcome::Unserved) {
                    entry.hold = Some(Hold::Unserved);
                }
                let number = match outcome {
                    Outcome::Barred => self.lanes.push_front(ticket.lane, Arc::clone(key)),
                    _ => self.lanes.push(Lane::Backlog, Arc::clone(key)),
                };
                let lane = if matches!(outcome, Outcome::Barred) {
                    ticket.lane
                } else {
                    Lane::Backlog
                };
                entry.place = Place::Queued { number, lane };
                self.queued += 1;
            }
            Outcome::Elsewhere(wait) => {
                self.hold(
                    key,
                    Hold::Unknown {
                        until: now + wait,
                        waiting: None,
                    },
                );
            }
            Outcome::Unsettled(until) => self.hold(key, Hold::Unknown { until, waiting: None }),
            Outcome::Stumbled => {
                entry.changed |= ticket.changed;
                entry.activity = entry.activity.take().or_else(|| ticket.activity.clone());
                entry.stumbles = entry.stumbles.saturating_add(1);
                let waiting = entry
                    .hold
                    .and_then(|hold| hold.failed())
                    .filter(|failed| failed.waits(now));
                let delay = RetryPolicy::jittered(self.retry.backoff(entry.stumbles), &mut self.random);
                self.hold(
                    key,
                    Hold::Unknown {
                        until: now + delay,
                        waiting,
                    },
                );
            }
        }
        self.look_again(
            key,
            again
                && !matches!(
                    outcome,
                    Outcome::Elsewhere(_) | Outcome::Unsettled(_) | Outcome::Stumbled
                ),
        );
        since
    }

    /// When something may be due without anything happening before.
    pub(crate) fn wakes(&self, now: Instant) -> Option<Instant> {
        [
            self.timers.first(),
            self.rescan.wakes(self.lanes.backlog()),
            self.breaker.wakes(now),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// How many relays wait to be looked at.
    pub(crate) fn depth(&self) -> usize {
        self.queued
    }

    /// How many are being looked at.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Since when the relays at the heads of the lanes wait.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.lanes
            .heads()
            .filter_map(|relay| self.entries.get(relay))
            .map(|entry| entry.since)
            .min()
    }

    fn entry(&mut self, relay: &str) -> Option<(Arc<str>, &mut Entry)> {
        let key = Arc::clone(self.entries.get_key_value(relay)?.0);
        Some((key, self.entries.get_mut(relay)?))
    }

    fn queue(&mut self, key: &Arc<str>, lane: Lane) {
        let number = self.lanes.push(lane, Arc::clone(key));
        if let Some(entry) = self.entries.get_mut(key) {
            if !matches!(entry.place, Place::Queued { .. }) {
                self.queued += 1;
            }
            entry.place = Place::Queued { number, lane };
        }
    }

    fn hold_failed(&mut self, key: &Arc<str>, of: Mark, failures: u32, now: Instant) {
        let delay = self.retry_in(failures, None);
        let failed = Failed {
            of,
            failures,
            until: delay.map(|delay| now + delay),
            gave_up: delay.is_none(),
        };
        self.hold(key, Hold::Failed(failed));
    }

    fn hold(&mut self, key: &Arc<str>, hold: Hold) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.hold = Some(hold);
            if let Some(until) = hold.until() {
                self.timers.set(until, Arc::clone(key));
            }
        }
    }

    /// Looks once more at a relay of which something was told meanwhile; else forgets one with nothing to remember.
    fn look_again(&mut self, key: &Arc<str>, again: bool) {
        let Some(entry) = self.entries.get(key) else { return };
        match entry.place {
            Place::Held if again => self.queue(key, Lane::Live),
            Place::Held if entry.hold.is_none() => drop(self.entries.remove(key)),
            _ => {}
        }
    }
}

impl Entry {
    fn new(now: Instant) -> Self {
        Self {
            place: Place::Held,
            hold: None,
            activity: None,
            since: now,
            changed: false,
            unsure: false,
            stumbles: 0,
        }
    }
}
