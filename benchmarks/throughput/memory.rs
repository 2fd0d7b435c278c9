//! Rows in memory, and no more of each than what changes.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use benchmarks::rows::activity;
use infra_sync::{Activity, Command, Digest, Query, Relay, SyncFailure, SyncRecord};
use tokio::sync::broadcast;

use crate::{backend::Backend, relays};

/// As the documentation of [`Command::notify`] has it.
const NOTIFY_CAPACITY: usize = 1_024;

/// Clones share the rows.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Rows>);

#[derive(Debug)]
struct Rows {
    versions: Vec<Version>,
    notify: broadcast::Sender<Activity>,
}

#[derive(Debug)]
struct Version {
    newest: AtomicI64,
    synced: AtomicI64,
}

impl Memory {
    /// So many relays whose newest version zooid does not have.
    pub fn pending(relays: usize) -> Self {
        let version = || Version {
            newest: AtomicI64::new(2),
            synced: AtomicI64::new(1),
        };
        Self(Arc::new(Rows {
            versions: std::iter::repeat_with(version).take(relays).collect(),
            notify: broadcast::Sender::new(NOTIFY_CAPACITY),
        }))
    }

    /// Changes a relay and tells of it.
    pub fn tell(&self, relay: usize) {
        self.0.versions[relay].newest.fetch_add(1, Ordering::AcqRel);
        // Who listens later reads the rows first.
        let _ = self.0.notify.send(activity("update_relay", &relays::id(relay)));
    }

    fn relay(&self, number: usize) -> Option<Relay> {
        let version = self.0.versions.get(number)?;
        Some(Relay {
            version: version.newest.load(Ordering::Acquire),
            record: SyncRecord {
                version: version.synced.load(Ordering::Acquire),
                // What is changed here reads as before, and is to be sent all the same.
                accepted: None,
                ..SyncRecord::default()
            },
            ..relays::relay(number)
        })
    }

    fn is_pending(&self, number: usize) -> bool {
        let version = &self.0.versions[number];
        version.synced.load(Ordering::Acquire) < version.newest.load(Ordering::Acquire)
    }
}

impl Backend for Memory {
    async fn change(&self, relays: &[usize]) -> anyhow::Result<()> {
        relays.iter().for_each(|relay| self.tell(*relay));
        Ok(())
    }
}

impl Query for Memory {
    type Error = Infallible;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, Infallible> {
        Ok(self.relay(relays::number(id)))
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, Infallible> {
        let first = after.map_or(0, |id| relays::number(id) + 1);
        Ok((first..self.0.versions.len())
            .filter(|number| self.is_pending(*number))
            .take(limit)
            .filter_map(|number| self.relay(number))
            .collect())
    }
}

impl Command for Memory {
    type Error = Infallible;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        &self.0.notify
    }

    async fn complete_relay_sync(&self, relay: &Relay, _: &Digest) -> Result<(), Infallible> {
        if let Some(version) = self.0.versions.get(relays::number(&relay.id)) {
            version.synced.fetch_max(relay.version, Ordering::AcqRel);
            let _ = self.0.notify.send(activity("complete_relay_sync", &relay.id));
        }
        Ok(())
    }

    async fn fail_relay_sync(&self, relay: &Relay, _: &SyncFailure) -> Result<(), Infallible> {
        let _ = self.0.notify.send(activity("fail_relay_sync", &relay.id));
        Ok(())
    }
}
