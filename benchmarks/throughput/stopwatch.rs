//! Counts what is answered while it is measured, and how long each took.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::sleep_until;

use crate::{percentile::percentile, process, task::Load};

/// Connections are made, caches and allocators warmed.
const WARM_UP: Duration = Duration::from_millis(200);

/// Clones count together.
#[derive(Clone, Debug)]
pub struct Stopwatch(Arc<Measured>);

#[derive(Debug)]
struct Measured {
    from: Instant,
    until: Instant,
    latencies: Mutex<Vec<Duration>>,
}

impl Stopwatch {
    /// Measures for so long once it is warm.
    pub fn start(measured: Duration) -> Self {
        let from = Instant::now() + WARM_UP;
        Self(Arc::new(Measured {
            from,
            until: from + measured,
            latencies: Mutex::default(),
        }))
    }

    /// Something that began then has been answered now.
    pub fn answered(&self, began: Instant) {
        let now = Instant::now();
        if (self.0.from..self.0.until).contains(&now) {
            let mut latencies = self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner);
            latencies.push(now - began);
        }
    }

    /// Waits for the end.
    pub async fn read(self) -> Load {
        sleep_until(self.0.from.into()).await;
        let before = process::processor_time();
        sleep_until(self.0.until.into()).await;
        let used = process::processor_time() - before;
        let latencies = std::mem::take(&mut *self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner));
        let syncs = latencies.len();
        Load {
            per_second: syncs as f64 / (self.0.until - self.0.from).as_secs_f64(),
            processor_per_sync: used / u32::try_from(syncs.max(1)).unwrap_or(u32::MAX),
            // Read before the latencies are sorted, which is no layer's work.
            peak_memory: process::peak_memory(),
            p50: percentile(latencies.clone(), 0.50),
            p99: percentile(latencies, 0.99),
        }
    }
}
