//! The state of zooid's process: the files on disk and the relays loaded from them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::Value;

use super::{
    config::{self, text},
    disk::Disk,
    fatal::is_fatal,
    loaded_relays::LoadedRelays,
};
use crate::profile::Profile;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Responds to requests, but has not loaded the files.
    Listening {
        crashes_on_lookup: bool,
    },
    /// Has loaded the files, but does not watch them.
    Loaded,
    /// Reloads files that change.
    Watching,
    Terminated,
}

/// The time at which the process reloads a changed file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reload {
    AtOnce,
    /// After this many document requests, which find no relay.
    Torn(usize),
    /// After this many document requests, which find the previous configuration.
    Delayed(usize),
}

/// A reload that waits for document requests.
struct Pending {
    requests: usize,
    /// The old and the new host. Requests for either count.
    hosts: BTreeSet<String>,
}

pub(super) struct Process {
    profile: Profile,
    pub(super) disk: Disk,
    loaded: LoadedRelays,
    /// Members by schema. zooid stores them in tables named after the schema, which stay when the relay's file is
    /// deleted.
    members: HashMap<String, BTreeSet<String>>,
    phase: Phase,
    pending: HashMap<String, Pending>,
}

impl Process {
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            profile,
            disk: Disk::new(profile),
            loaded: LoadedRelays::default(),
            members: HashMap::new(),
            phase: Phase::Watching,
            pending: HashMap::new(),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.phase != Phase::Terminated
    }

    /// Restarts the process, which then listens but has loaded no file.
    pub(super) fn restart(&mut self) {
        self.phase = Phase::Listening {
            crashes_on_lookup: false,
        };
        self.loaded = LoadedRelays::default();
        self.pending.clear();
    }

    /// Makes the next lookup of a relay terminate the process, until the files are loaded.
    pub(super) fn crash_on_lookup(&mut self) {
        if let Phase::Listening { crashes_on_lookup } = &mut self.phase {
            *crashes_on_lookup = true;
        }
    }

    /// Loads all files, if that is not done.
    pub(super) fn load(&mut self) {
        if !matches!(self.phase, Phase::Listening { .. }) {
            return;
        }
        self.phase = Phase::Loaded;
        let names: Vec<_> = self.disk.names().map(str::to_owned).collect();
        for name in names {
            self.reload(&name);
        }
    }

    /// Completes the start.
    pub(super) fn watch(&mut self) {
        self.load();
        if self.phase == Phase::Loaded {
            self.phase = Phase::Watching;
        }
    }

    /// Notifies the file watcher of a changed file.
    pub(super) fn changed(&mut self, file: &str, reload: Reload) {
        if self.phase != Phase::Watching {
            return;
        }
        let (torn, requests) = match reload {
            Reload::AtOnce | Reload::Torn(0) | Reload::Delayed(0) => return self.reload(file),
            Reload::Torn(requests) => (true, requests),
            Reload::Delayed(requests) => (false, requests),
        };
        let now = self.disk.file(file).and_then(|file| file.read().ok());
        let hosts = [self.loaded.file(file), now].into_iter().flatten();
        let mut hosts: BTreeSet<_> = hosts.map(|config| text(config, "/host").to_owned()).collect();
        if let Some(before) = self.pending.remove(file) {
            hosts.extend(before.hosts);
        }
        self.pending.insert(file.to_owned(), Pending { requests, hosts });
        if torn {
            self.loaded.unload(file);
        }
    }

    /// Terminates the process if a lookup does so. Returns whether it did.
    pub(super) fn crashes_on_lookup(&mut self) -> bool {
        let crashes = self.phase
            == (Phase::Listening {
                crashes_on_lookup: true,
            });
        if crashes {
            self.phase = Phase::Terminated;
        }
        crashes
    }

    /// Returns the configuration served at a host, and counts the document request.
    pub(super) fn look_up(&mut self, host: &str) -> Option<Arc<Value>> {
        let served = self.loaded.host(host);
        let mut due = Vec::new();
        for (file, pending) in &mut self.pending {
            if pending.hosts.contains(host) {
                pending.requests -= 1;
                if pending.requests == 0 {
                    due.push(file.clone());
                }
            }
        }
        for file in due {
            self.reload(&file);
        }
        served
    }

    /// Returns the members of a relay, by the schema of the loaded relay or else of its file.
    pub(super) fn members(&self, file: &str) -> Option<Result<impl Iterator<Item = &str>, &str>> {
        let config = match self.loaded.file(file) {
            Some(config) => Ok(config),
            None => self.disk.file(file)?.read(),
        };
        let members = |config| self.members.get(text(config, "/schema")).into_iter().flatten();
        Some(config.map(|config| members(config).map(String::as_str)))
    }

    /// Returns the configuration of a served relay with this schema.
    pub(super) fn served_with_schema(&self, schema: &str) -> Option<&Value> {
        self.loaded.hosts().find(|config| text(config, "/schema") == schema)
    }

    /// Replaces the members in the tables of a relay's schema.
    pub(super) fn set_members(&mut self, file: &str, members: Vec<String>) {
        if let Some(Ok(config)) = self.disk.file(file).map(|file| file.read()) {
            let schema = text(config, "/schema").to_owned();
            self.members.insert(schema, members.into_iter().collect());
        }
    }

    fn reload(&mut self, name: &str) {
        self.pending.remove(name);
        self.loaded.unload(name);
        let config = match self.disk.file(name).map(|file| file.read()) {
            Some(Ok(config)) if config::loads(self.profile, config) => config,
            _ => return,
        };
        if is_fatal(self.profile, config) {
            self.phase = Phase::Terminated;
            return;
        }
        let members = self.members.entry(text(config, "/schema").to_owned()).or_default();
        members.extend(permanent_members(config));
        if config["inactive"] != true {
            self.loaded.load(name, config.clone());
        }
    }
}

/// Returns the owner and the holders of all roles. Loading a relay adds them to its members, and nothing removes them.
fn permanent_members(config: &Value) -> impl Iterator<Item = String> {
    let roles = config["roles"].as_object().into_iter().flat_map(|roles| roles.values());
    let holders = roles
        .filter_map(|role| role["pubkeys"].as_array())
        .flatten()
        .filter_map(Value::as_str);
    holders
        .chain([text(config, "/info/pubkey")])
        .filter_map(config::pubkey)
        .map(|pubkey| pubkey.to_hex())
}
