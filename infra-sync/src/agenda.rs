use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// Which relay is to be looked at when: each at most once, at the time last said.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: Mutex<Entries>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    by_time: BTreeSet<(Instant, u64, String)>,
    by_relay: HashMap<String, (Instant, u64)>,
    /// Orders what is due at the same instant: first come, first served.
    next: u64,
}

impl Agenda {
    /// Puts a relay on the agenda, in place of what stood there for it.
    pub(crate) fn put(&self, relay_id: &str, delay: Duration) {
        let mut entries = self.entries();
        entries.take(relay_id);
        let key = (Instant::now() + delay, entries.next);
        entries.next += 1;
        entries.by_time.insert((key.0, key.1, relay_id.to_owned()));
        entries.by_relay.insert(relay_id.to_owned(), key);
        drop(entries);
        self.changed.notify_one();
    }

    /// Puts a relay on the agenda for now, unless it is there already.
    pub(crate) fn put_if_absent(&self, relay_id: &str, delay: Duration) {
        if !self.has(relay_id) {
            self.put(relay_id, delay);
        }
    }

    /// Whether a relay is on the agenda.
    pub(crate) fn has(&self, relay_id: &str) -> bool {
        self.entries().by_relay.contains_key(relay_id)
    }

    /// Takes a relay off the agenda.
    pub(crate) fn remove(&self, relay_id: &str) {
        self.entries().take(relay_id);
    }

    /// Waits for the next relay to be due and takes it off. Safe to cancel.
    pub(crate) async fn due(&self) -> String {
        loop {
            let earliest = self.entries().by_time.first().map(|(at, ..)| *at);
            match earliest {
                Some(at) if at <= Instant::now() => {
                    if let Some(relay_id) = self.entries().pop() {
                        return relay_id;
                    }
                }
                Some(at) => tokio::select! {
                    () = sleep_until(at) => {}
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Nothing that can panic runs under the lock.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn take(&mut self, relay_id: &str) {
        if let Some((at, order)) = self.by_relay.remove(relay_id) {
            self.by_time.remove(&(at, order, relay_id.to_owned()));
        }
    }

    fn pop(&mut self) -> Option<String> {
        let (_, _, relay_id) = self.by_time.pop_first()?;
        self.by_relay.remove(&relay_id);
        Some(relay_id)
    }
}
