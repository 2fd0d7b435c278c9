use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{Store, StoreError, engine::Engine, with_engine};

const AFTER_ERROR: Duration = Duration::from_secs(1);
const BATCH: u32 = 500;

impl Store {
    /// Sends each activity after `seq` to the [subscribers](Store::subscribe) of this process, once and in the order of commits,
    /// whichever process committed it. Does not return. A process must run it once.
    pub async fn tail(&self, seq: i64) {
        with_engine!(self, engine => tokio::select! {
            () = self.send_all(engine, seq) => {}
            () = engine.listen(&self.written) => {}
        })
    }

    async fn send_all<E: Engine>(&self, engine: &E, mut seq: i64) {
        loop {
            match self.send_next(engine, seq).await {
                Ok(last) if last > seq => seq = last,
                Ok(_) => {
                    // Wait for a notification of a commit, at most until the next poll.
                    let _ = timeout(E::POLL, self.written.notified()).await;
                }
                Err(error) => {
                    tracing::error!(%error, "cannot read activities; retrying in 1s");
                    sleep(AFTER_ERROR).await;
                }
            }
        }
    }

    async fn send_next<E: Engine>(&self, engine: &E, mut seq: i64) -> Result<i64, StoreError> {
        for record in engine.answered(engine.activities_after(seq, BATCH)).await? {
            seq = record.seq;
            // Without subscribers nothing is lost: a later subscriber scans the rows first.
            let _ = self.notify.send(record.activity);
        }
        Ok(seq)
    }
}
