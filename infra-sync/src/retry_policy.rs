use std::time::Duration;

use fastrand::Rng;

/// When to try again what failed: exponential backoff, and an end to it.
///
/// ```
/// use std::time::Duration;
/// use infra_sync::RetryPolicy;
///
/// let policy = RetryPolicy { base: Duration::from_secs(5), cap: Duration::from_secs(60), max_attempts: 7 };
/// let delays: Vec<_> = (1..=7).map(|failures| policy.delay(failures).map(|d| d.as_secs())).collect();
/// assert_eq!(delays, [Some(5), Some(10), Some(20), Some(40), Some(60), Some(60), None]);
/// ```
///
/// Each delay is then drawn from its second half, so that relays which failed together are not tried together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The delay after the first failure; doubled by each one that follows.
    pub base: Duration,
    /// The longest delay.
    pub cap: Duration,
    /// How many attempts a relay gets, the first included, before it waits for a change of its row or an operator.
    pub max_attempts: u32,
}

impl RetryPolicy {
    /// How long to wait at most after this many consecutive failures; `None` when there is to be no further attempt.
    pub fn delay(&self, failures: u32) -> Option<Duration> {
        (failures < self.max_attempts).then(|| self.backoff(failures))
    }

    /// The delay, whether or not there is an end to it.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }

    /// Equal jitter: somewhere in the second half.
    pub(crate) fn jittered(delay: Duration, random: &mut Rng) -> Duration {
        delay.mul_f64(1.0 - random.f64() / 2.0)
    }
}

impl Default for RetryPolicy {
    /// 5 seconds, at most 15 minutes, 10 attempts.
    fn default() -> Self {
        Self {
            base: Duration::from_secs(5),
            cap: Duration::from_secs(15 * 60),
            max_attempts: 10,
        }
    }
}
