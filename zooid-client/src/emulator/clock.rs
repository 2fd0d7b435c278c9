use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// zooid's clock, which may differ from the local one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Seconds ahead of the local clock. Negative if behind.
    pub(super) offset: i64,
}

impl Clock {
    /// Returns the clock after some time.
    pub(super) fn advanced(self, after: Duration) -> Self {
        let after = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
        Self {
            offset: self.offset.saturating_add(after),
        }
    }

    pub(super) fn now(self) -> SystemTime {
        let now = SystemTime::now();
        let distance = Duration::from_secs(self.offset.unsigned_abs());
        let shifted = if self.offset < 0 {
            now.checked_sub(distance)
        } else {
            now.checked_add(distance)
        };
        shifted.unwrap_or(now)
    }

    /// Returns the time as Unix seconds.
    pub(super) fn seconds(self) -> u64 {
        self.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}
