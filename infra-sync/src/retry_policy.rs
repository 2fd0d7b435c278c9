use std::time::Duration;

use fastrand::Rng;

/// The retry policy: exponential backoff with a maximum number of attempts.
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
/// Each delay gets jitter: it is chosen at random from the second half of the delay, so that relays that failed at the same
/// time are not retried at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The delay after the first failure. Each further consecutive failure doubles it.
    pub base: Duration,
    /// The longest delay.
    pub cap: Duration,
    /// The maximum number of attempts, including the first. After that, the relay waits until its row changes or an operator
    /// requests a resync.
    pub max_attempts: u32,
}

impl RetryPolicy {
    /// Returns the delay, without jitter, after this many consecutive failures; `None` if all attempts were used.
    pub fn delay(&self, failures: u32) -> Option<Duration> {
        (failures < self.max_attempts).then(|| self.backoff(failures))
    }

    /// Returns the delay without the limit on attempts.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }

    /// Applies equal jitter: a random delay in the second half of `delay`.
    pub(crate) fn jittered(delay: Duration, random: &mut Rng) -> Duration {
        delay.mul_f64(1.0 - random.f64() / 2.0)
    }
}

impl Default for RetryPolicy {
    /// Returns a base of 5 seconds, a cap of 15 minutes and 10 attempts.
    fn default() -> Self {
        Self {
            base: Duration::from_secs(5),
            cap: Duration::from_secs(15 * 60),
            max_attempts: 10,
        }
    }
}
