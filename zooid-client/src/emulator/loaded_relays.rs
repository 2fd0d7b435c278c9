use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::config::text;

/// The relays that zooid has loaded, by file and by host.
///
/// If two files have the same host, zooid serves the relay loaded last, and unloading either removes the host.
#[derive(Default)]
pub(super) struct LoadedRelays {
    by_file: HashMap<String, Arc<Value>>,
    by_host: HashMap<String, Arc<Value>>,
}

impl LoadedRelays {
    pub(super) fn load(&mut self, file: &str, config: Value) {
        let config = Arc::new(config);
        self.by_host
            .insert(text(&config, "/host").to_owned(), Arc::clone(&config));
        self.by_file.insert(file.to_owned(), config);
    }

    pub(super) fn unload(&mut self, file: &str) {
        if let Some(config) = self.by_file.remove(file) {
            self.by_host.remove(text(&config, "/host"));
        }
    }

    pub(super) fn file(&self, file: &str) -> Option<&Value> {
        self.by_file.get(file).map(Arc::as_ref)
    }

    pub(super) fn host(&self, host: &str) -> Option<Arc<Value>> {
        self.by_host.get(host).cloned()
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = &Value> {
        self.by_host.values().map(Arc::as_ref)
    }
}
