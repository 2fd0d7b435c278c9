use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::RetryPolicy;

/// How many rows are read at once.
pub(crate) const PAGE: usize = 500;

/// The reading of all rows that are pending, a page at a time and no sooner than there is room for the next.
#[derive(Debug)]
pub(super) struct Rescan {
    /// The time between two, once all is well.
    every: Option<Duration>,
    state: State,
    /// It was asked for while one was under way, which may have passed what it was asked for.
    again: bool,
    tick_at: Option<Instant>,
    /// After an error, no earlier than this.
    not_before: Option<Instant>,
}

#[derive(Debug)]
enum State {
    Idle,
    /// The next page is the one after this id.
    Ready(Option<String>),
    /// A page is being read.
    Reading(Option<String>),
}

impl Rescan {
    pub(super) fn new(every: Option<Duration>) -> Self {
        Self {
            every,
            state: State::Idle,
            again: false,
            tick_at: None,
            not_before: None,
        }
    }

    /// Has the rows read from the first.
    pub(super) fn ask(&mut self) {
        match self.state {
            State::Idle => self.state = State::Ready(None),
            State::Ready(_) | State::Reading(_) => self.again = true,
        }
    }

    /// The id after which the next page begins, once it is time and there is room.
    pub(super) fn take(&mut self, waiting: usize, now: Instant) -> Option<Option<String>> {
        if matches!(self.state, State::Idle) && self.tick_at.is_some_and(|at| at <= now) {
            self.ask();
        }
        if waiting > PAGE / 2 || self.not_before.is_some_and(|at| now < at) {
            return None;
        }
        let State::Ready(after) = &self.state else { return None };
        let after = after.clone();
        self.state = State::Reading(after.clone());
        Some(after)
    }

    /// A page was read; `last` is its last id if it was full.
    pub(super) fn page(&mut self, last: Option<String>, now: Instant, random: &mut Rng) {
        self.not_before = None;
        self.state = match last {
            Some(last) => State::Ready(Some(last)),
            None if std::mem::take(&mut self.again) => State::Ready(None),
            None => {
                self.tick_at = self.every.map(|every| now + RetryPolicy::jittered(every, random));
                State::Idle
            }
        };
    }

    /// A page could not be read; it is read again after a while.
    pub(super) fn failed(&mut self, wait: Duration, now: Instant) {
        self.not_before = Some(now + wait);
        if let State::Reading(after) = &mut self.state {
            self.state = State::Ready(after.take());
        }
    }

    /// When there may be something to take without anything happening before.
    pub(super) fn wakes(&self, waiting: usize) -> Option<Instant> {
        match self.state {
            State::Idle => self.tick_at,
            State::Ready(_) if waiting <= PAGE / 2 => self.not_before,
            State::Ready(_) | State::Reading(_) => None,
        }
    }
}
