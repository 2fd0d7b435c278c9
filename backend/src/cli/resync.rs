use clap::Args;
use infra_sync::{Infra, Relay};

use super::{near, open_store, output, progress};
use crate::{
    failure::Failure,
    settings::Settings,
    store::{Filter, RelayState, Store},
};

/// How many relays are read at once.
const PAGE: u32 = 500;

/// Which relays are synced once more, whatever zooid is thought to have.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(false)))]
pub(super) struct Resync {
    /// The ids of the relays
    #[arg(group = "which", value_name = "ID")]
    ids: Vec<String>,
    /// Relays whose last sync failed: those that are retried, and those that infra gave up
    #[arg(long, group = "which")]
    failed: bool,
    /// All relays, for example when zooid has lost its disk
    #[arg(long, group = "which")]
    all: bool,
    /// Change nothing; print what would be sent, one JSON object per relay, with secrets masked
    #[arg(long)]
    dry_run: bool,
}

impl Resync {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let store = open_store().await?;
        let done = near::suggest(&store, self.resync(&store).await).await;
        store.close().await;
        done
    }

    async fn resync(&self, store: &Store) -> Result<(), Failure> {
        let ids = self.chosen(store).await?;
        if self.dry_run {
            return show(store, &ids).await;
        }
        let bar = progress::bar(ids.len(), false);
        for id in &ids {
            store.resync_relay(id).await?;
            bar.inc(1);
            if bar.is_hidden() {
                output::line(format_args!("will be synced {id}"))?;
            }
        }
        bar.finish_and_clear();
        let relays = if ids.len() == 1 { "relay" } else { "relays" };
        output::line(format_args!("{} {relays} will be synced", ids.len()))
    }

    async fn chosen(&self, store: &Store) -> Result<Vec<String>, Failure> {
        if !self.failed && !self.all {
            for id in &self.ids {
                store.relay(id).await?;
            }
            return Ok(self.ids.clone());
        }
        let states: &[_] = match self.all {
            true => &[None],
            false => &[Some(RelayState::GaveUp), Some(RelayState::Retrying)],
        };
        let mut ids = Vec::new();
        for state in states {
            let mut filter = Filter {
                state: *state,
                ..Filter::default()
            };
            loop {
                let page = store.relay_summaries(&filter, PAGE).await?;
                let Some(last) = page.last() else { break };
                filter.after.clone_from(&last.id);
                ids.extend(page.into_iter().map(|relay| relay.id));
            }
        }
        Ok(ids)
    }
}

async fn show(store: &Store, ids: &[String]) -> Result<(), Failure> {
    let infra = Infra::with_config(store.clone(), store.clone(), Settings::from_env()?.zooid)?;
    for id in ids {
        let relay: Relay = store.relay(id).await?;
        match infra.preview(&relay) {
            Ok(Some(preview)) => output::json(&preview)?,
            Ok(None) => output::line(format_args!("{id} is deleted without a request"))?,
            Err(invalid) => output::line(format_args!("{id} cannot be sent: {invalid}"))?,
        }
    }
    Ok(())
}
