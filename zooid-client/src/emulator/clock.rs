use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// zooid's clock, which may be off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Seconds ahead of this machine's or, negative, behind.
    pub(super) offset: i64,
}

impl Clock {
    /// The clock as it is after a while.
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

    /// Unix seconds.
    pub(super) fn seconds(self) -> u64 {
        self.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}
