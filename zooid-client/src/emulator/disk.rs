use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{
    config::{self, text},
    config_path::FOLDER,
    go_quote::quoted,
};
use crate::{messages, profile::Profile};

/// Fields that must be unique, in the order in which zooid compares them.
const UNIQUE: [&str; 2] = ["/schema", "/host"];

/// zooid's configuration files by name.
pub(super) struct Disk {
    profile: Profile,
    files: BTreeMap<String, File>,
    /// The files that use each schema and each host. zooid has no such index and reads every file instead.
    owners: HashMap<(&'static str, String), BTreeSet<String>>,
}

/// A configuration file.
pub(super) struct File {
    config: Value,
    /// Number of bytes left, if the file was truncated.
    cut: Option<usize>,
    /// The configuration that the API reads from the file.
    read: Result<Value, String>,
    writes: usize,
}

impl Disk {
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            profile,
            files: BTreeMap::new(),
            owners: HashMap::new(),
        }
    }

    pub(super) fn file(&self, name: &str) -> Option<&File> {
        self.files.get(name)
    }

    /// Returns the names of all files, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub(super) fn write(&mut self, name: &str, config: Value) {
        let writes = self.file(name).map_or(0, |file| file.writes) + 1;
        let read = config::read(self.profile, config.clone());
        self.put(
            name,
            File {
                config,
                cut: None,
                read,
                writes,
            },
        );
    }

    /// Truncates a file, if it exists.
    pub(super) fn cut(&mut self, name: &str, bytes: usize) {
        if let Some(mut file) = self.remove(name) {
            let left = config::first_bytes(self.profile, &file.config, bytes).map_err(|reason| match self.profile {
                Profile::Old => reason,
                Profile::Current => format!("Failed to parse config file {FOLDER}/{name}: {reason}"),
            });
            file.read = left.and_then(|config| config::read(self.profile, config));
            file.cut = Some(bytes);
            self.put(name, file);
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<File> {
        let file = self.files.remove(name)?;
        if let Ok(config) = &file.read {
            for field in UNIQUE {
                let key = (field, text(config, field).to_owned());
                if let Some(owners) = self.owners.get_mut(&key) {
                    owners.remove(name);
                    if owners.is_empty() {
                        self.owners.remove(&key);
                    }
                }
            }
        }
        Some(file)
    }

    /// Returns zooid's error if another file has the schema or the host of `config`. Like zooid, reports the first
    /// such file by name, and skips files that the API cannot read.
    pub(super) fn conflict(&self, own: &str, config: &Value) -> Option<String> {
        let taken = UNIQUE.iter().enumerate().filter_map(|(order, field)| {
            let value = text(config, field);
            let owners = self.owners.get(&(*field, value.to_owned()))?;
            let owner = owners.iter().find(|owner| *owner != own)?;
            Some((owner, order, field, value))
        });
        let (_, _, field, value) = taken.min()?;
        Some(messages::in_use(&field[1..], &quoted(value)))
    }

    /// Returns the content of a file.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let file = self.file(name)?;
        let text = config::toml(self.profile, &file.config);
        let bytes = file.cut.unwrap_or(text.len()).min(text.len());
        Some(String::from_utf8_lossy(&text.as_bytes()[..bytes]).into_owned())
    }

    fn put(&mut self, name: &str, file: File) {
        self.remove(name);
        if let Ok(config) = &file.read {
            for field in UNIQUE {
                let key = (field, text(config, field).to_owned());
                self.owners.entry(key).or_default().insert(name.to_owned());
            }
        }
        self.files.insert(name.to_owned(), file);
    }
}

impl File {
    /// Returns the configuration that the API reads, or the reason why it cannot.
    pub(super) fn read(&self) -> Result<&Value, &str> {
        self.read.as_ref().map_err(String::as_str)
    }

    /// Returns the number of writes.
    pub(super) fn writes(&self) -> usize {
        self.writes
    }
}
