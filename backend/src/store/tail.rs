use std::time::Duration;

use infra_sync::Activity;
use tokio::time::{sleep, timeout};

use super::{Store, StoreError};

/// How soon the commits of other processes are seen.
const POLL: Duration = Duration::from_millis(250);
const AFTER_ERROR: Duration = Duration::from_secs(1);
const BATCH: u32 = 500;

impl Store {
    /// Tells whoever [subscribed](Store::subscribe) each activity after `seq`, once and in the order of commits, whichever
    /// process committed it. Runs for ever; one per process.
    pub async fn tail(&self, mut seq: i64) {
        loop {
            match self.tell(seq).await {
                Ok(told) if told > seq => seq = told,
                Ok(_) => {
                    // Either a commit of this process or the time to look at those of others.
                    let _ = timeout(POLL, self.written.notified()).await;
                }
                Err(error) => {
                    tracing::error!(%error, "the activity cannot be read");
                    sleep(AFTER_ERROR).await;
                }
            }
        }
    }

    async fn tell(&self, mut seq: i64) -> Result<i64, StoreError> {
        for recorded in self.activities_after(seq, BATCH).await? {
            seq = recorded.seq;
            self.send(recorded.activity);
        }
        Ok(seq)
    }

    fn send(&self, activity: Activity) {
        // Nobody listening is no loss: who subscribes later reads the rows first.
        let _ = self.notify.send(activity);
    }
}
