use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::RetryPolicy;

/// The number of rows in a page of a scan.
pub(crate) const PAGE: usize = 500;

/// A scan of all pending rows, one page at a time. The next page is read when the backlog is at most half a page, which is
/// the backpressure.
#[derive(Debug)]
pub(super) struct Rescan {
    /// The interval from the end of a scan to the next.
    every: Option<Duration>,
    state: State,
    /// Another scan was requested while a scan was running, which may have passed the changed row already.
    again: bool,
    tick_at: Option<Instant>,
    /// The earliest time of the next page after an error.
    not_before: Option<Instant>,
}

#[derive(Debug)]
enum State {
    Idle,
    /// The next page starts after this id.
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

    /// Requests a scan from the first row.
    pub(super) fn request(&mut self) {
        match self.state {
            State::Idle => self.state = State::Ready(None),
            State::Ready(_) | State::Reading(_) => self.again = true,
        }
    }

    /// Starts reading the next page if it is due and the backlog is short enough. Returns the id after which the page starts.
    pub(super) fn take(&mut self, backlog: usize, now: Instant) -> Option<Option<String>> {
        if matches!(self.state, State::Idle) && self.tick_at.is_some_and(|at| at <= now) {
            self.request();
        }
        if backlog > PAGE / 2 || self.not_before.is_some_and(|at| now < at) {
            return None;
        }
        let State::Ready(after) = &self.state else { return None };
        let after = after.clone();
        self.state = State::Reading(after.clone());
        Some(after)
    }

    /// Records that a page was read. `last` is its last id if the page was full.
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

    /// Records that a page could not be read. It is read again after `wait`.
    pub(super) fn failed(&mut self, wait: Duration, now: Instant) {
        self.not_before = Some(now + wait);
        if let State::Reading(after) = &mut self.state {
            self.state = State::Ready(after.take());
        }
    }

    /// Returns when the next page is due, if only time must pass.
    pub(super) fn wakes(&self, backlog: usize) -> Option<Instant> {
        match self.state {
            State::Idle => self.tick_at,
            State::Ready(_) if backlog <= PAGE / 2 => self.not_before,
            State::Ready(_) | State::Reading(_) => None,
        }
    }
}
