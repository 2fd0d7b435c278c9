use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{config::text, quote::quoted};

/// What no two relays may share, in the order in which zooid looks.
const UNIQUE: [&str; 2] = ["/schema", HOST];
const HOST: &str = "/host";

/// zooid's configuration files, and what it knows of each relay besides.
#[derive(Default)]
pub(super) struct Disk {
    files: BTreeMap<String, Relay>,
    /// The file each schema and each host is in. zooid has no such index and reads every file.
    owners: HashMap<(&'static str, String), String>,
}

struct Relay {
    config: Value,
    members: Vec<String>,
}

impl Disk {
    pub(super) fn config(&self, id: &str) -> Option<&Value> {
        self.files.get(&file(id)).map(|relay| &relay.config)
    }

    /// The configuration with this host.
    pub(super) fn config_at(&self, host: &str) -> Option<&Value> {
        let file = self.owners.get(&(HOST, host.to_owned()))?;
        self.files.get(file).map(|relay| &relay.config)
    }

    pub(super) fn members(&self, id: &str) -> Option<&[String]> {
        self.files.get(&file(id)).map(|relay| relay.members.as_slice())
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|file| file.strip_suffix(".toml"))
    }

    /// Writes a configuration that has no [conflict](Self::conflict).
    pub(super) fn write(&mut self, id: &str, config: Value) {
        let file = file(id);
        let members = self.take(&file).map(|relay| relay.members).unwrap_or_default();
        for field in UNIQUE {
            self.owners
                .insert((field, text(&config, field).to_owned()), file.clone());
        }
        self.files.insert(file, Relay { config, members });
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.take(&file(id)).is_some()
    }

    pub(super) fn set_members(&mut self, id: &str, mut members: Vec<String>) {
        members.sort();
        if let Some(relay) = self.files.get_mut(&file(id)) {
            relay.members = members;
        }
    }

    /// Which unique field of `config` another relay than `id` has: the one in the first file by name.
    pub(super) fn conflict(&self, id: &str, config: &Value) -> Option<String> {
        let own = file(id);
        let taken = UNIQUE.iter().enumerate().filter_map(|(order, field)| {
            let value = text(config, field);
            let owner = self.owners.get(&(*field, value.to_owned()))?;
            (*owner != own).then_some((owner, order, field, value))
        });
        let (_, _, field, value) = taken.min()?;
        Some(format!("{} {} is already in use", &field[1..], quoted(value)))
    }

    fn take(&mut self, file: &str) -> Option<Relay> {
        let relay = self.files.remove(file)?;
        for field in UNIQUE {
            self.owners.remove(&(field, text(&relay.config, field).to_owned()));
        }
        Some(relay)
    }
}

/// The file's name is what zooid sorts by: `a-b.toml` stands before `a.toml`.
fn file(id: &str) -> String {
    format!("{id}.toml")
}
