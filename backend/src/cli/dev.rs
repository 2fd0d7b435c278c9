use std::{path::PathBuf, time::Duration};

use clap::Args;
use infra_sync::{
    Activity, ActivityType, Config, Infra, RetryPolicy,
    zooid_client::{
        BaseUrl, BuildError,
        emulator::{Emulator, Fault},
    },
};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{import, output, relay::all_standings};
use crate::{failure::Failure, relay_file, store::Store};

const EXAMPLES: &str = include_str!("../../relays.example.json");

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
    /// Exit once every relay is synced or given up, instead of waiting for Ctrl-C
    #[arg(long)]
    once: bool,
}

impl Dev {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let relays = match &self.file {
            Some(file) => import::read(file)?,
            None => relay_file::parse(EXAMPLES)?,
        };
        let emulator = Emulator::start().await;
        if let Some(second) = relays.get(1) {
            emulator.inject(Fault::status(503).body("try later", "text/plain").for_relay(&second.id));
        }
        let folder = tempfile::tempdir().map_err(Failure::io("cannot make a folder for the throw-away store"))?;
        let store = Store::open(&folder.path().join("infra.db")).await?;
        output::line(format_args!("an emulated zooid answers at {}", emulator.url()))?;

        let mut activities = store.subscribe();
        let infra = Infra::with_config(store.clone(), store.clone(), config(&emulator)?)?;
        let shown = async {
            store.import_relays(&relays).await?;
            settle(&store, &mut activities).await?;
            output::blank()?;
            output::standings(&all_standings(&store).await?)?;
            if !self.once {
                output::blank()?;
                output::line("waiting for Ctrl-C")?;
                super::run::stop_signal().await?;
            }
            Ok(())
        };
        let done = tokio::select! {
            done = shown => done,
            () = infra.start() => Ok(()),
            () = store.tail(0) => Ok(()),
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

/// Prints what happens until zooid has every relay, or Infra has given it up.
async fn settle(store: &Store, activities: &mut broadcast::Receiver<Activity>) -> Result<(), Failure> {
    loop {
        match activities.recv().await {
            Ok(activity) => print(store, &activity).await?,
            Err(RecvError::Lagged(missed)) => output::line(format_args!("({missed} activities not shown)"))?,
            Err(RecvError::Closed) => return Ok(()),
        }
        if !store.has_work().await? && activities.is_empty() {
            return Ok(());
        }
    }
}

async fn print(store: &Store, activity: &Activity) -> Result<(), Failure> {
    let what = format!("{:<20} {}", activity.activity_type.as_str(), activity.resource_id);
    if activity.activity_type != ActivityType::FailRelaySync {
        return output::line(what);
    }
    let standing = store.standing(&activity.resource_id).await?;
    let next = match RETRY.delay(standing.sync_failures) {
        Some(delay) if !standing.given_up => format!("next attempt within {delay:?}"),
        _ => "given up".to_owned(),
    };
    output::line(format_args!("{what}: {}; {next}", standing.relay.sync_error))
}
