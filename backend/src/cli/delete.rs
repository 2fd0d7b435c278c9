//! The end of a relay: on zooid first, then in the store, so that its key is not lost while zooid may still have it.
//!
//! A running service would make the relay again on zooid, with a row that it read before. Therefore:
//!
//! 1. The row is made inactive, which the service looks at whatever the row was like.
//! 2. Where workers share the store, this command is one of them: it leases the relay, or finds that one has reported on
//!    that very version of the row and holds no lease any longer. Where there is but one service, either it does not run,
//!    and a lock keeps one from beginning, or it has reported on that version, well or not. It syncs a relay once at a
//!    time, so nothing older is on its way then.
//! 3. zooid deletes the relay.
//! 4. The row goes, unless it was changed since 1; then it stays, and whoever changed it gets the relay back.
//! 5. If there is one service, it may have begun a sync between 2 and 4, for a retry or an activity it had not read yet,
//!    but none since, for want of a row. That one is given time to end, and zooid deletes the relay once more.

use std::{path::Path, time::Duration};

use clap::Args;
use infra_sync::{
    Claim, Config, Query, Relay,
    zooid_client::{Client, RelayId},
};
use tokio::time::{Instant, sleep};

use super::output;
use crate::{
    failure::Failure,
    service_lock::ServiceLock,
    settings::{self, SettingsError},
    store::{Store, StoreError},
};

/// How long a service that has much to do is waited for; longer than the lease of a worker that was killed.
const PATIENCE: Duration = Duration::from_secs(150);
/// How long a sync that began before the row was gone has to end.
const LAST_SYNC: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// The id of the relay
    id: String,
    /// Delete without asking
    #[arg(long, short)]
    yes: bool,
}

impl Delete {
    pub(super) async fn execute(self, store: &Store) -> Result<(), Failure> {
        let config = Config::from_env().map_err(SettingsError::from)?;
        let zooid = Client::builder(config.api_url.as_str(), config.keys).build()?;
        let relay = store.relay(&self.id).await?;
        let id = RelayId::try_from(relay.id.as_str()).map_err(|error| Failure::Input(error.to_string()))?;
        if !self.yes && !confirmed(&relay)? {
            return output::line(format_args!("kept {id}"));
        }
        let retired = store.retire_relay(&self.id).await?;
        let quiet = quiet(store, &retired).await?;
        let still_here = format!("relay {id} is inactive, but still in the store; try again");
        gone(&zooid, &id, still_here).await?;
        store.remove_relay(&retired).await?;
        if let Quiet::Reported = quiet {
            sleep(LAST_SYNC).await;
            let perhaps = format!("relay {id} is deleted, but a last sync may have left it on zooid, inactive");
            gone(&zooid, &id, perhaps).await?;
        }
        output::line(format_args!("deleted {id}"))?;
        output::line(format_args!(
            "zooid keeps its tables with all events (schema {}) and its media; only its configuration is gone",
            relay.schema
        ))
    }
}

fn confirmed(relay: &Relay) -> Result<bool, Failure> {
    let id = &relay.id;
    if !output::can_ask() {
        return Err(Failure::Input(format!(
            "nobody can be asked here whether to delete relay {id}; say so with --yes"
        )));
    }
    let host = relay.host();
    let answer = output::ask(format_args!(
        "Delete relay {id} at {host}? Its key is lost with it, for ever. Its events and media stay on zooid. [y/N]"
    ))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Why nothing of before is on its way to zooid.
enum Quiet {
    /// No service runs, and none begins while this is kept.
    Locked(#[expect(dead_code, reason = "dropping it ends the lock")] ServiceLock),
    /// No worker has it, nor can have it before this process ends.
    Leased,
    /// The service has ended what it did, but may do more.
    Reported,
}

/// Waits until nothing of before is on its way to zooid.
async fn quiet(store: &Store, retired: &Relay) -> Result<Quiet, Failure> {
    let database = settings::database()?;
    let give_up = Instant::now() + PATIENCE;
    loop {
        let quiet = match database.file() {
            Some(file) => locked_or_reported(store, file, retired).await?,
            None => leased(store, retired).await?,
        };
        if let Some(quiet) = quiet {
            return Ok(quiet);
        }
        if Instant::now() >= give_up {
            return Err(Failure::Busy(format!(
                "the running service has not come to relay {} within {} s; it is inactive, but not deleted: try again",
                retired.id,
                PATIENCE.as_secs()
            )));
        }
        sleep(POLL).await;
    }
}

async fn locked_or_reported(store: &Store, file: &Path, retired: &Relay) -> Result<Option<Quiet>, Failure> {
    if let Some(lock) = lock(file)? {
        return Ok(Some(Quiet::Locked(lock)));
    }
    let standing = store.standing(&retired.id).await?;
    unchanged(&standing.relay, retired)?;
    let is_reported = standing.up_to_date || !standing.relay.sync_error.is_empty();
    Ok(is_reported.then_some(Quiet::Reported))
}

async fn leased(store: &Store, retired: &Relay) -> Result<Option<Quiet>, Failure> {
    match store.claim_relay(&retired.id).await? {
        Claim::Row(relay) => {
            unchanged(&relay, retired)?;
            Ok(Some(Quiet::Leased))
        }
        Claim::HeldByOther(_) => Ok(None),
        Claim::NotFound => Err(StoreError::Changed(retired.id.clone()).into()),
    }
}

fn unchanged(relay: &Relay, retired: &Relay) -> Result<(), StoreError> {
    if relay.version == retired.version {
        Ok(())
    } else {
        Err(StoreError::Changed(retired.id.clone()))
    }
}

fn lock(database: &Path) -> Result<Option<ServiceLock>, Failure> {
    let failed = Failure::io(format!("cannot lock {}", ServiceLock::file(database).display()));
    ServiceLock::against_services(database).map_err(failed)
}

/// A relay that zooid does not have is gone as well.
async fn gone(zooid: &Client, id: &RelayId, otherwise: String) -> Result<(), Failure> {
    match zooid.delete_relay(id).await {
        Err(source) if !source.not_found() => Err(Failure::Undeleted {
            what: otherwise,
            source,
        }),
        _ => Ok(()),
    }
}
