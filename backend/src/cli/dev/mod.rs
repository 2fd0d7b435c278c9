mod failures;
mod guide;
mod page;

use std::{future::pending, path::PathBuf, time::Duration};

use clap::Args;
use infra_sync::{
    ActivityType, Config, Infra, RetryPolicy,
    zooid_client::{
        BaseUrl, BuildError,
        emulator::{Emulator, Fault},
    },
};

use self::{failures::Failures, page::Page};
use super::{
    import,
    listen::{self, Listen},
    output,
    relay::all_standings,
    run::stop_signal,
};
use crate::{failure::Failure, relay_file, store::Store};

const EXAMPLES: &str = include_str!("../../../relays.example.json");

/// How many activities are read at once.
const BATCH: u32 = 500;

/// Quick enough to be watched.
const RETRY: RetryPolicy = RetryPolicy {
    base: Duration::from_millis(500),
    cap: Duration::from_secs(4),
    max_attempts: 5,
};

#[derive(Debug, Args)]
pub(super) struct Dev {
    /// A JSON file of relays, as `infra relay import` reads it [default: three examples]
    file: Option<PathBuf>,
    /// Exit once every relay is synced or infra gave up on it, instead of waiting for Ctrl-C; serves no page
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    listen: Listen,
}

impl Dev {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let relays = match &self.file {
            Some(file) => import::read(file)?,
            None => relay_file::parse(EXAMPLES)?,
        };
        let emulator = Emulator::start().await;
        let fails_once = relays.get(1);
        if let Some(relay) = fails_once {
            emulator.inject(
                Fault::status(500)
                    .body(r#"{"error":"try later"}"#, "application/json")
                    .for_relay(&relay.id),
            );
        }
        let folder = tempfile::tempdir().map_err(Failure::io("cannot make a folder for the temporary store"))?;
        let store = Store::open(&folder.path().join("infra.db")).await?;
        // With --once the page would be gone before it is read.
        let page = if self.once {
            None
        } else {
            Page::bind(&self.listen, &store).await?
        };
        guide::start(&emulator.url(), page.as_ref(), &relays, fails_once)?;

        let failures = Failures::of(&store);
        let infra = Infra::with_config(store.clone(), failures.clone(), config(&emulator)?)?;
        let has_page = page.is_some();
        let demo = async {
            store.import_relays(&relays).await?;
            settle(&store, &failures).await?;
            output::blank()?;
            output::standings(&all_standings(&store).await?)?;
            guide::columns()?;
            guide::end(has_page)?;
            if !self.once {
                output::line("Ctrl-C ends the demo.")?;
                pending::<()>().await;
            }
            Ok(())
        };
        let done = tokio::select! {
            done = demo => done,
            () = infra.start() => Ok(()),
            () = store.tail(0) => Ok(()),
            served = listen::serve(page.map(|page| page.service)) => served,
            // Before the end, --once has not done its job: the signal kills the process.
            stopped = stop_signal(), if !self.once => stopped.map(drop),
        };
        store.close().await;
        done
    }
}

fn config(emulator: &Emulator) -> Result<Config, Failure> {
    let url: BaseUrl = emulator.url().parse().map_err(BuildError::Url)?;
    let mut config = Config::new(url, emulator.keys().clone());
    config.retry = RETRY;
    Ok(config)
}

/// Prints each activity until every relay is synced or infra gave up on it.
async fn settle(store: &Store, failures: &Failures) -> Result<(), Failure> {
    let mut seq = 0;
    loop {
        // Subscribed before the activities are read, so that none is missed; the state is read before them too, because
        // the last result and its activity are one transaction.
        let mut more = store.subscribe();
        let settled = !store.has_work().await?;
        seq = print_after(seq, store, failures).await?;
        if settled {
            return Ok(());
        }
        // Lagging behind is a reason to read too, and the store keeps the channel open.
        let _ = more.recv().await;
    }
}

/// Prints the activities after `seq`, and returns the last one's.
async fn print_after(mut seq: i64, store: &Store, failures: &Failures) -> Result<i64, Failure> {
    loop {
        let batch = store.activities_after(seq, BATCH).await?;
        if batch.is_empty() {
            return Ok(seq);
        }
        for recorded in batch {
            seq = recorded.seq;
            let activity = &recorded.activity;
            let failure = match activity.activity_type {
                ActivityType::FailRelaySync => failures.take(&activity.resource_id),
                _ => None,
            };
            guide::activity(activity, failure.as_ref())?;
        }
    }
}
