//! A backend that counts versions, keeps the whole record, and fails when told to.

use std::{error::Error, fmt, time::Duration};

use infra_sync::{Activity, Command, Digest, FailureKind, Query, Relay, SyncFailure, SyncRecord, ZooidState};
use tokio::{sync::broadcast, time::Instant};

use crate::world::{Gate, RETRY, World, holds};

#[derive(Clone)]
pub struct Backend(pub World);

#[derive(Debug)]
pub struct Down;

impl Backend {
    async fn call(&self, what: &str) -> Result<(), Down> {
        self.0.point(what).await;
        let mut state = self.0.state();
        let faults = state.faults;
        if state.chance(faults.panics) {
            state.causes += 1;
            state.tell(format_args!("panic at {what}"));
            drop(state);
            std::panic::resume_unwind(Box::new("told to"));
        }
        if state.chance(faults.store) {
            state.causes += 1;
            state.tell(format_args!("the store fails at {what}"));
            return Err(Down);
        }
        Ok(())
    }
}

impl Backend {
    /// zooid no longer has the relay.
    fn remove(&self, relay: &Relay) {
        let mut state = self.0.state();
        if relay.is_synced() && state.zooid.contains_key(&relay.id) {
            state.broke(format!("{} was reported as deleted, and is not", relay.id));
        }
        if state.rows.remove(&relay.id).is_some_and(|row| row.relay.is_synced()) {
            state.gone.insert(relay.id.clone());
        }
        state.tell(format_args!("{} is gone", relay.id));
    }

    fn loosen_gate(&self, id: &str) -> Option<Gate> {
        let mut state = self.0.state();
        let gate = state.rows.get_mut(id)?.gate.as_mut()?;
        let promised = *gate;
        gate.life = u32::MAX;
        gate.floor = Instant::now();
        Some(promised)
    }
}

/// A failure may be counted later than it happened, so that less of its delay is left.
fn floor(failures: u32, retry_in: Option<Duration>) -> Instant {
    let shortest = RETRY.delay(failures).unwrap_or_default() / 2;
    Instant::now() + retry_in.map_or(shortest, |retry_in| retry_in.min(shortest))
}

impl Query for Backend {
    type Error = Down;

    async fn get_relay(&self, id: &str) -> Result<Option<Relay>, Down> {
        self.call("get_relay").await?;
        let relay = self.0.state().rows.get(id).map(|row| row.relay.clone());
        self.0.point("get_relay's answer").await;
        Ok(relay)
    }

    async fn list_relays_to_sync(&self, after: Option<&str>, limit: usize) -> Result<Vec<Relay>, Down> {
        self.call("list_relays_to_sync").await?;
        let relays = {
            let mut state = self.0.state();
            state.pages += 1;
            let keeps_nothing = state.keeps_nothing;
            let rows = state.rows.values().map(|row| &row.relay);
            rows.filter(|relay| keeps_nothing || !relay.is_up_to_date() && !relay.record.given_up)
                .filter(|relay| after.is_none_or(|after| relay.id.as_str() > after))
                .take(limit)
                .cloned()
                .collect()
        };
        self.0.point("list_relays_to_sync's answer").await;
        Ok(relays)
    }
}

impl Command for Backend {
    type Error = Down;

    fn notify(&self) -> &broadcast::Sender<Activity> {
        self.0.notify()
    }

    async fn complete_relay_sync(&self, relay: &Relay, accepted: &Digest) -> Result<(), Down> {
        self.call("complete_relay_sync").await?;
        if relay.deleted {
            self.remove(relay);
        } else {
            let mut state = self.0.state();
            let lost = state.lost.contains(&relay.id);
            if !lost && !state.zooid.get(&relay.id).is_some_and(|held| holds(held, relay)) {
                state.broke(format!("{} was reported as synced, and is not", relay.id));
            }
            if state.keeps_nothing {
                return Ok(());
            }
            let Some(row) = state.rows.get_mut(&relay.id) else {
                return Ok(());
            };
            row.relay.synced = 1;
            row.relay.record.version = relay.version;
            row.relay.record.host = Some(relay.host());
            row.relay.record.accepted = None;
            if row.relay.version == relay.version {
                row.relay.sync_error.clear();
                row.relay.record = SyncRecord {
                    version: relay.version,
                    accepted: Some(*accepted),
                    host: Some(relay.host()),
                    ..SyncRecord::default()
                };
                row.gate = None;
            }
            state.tell(format_args!("{} v{} synced", relay.id, relay.version));
        }
        self.0.tell("complete_relay_sync", &relay.id);
        self.call("complete_relay_sync's answer").await
    }

    async fn fail_relay_sync(&self, relay: &Relay, failure: &SyncFailure) -> Result<(), Down> {
        self.call("fail_relay_sync").await?;
        let version = relay.version;
        {
            let mut state = self.0.state();
            let life = state.life;
            state.tell(format_args!(
                "{} v{version} failed: {:?} {}",
                relay.id, failure.kind, failure.message
            ));
            if state.keeps_nothing {
                return Ok(());
            }
            let Some(row) = state.rows.get_mut(&relay.id) else {
                return Ok(());
            };
            row.relay.record.accepted = None;
            if row.relay.version == version {
                row.relay.sync_error.clone_from(&failure.message);
                row.relay.record.given_up = failure.kind.is_last();
                if failure.kind.counts() {
                    row.relay.record.failures += 1;
                }
                let failures = row.relay.record.failures;
                row.gate = (failure.kind != FailureKind::Uncounted).then(|| Gate {
                    version,
                    life,
                    until: failure.retry_in.map(|delay| Instant::now() + delay),
                    floor: floor(failures, failure.retry_in),
                    since: Instant::now(),
                });
                if failures > RETRY.max_attempts {
                    state.broke(format!("{} failed {failures} times", relay.id));
                }
            }
        }
        self.0.tell("fail_relay_sync", &relay.id);
        // Unless the answer arrives, Infra does not know that its promise was kept.
        let promised = self.loosen_gate(&relay.id);
        self.call("fail_relay_sync's answer").await?;
        if let Some(row) = self.0.state().rows.get_mut(&relay.id)
            && row.gate.is_some_and(|gate| gate.version == version)
        {
            row.gate = promised;
        }
        Ok(())
    }

    async fn release_claim(&self, _: &Relay) -> Result<(), Down> {
        self.call("release_claim").await
    }

    async fn zooid_changed(&self, state: &ZooidState) -> Result<(), Down> {
        self.0.state().unavailable = match state {
            ZooidState::Serving => None,
            ZooidState::Unavailable { cause, .. } => Some(cause.clone()),
        };
        Ok(())
    }
}

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store is down")
    }
}

impl Error for Down {}
