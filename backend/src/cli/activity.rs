use std::time::Duration;

use clap::Args;
use tokio::time::sleep;

use super::{open_store, output};
use crate::{
    failure::Failure,
    store::{ActivityRecord, Store},
};

const POLL: Duration = Duration::from_millis(250);
const BATCH: u32 = 500;

#[derive(Debug, Args)]
pub(super) struct Activities {
    /// Keep printing what happens, until stopped
    #[arg(long, short)]
    follow: bool,
    /// How many of the latest to begin with
    #[arg(long, short = 'n', default_value_t = 50)]
    lines: u32,
    /// Print JSON, one object per line, for scripts
    #[arg(long)]
    json: bool,
}

impl Activities {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let store = open_store().await?;
        let mut seq = store.last_seq().await?;
        self.print(&store.latest_activities(self.lines).await?, &mut seq)?;
        if self.follow {
            tokio::select! {
                failed = self.follow(&store, seq) => failed?,
                stopped = super::run::stop_signal() => drop(stopped?),
            }
        }
        store.close().await;
        Ok(())
    }

    async fn follow(&self, store: &Store, mut seq: i64) -> Result<(), Failure> {
        loop {
            let news = store.activities_after(seq, BATCH).await?;
            if news.is_empty() {
                sleep(POLL).await;
            }
            self.print(&news, &mut seq)?;
        }
    }

    fn print(&self, activities: &[ActivityRecord], seq: &mut i64) -> Result<(), Failure> {
        for recorded in activities {
            *seq = recorded.seq.max(*seq);
            if self.json {
                output::json(recorded)?;
            } else {
                output::activity(recorded)?;
            }
        }
        Ok(())
    }
}
