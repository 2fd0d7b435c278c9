use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::time::Instant;

use crate::SETTLE_TIME;

/// The relays that had a request without an answer, as long as that may still take effect on zooid.
#[derive(Debug)]
pub(super) struct Unsettled {
    /// Until then, a request of an earlier process may take effect.
    of_earlier_process: Instant,
    until: HashMap<Arc<str>, Instant>,
    /// The same, the earliest first.
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

    /// A request of this relay got no answer.
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

    /// Returns when no request of this process for this relay can take effect any longer, unless that is now.
    pub(super) fn of_this_process(&self, relay: &str, now: Instant) -> Option<Instant> {
        self.until.get(relay).copied().filter(|until| *until > now)
    }

    /// Returns when no request of this relay can take effect any longer that this process sent or that the row tells of,
    /// unless that is now. `stored` is the time that the row says.
    pub(super) fn known_until(&self, relay: &str, stored: Option<Instant>, now: Instant) -> Option<Instant> {
        let of_this_process = self.until.get(relay).copied();
        of_this_process.max(stored).filter(|until| *until > now)
    }

    /// The same, with the requests that an earlier process may have sent without a trace in the row.
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
    fn the_latest_of_what_is_known_counts() {
        let start = Instant::now();
        let mut unsettled = Unsettled::new(start);
        assert_eq!(unsettled.until("a", None, start), Some(start + SETTLE_TIME));

        let later = start + SETTLE_TIME;
        assert_eq!(unsettled.until("a", None, later), None, "an earlier process");
        let stored = Some(later + SECOND);
        assert_eq!(unsettled.until("a", stored, later), stored);
        assert_eq!(unsettled.until("a", stored, later + SECOND), None);

        unsettled.add("a".into(), later);
        assert_eq!(unsettled.until("a", stored, later), Some(later + SETTLE_TIME));
        assert_eq!(unsettled.until("b", None, later), None);
    }

    #[test]
    fn an_earlier_process_is_no_request_that_is_known_of() {
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
    fn what_is_settled_is_forgotten() {
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
