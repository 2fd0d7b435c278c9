//! Marks a relay as deleted. The service deletes it on zooid, since only the service knows which requests are on their way.

use clap::Args;
use infra_sync::Relay;

use super::output;
use crate::{
    failure::Failure,
    service_lock::ServiceLock,
    settings,
    store::{Change, Store, ZooidStatus},
};

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
        let relay = store.relay(&self.id).await?;
        let id = &relay.id;
        if !relay.deleted && !self.yes && !confirmed(&relay)? {
            return output::line(format_args!("kept {id}"));
        }
        let started = match store.delete_relay(id).await? {
            Change::Unchanged => "already deleting",
            Change::Created | Change::Updated => "deleting",
        };
        let service = match is_service_running(store).await? {
            true => "the running service deletes it on zooid",
            false => "no service is running, so zooid keeps it until `infra run` runs next",
        };
        output::line(format_args!("{started} {id}; {service}"))?;
        if !relay.is_synced() {
            output::line(format_args!(
                "zooid never confirmed that it has {id}, so only the row is deleted; if a request got no answer, look for a \
                 leftover in zooid's configuration folder"
            ))?;
        }
        output::line(format_args!(
            "zooid keeps its tables with all events (schema {}) and its media; only its configuration is deleted",
            relay.schema
        ))
    }
}

fn confirmed(relay: &Relay) -> Result<bool, Failure> {
    let id = &relay.id;
    if !output::can_ask() {
        return Err(Failure::Input(format!(
            "cannot ask for confirmation without a terminal; pass --yes to delete relay {id}"
        )));
    }
    let host = relay.host();
    let answer = output::ask(format_args!(
        "Delete relay {id} at {host}? Its key is lost with it, for ever. Its events and media stay on zooid. [y/N]"
    ))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// A service locks its SQLite file. In a database, services report about once a minute what they observe of zooid.
async fn is_service_running(store: &Store) -> Result<bool, Failure> {
    match settings::database()?.file() {
        Some(file) => {
            let failed = Failure::io(format!("cannot lock {}", ServiceLock::file(file).display()));
            Ok(ServiceLock::against_services(file).map_err(failed)?.is_none())
        }
        None => Ok(!matches!(store.zooid_status().await?, ZooidStatus::Unknown { .. })),
    }
}
