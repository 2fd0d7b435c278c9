use std::sync::Mutex;

use contract_tests::relay;
use serde_json::Value;
use zooid_client::{Keys, RelayId, types::RelayConfig};

/// Generates unique ids, hosts and schemas, and records the ids for cleanup.
#[derive(Debug)]
pub struct Names {
    tag: String,
    ids: Mutex<Vec<RelayId>>,
}

impl Names {
    pub fn random() -> Names {
        Names {
            tag: Keys::generate().public_key().to_hex()[..12].to_owned(),
            ids: Mutex::default(),
        }
    }

    pub fn id(&self, name: &str) -> RelayId {
        let id: RelayId = format!("contract-{}-{name}", self.tag).parse().unwrap();
        let mut ids = self.ids.lock().unwrap();
        if !ids.contains(&id) {
            ids.push(id.clone());
        }
        id
    }

    pub fn host(&self, name: &str) -> String {
        format!("{name}-{}.contract.invalid", self.tag)
    }

    pub fn schema(&self, name: &str) -> String {
        format!("contract_{}_{name}", self.tag)
    }

    /// Returns a configuration with the required fields only, and with the host and schema of this name.
    pub fn json(&self, name: &str) -> Value {
        relay::config(&self.host(name), &self.schema(name))
    }

    pub fn config(&self, name: &str) -> RelayConfig {
        serde_json::from_value(self.json(name)).unwrap()
    }

    /// Returns every id generated so far.
    pub fn used(&self) -> Vec<RelayId> {
        self.ids.lock().unwrap().clone()
    }
}
