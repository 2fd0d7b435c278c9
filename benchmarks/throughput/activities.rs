//! Under load: each relay is changed anew as soon as zooid has had its last change.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::stopwatch::Stopwatch;

/// When each relay was last changed. Clones share it.
#[derive(Clone, Debug)]
pub struct Activities {
    changed: Arc<Mutex<Vec<Instant>>>,
    stopwatch: Stopwatch,
}

impl Activities {
    /// All relays are changed now.
    pub fn begin(relays: usize, stopwatch: Stopwatch) -> Self {
        Self {
            changed: Arc::new(Mutex::new(vec![Instant::now(); relays])),
            stopwatch,
        }
    }

    pub fn changed(&self, relay: usize) {
        self.all()[relay] = Instant::now();
    }

    pub fn answered(&self, relay: usize) {
        let changed = self.all()[relay];
        self.stopwatch.answered(changed);
    }

    fn all(&self) -> MutexGuard<'_, Vec<Instant>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
