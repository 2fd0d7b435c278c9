use std::{
    collections::HashMap,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use infra_sync::{Query, Relay};

use super::{output, progress};
use crate::{
    failure::Failure,
    relay_file, settings,
    store::{Change, Store},
};

/// Short enough for the running service to get its turn to write in between.
const BATCH: usize = 100;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file, or - for standard input
    file: PathBuf,
    /// Print JSON, one object per relay, for scripts
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Default)]
struct Counts {
    created: usize,
    updated: usize,
    unchanged: usize,
}

impl Import {
    pub(super) async fn execute(self, store: &Store) -> Result<(), Failure> {
        let text = text(&self.file)?;
        let stored = stored(store, relay_file::ids(&text)).await?;
        let relays = relay_file::parse_onto(&text, &stored, settings::api_host().as_ref())?;
        let bar = progress::bar(relays.len(), self.json);
        let mut counts = Counts::default();
        for batch in relays.chunks(BATCH) {
            let changes = store.import_relays(batch).await?;
            for (relay, change) in batch.iter().zip(&changes) {
                counts.add(*change);
                if self.json {
                    output::json(&serde_json::json!({ "id": relay.id, "change": change }))?;
                } else if bar.is_hidden() {
                    output::line(format_args!("{} {}", change_word(*change), name(relay)))?;
                }
            }
            bar.inc(batch.len() as u64);
        }
        bar.finish_and_clear();
        if !self.json {
            output::line(&counts)?;
        }
        Ok(())
    }
}

/// The relays of a file for an empty store, all of them right.
#[cfg(feature = "dev")]
pub(super) fn read(file: &Path) -> Result<Vec<Relay>, Failure> {
    Ok(relay_file::parse(&text(file)?)?)
}

fn text(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    text.map_err(|error| Failure::Input(format!("cannot read {}: {error}", file.display())))
}

/// The rows of those relays that are stored.
async fn stored(store: &Store, ids: Vec<String>) -> Result<HashMap<String, Relay>, Failure> {
    let mut stored = HashMap::new();
    for id in ids {
        if let Some(relay) = store.get_relay(&id).await? {
            stored.insert(id, relay);
        }
    }
    Ok(stored)
}

fn name(relay: &Relay) -> String {
    if relay.id.is_empty() {
        relay.host()
    } else {
        relay.id.clone()
    }
}

pub(super) fn change_word(change: Change) -> &'static str {
    match change {
        Change::Created => "created",
        Change::Updated => "updated",
        Change::Unchanged => "unchanged",
    }
}

impl Counts {
    fn add(&mut self, change: Change) {
        *match change {
            Change::Created => &mut self.created,
            Change::Updated => &mut self.updated,
            Change::Unchanged => &mut self.unchanged,
        } += 1;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} created, {} updated, {} unchanged",
            self.created, self.updated, self.unchanged
        )
    }
}
