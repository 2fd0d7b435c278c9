use clap::Args;
use futures::{StreamExt, stream};
use infra_sync::{Config, zooid_client::nip11::Nip11Client};
use serde::Serialize;

use super::{
    near, open_store, output, progress,
    relay::{Format, all_standings},
};
use crate::{
    document_check::{self, Difference},
    failure::{Failure, on_one_line},
    settings::SettingsError,
    store::{RelayState, RelayView, Store},
};

/// How many relays are looked at at once.
const CONCURRENCY: usize = 8;

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The ids of the relays [default: all relays]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    format: Format,
}

/// What was seen of a relay.
#[derive(Debug, Serialize)]
struct Seen {
    id: String,
    host: String,
    /// How the relay stands by the store; before it is up to date a difference is no wonder.
    state: RelayState,
    verdict: Verdict,
    differences: Vec<Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Same,
    Differs,
    /// zooid could not be asked, or gave no sense.
    Unseen,
}

impl Verify {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let config = Config::from_env().map_err(SettingsError::from)?;
        let nip11 = Nip11Client::new(&config.api_url)?;
        let store = open_store().await?;
        let standings = self.standings(&store).await;
        store.close().await;
        verify(&nip11, standings?, self.format.json).await
    }

    async fn standings(&self, store: &Store) -> Result<Vec<RelayView>, Failure> {
        if self.ids.is_empty() {
            return all_standings(store).await;
        }
        let mut standings = Vec::with_capacity(self.ids.len());
        for id in &self.ids {
            standings.push(near::suggest(store, store.relay_view(id).await.map_err(Failure::from)).await?);
        }
        Ok(standings)
    }
}

async fn verify(nip11: &Nip11Client, standings: Vec<RelayView>, json: bool) -> Result<(), Failure> {
    let relays = standings.len();
    let bar = progress::bar(relays, json);
    let (mut differ, mut unseen) = (0, 0);
    let mut seen = stream::iter(standings)
        .map(|standing| see(nip11, standing))
        .buffered(CONCURRENCY);
    while let Some(seen) = seen.next().await {
        match seen.verdict {
            Verdict::Same => {}
            Verdict::Differs => differ += 1,
            Verdict::Unseen => unseen += 1,
        }
        if json {
            output::json(&seen)?;
        } else if bar.is_hidden() || seen.verdict != Verdict::Same {
            bar.suspend(|| output::line(seen.to_string()))?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !json {
        let same = relays - differ - unseen;
        output::line(format_args!("{same} same, {differ} different, {unseen} unseen"))?;
    }
    match differ + unseen {
        0 => Ok(()),
        _ => Err(Failure::Differs { relays, differ, unseen }),
    }
}

async fn see(nip11: &Nip11Client, standing: RelayView) -> Seen {
    let host = standing.relay.host();
    let mut seen = Seen {
        state: standing.state,
        verdict: Verdict::Same,
        differences: Vec::new(),
        error: None,
        id: standing.relay.id.clone(),
        host,
    };
    match nip11.relay_document(&seen.host).await {
        Ok(document) => {
            seen.differences = document_check::differences(&standing.relay, document.as_ref());
            if !seen.differences.is_empty() {
                seen.verdict = Verdict::Differs;
            }
        }
        Err(error) => {
            seen.verdict = Verdict::Unseen;
            seen.error = Some(on_one_line(&error));
        }
    }
    seen
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (id, state) = (&self.id, self.state.words());
        match self.verdict {
            Verdict::Same => write!(f, "same {id}"),
            Verdict::Differs => {
                let differences: Vec<_> = self.differences.iter().map(Difference::to_string).collect();
                write!(f, "differs {id} ({state}): {}", differences.join("; "))
            }
            Verdict::Unseen => write!(f, "unseen {id}: {}", self.error.as_deref().unwrap_or_default()),
        }
    }
}
