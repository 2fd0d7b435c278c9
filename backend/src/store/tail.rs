use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{Store, StoreError, engine::Engine, with_engine};

const AFTER_ERROR: Duration = Duration::from_secs(1);
const BATCH: u32 = 500;

impl Store {
    /// Tells whoever [subscribed](Store::subscribe) each activity after `seq`, once and in the order of commits, whichever
    /// process committed it. Runs for ever; one per process.
    pub async fn tail(&self, seq: i64) {
        with_engine!(self, engine => tokio::select! {
            () = self.tell_all(engine, seq) => {}
            () = engine.listen(&self.written) => {}
        })
    }

    async fn tell_all<E: Engine>(&self, engine: &E, mut seq: i64) {
        loop {
            match self.tell(engine, seq).await {
                Ok(told) if told > seq => seq = told,
                Ok(_) => {
                    // Either a commit that is known of or the time to look for others.
                    let _ = timeout(E::POLL, self.written.notified()).await;
                }
                Err(error) => {
                    tracing::error!(%error, "the activity cannot be read");
                    sleep(AFTER_ERROR).await;
                }
            }
        }
    }

    async fn tell<E: Engine>(&self, engine: &E, mut seq: i64) -> Result<i64, StoreError> {
        for record in engine.answered(engine.activities_after(seq, BATCH)).await? {
            seq = record.seq;
            // Nobody listening is no loss: who subscribes later reads the rows first.
            let _ = self.notify.send(record.activity);
        }
        Ok(seq)
    }
}
