use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::time::Instant;

use crate::SETTLE_TIME;

/// The relays with a request that got no answer, as long as the request may still take effect on zooid.
#[derive(Debug)]
pub(super) struct Unsettled {
    /// The time until which a request of an earlier process may take effect.
    of_earlier_process: Instant,
    until: HashMap<Arc<str>, Instant>,
    /// The entries of `until`, the earliest first.
    in_order: VecDeque<(Instant, Arc<str>)>,
}

impl Unsettled {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            of_earlier_process: now + SETTLE_TIME,
            until: HashMap::new(),
            in_order: VecDeque::new(),
        }
    }

    /// Records that a request of this relay got no answer.
    pub(super) fn add(&mut self, relay: Arc<str>, now: Instant) {
        while let Some((until, _)) = self.in_order.front()
            && *until <= now
        {
            if let Some((until, relay)) = self.in_order.pop_front()
                && self.until.get(&relay) == Some(&until)
            {
                self.until.remove(&relay);
            }
        }
        let until = now + SETTLE_TIME;
        self.until.insert(Arc::clone(&relay), until);
        self.in_order.push_back((until, relay));
    }

    /// Returns until when requests of this process for this relay may take effect; `None` if they cannot.
    pub(super) fn of_this_process(&self, relay: &str, now: Instant) -> Option<Instant> {
        self.until.get(relay).copied().filter(|until| *until > now)
    }

    /// Returns until when requests for this relay may take effect that this process sent or that are recorded in the row; `None`
    /// if they cannot. `stored` is the time recorded in the row.
    pub(super) fn known_until(&self, relay: &str, stored: Option<Instant>, now: Instant) -> Option<Instant> {
        let of_this_process = self.until.get(relay).copied();
        of_this_process.max(stored).filter(|until| *until > now)
    }

    /// Same as [`known_until`](Self::known_until), but includes requests that an earlier process may have sent without recording
    /// them in the row.
    pub(super) fn until(&self, relay: &str, stored: Option<Instant>, now: Instant) -> Option<Instant> {
        let of_earlier_process = Some(self.of_earlier_process).filter(|until| *until > now);
        self.known_until(relay, stored, now).max(of_earlier_process)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_latest_known_time_applies() {
        let start = Instant::now();
        let mut unsettled = Unsettled::new(start);
        assert_eq!(unsettled.until("a", None, start), Some(start + SETTLE_TIME));

        let later = start + SETTLE_TIME;
        assert_eq!(
            unsettled.until("a", None, later),
            None,
            "no request of an earlier process can take effect"
        );
        let stored = Some(later + SECOND);
        assert_eq!(unsettled.until("a", stored, later), stored);
        assert_eq!(unsettled.until("a", stored, later + SECOND), None);

        unsettled.add("a".into(), later);
        assert_eq!(unsettled.until("a", stored, later), Some(later + SETTLE_TIME));
        assert_eq!(unsettled.until("b", None, later), None);
    }

    #[test]
    fn requests_of_an_earlier_process_are_not_among_the_known_requests() {
        let start = Instant::now();
        let mut unsettled = Unsettled::new(start);
        assert_eq!(unsettled.known_until("a", None, start), None);
        unsettled.add("a".into(), start + SECOND);
        assert_eq!(
            unsettled.known_until("a", Some(start + SECOND), start + SECOND),
            Some(start + SECOND + SETTLE_TIME)
        );
    }

    #[test]
    fn settled_entries_are_removed() {
        let start = Instant::now();
        let mut unsettled = Unsettled::new(start);
        unsettled.add("a".into(), start);
        unsettled.add("b".into(), start);
        unsettled.add("a".into(), start + SECOND);
        unsettled.add("c".into(), start + SETTLE_TIME);
        assert_eq!(unsettled.until.len(), 2, "a and c");
        let until = Some(start + SETTLE_TIME + SECOND);
        assert_eq!(unsettled.until("a", None, start + SETTLE_TIME), until);
    }
}
