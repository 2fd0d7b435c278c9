//! A world without chance, for what is to be shown one by one.

use std::time::Duration;

use contract_tests::rows::row;
use infra_sync::{Config, SyncRecord};

use crate::{
    faults::{Faults, RequestFault},
    life::{Process, config},
    world::{Row, World},
    zooid::HEARTBEAT,
};

pub struct Stage {
    pub world: World,
    pub process: Process,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(settle: impl FnOnce(&mut Config)) -> Self {
        let mut config = config(7, 16);
        settle(&mut config);
        let world = World::new(7, Faults::default(), config.concurrency, 1024);
        let process = Process::new(world.clone(), config);
        Self { world, process }
    }

    /// Changes a row, or makes it, without telling.
    pub fn write(&self, id: &str, name: &str) {
        let mut state = self.world.state();
        let mut relay = state.rows.remove(id).map_or_else(|| row(id), |row| row.relay);
        relay.info_name = name.to_owned();
        relay.version += 1;
        relay.sync_error.clear();
        relay.record = SyncRecord {
            failures: 0,
            given_up: false,
            ..relay.record
        };
        state.rows.insert(id.to_owned(), Row { relay, gate: None });
    }

    pub fn delete(&self, id: &str) {
        let name = self.world.state().rows[id].relay.info_name.clone();
        if let Some(row) = self.world.state().rows.get_mut(id) {
            row.relay.deleted = true;
        }
        self.write(id, &name);
        self.world.tell("delete_relay", id);
    }

    pub fn change(&self, id: &str, name: &str) {
        self.write(id, name);
        self.world.tell("update_relay", id);
    }

    /// Has relays' requests go wrong; heartbeats are answered.
    pub fn order(&self, mut order: impl FnMut(&str) -> Option<RequestFault> + Send + 'static) {
        self.order_all(move |id| (id != HEARTBEAT).then(|| order(id)).flatten());
    }

    /// Has any request go wrong.
    pub fn order_all(&self, order: impl FnMut(&str) -> Option<RequestFault> + Send + 'static) {
        self.world.state().order = Some(Box::new(order));
    }

    pub fn no_order(&self) {
        self.world.state().order = None;
    }

    pub async fn pass(&mut self, seconds: f64) {
        self.process.pass(Duration::from_secs_f64(seconds)).await;
        assert!(!self.process.has_ended());
    }

    /// Requests of relays.
    pub fn requests(&self) -> u64 {
        self.world.state().requests
    }

    pub fn heartbeats(&self) -> u64 {
        self.world.state().heartbeats
    }

    pub fn name_on_zooid(&self, id: &str) -> Option<String> {
        let state = self.world.state();
        Some(state.zooid.get(id)?["info"]["name"].as_str().unwrap().to_owned())
    }

    pub fn failures(&self, id: &str) -> u32 {
        self.world.state().rows[id].relay.record.failures
    }

    pub fn is_given_up(&self, id: &str) -> bool {
        self.world.state().rows[id].relay.record.given_up
    }

    /// How many relays zooid does not have as their rows say.
    pub fn behind(&self) -> usize {
        self.world.state().differences().len()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.world.state().broken, Vec::<String>::new());
        }
    }
}
