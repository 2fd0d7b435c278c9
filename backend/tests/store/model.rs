use std::collections::BTreeMap;

use infra_sync::{Digest, FailureKind, Relay};

/// What a store is to know of a relay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub status: String,
    pub version: i64,
    pub synced_version: i64,
    pub error: String,
    pub failures: u32,
    pub given_up: bool,
    pub accepted: Option<Digest>,
    pub is_synced: bool,
    pub is_planned: bool,
    pub deleted: bool,
    /// A request may still take effect.
    pub is_unsettled: bool,
}

/// What a store is to know, and to have told.
#[derive(Debug, Default)]
pub struct Model {
    pub rows: BTreeMap<String, Row>,
    pub activities: Vec<(&'static str, String)>,
}

impl Row {
    /// The same of a row as it is stored.
    pub fn of(relay: &Relay, is_planned: bool) -> Self {
        Self {
            name: relay.info_name.clone(),
            status: relay.status.as_str().to_owned(),
            version: relay.version,
            synced_version: relay.record.version,
            error: relay.sync_error.clone(),
            failures: relay.record.failures,
            given_up: relay.record.given_up,
            accepted: relay.record.accepted,
            is_synced: relay.is_synced(),
            is_planned,
            deleted: relay.deleted,
            is_unsettled: relay.record.unsettled_for.is_some(),
        }
    }

    pub fn is_up_to_date(&self) -> bool {
        self.synced_version == self.version && self.error.is_empty()
    }

    fn change(&mut self) {
        self.version += 1;
        self.error.clear();
        self.failures = 0;
        self.given_up = false;
        self.is_planned = false;
    }
}

impl Model {
    pub fn is_deleted(&self, id: &str) -> bool {
        self.rows.get(id).is_some_and(|row| row.deleted)
    }

    /// Answers whether there was none yet.
    pub fn create(&mut self, id: &str, name: &str) -> bool {
        if self.rows.contains_key(id) {
            return false;
        }
        let row = Row {
            name: name.to_owned(),
            status: "active".to_owned(),
            version: 1,
            ..Row::default()
        };
        self.rows.insert(id.to_owned(), row);
        self.tell("create_relay", id);
        true
    }

    /// Answers whether that made a difference, if there is one that may change.
    pub fn rename(&mut self, id: &str, name: &str) -> Option<bool> {
        let row = self.rows.get_mut(id).filter(|row| !row.deleted)?;
        if row.name == name {
            return Some(false);
        }
        name.clone_into(&mut row.name);
        row.change();
        self.tell("update_relay", id);
        Some(true)
    }

    /// As [`rename`](Model::rename).
    pub fn set_status(&mut self, id: &str, status: &str) -> Option<bool> {
        let row = self.rows.get_mut(id).filter(|row| !row.deleted)?;
        let before = std::mem::replace(&mut row.status, status.to_owned());
        if before == status {
            return Some(false);
        }
        row.change();
        self.tell(
            match (before.as_str(), status) {
                (_, "active") => "activate_relay",
                ("active", _) => "deactivate_relay",
                _ => "update_relay",
            },
            id,
        );
        Some(true)
    }

    /// Answers whether there is one.
    pub fn resync(&mut self, id: &str) -> bool {
        let Some(row) = self.rows.get_mut(id) else {
            return false;
        };
        row.change();
        row.accepted = None;
        self.tell("resync_relay", id);
        true
    }

    /// Answers whether that made a difference, if there is one.
    pub fn delete(&mut self, id: &str) -> Option<bool> {
        let row = self.rows.get_mut(id)?;
        if row.deleted {
            return Some(false);
        }
        row.deleted = true;
        row.change();
        self.tell("delete_relay", id);
        Some(true)
    }

    /// zooid does not have it any longer.
    pub fn remove(&mut self, id: &str) {
        if self.rows.remove(id).is_some() {
            self.tell("complete_relay_sync", id);
        }
    }

    pub fn complete(&mut self, id: &str, version: i64, accepted: Digest) {
        let Some(row) = self.rows.get_mut(id) else { return };
        row.synced_version = version;
        row.accepted = Some(accepted).filter(|_| row.version == version);
        row.error.clear();
        row.failures = 0;
        row.given_up = false;
        row.is_planned = false;
        row.is_synced = true;
        self.tell("complete_relay_sync", id);
    }

    pub fn fail(&mut self, id: &str, version: i64, kind: FailureKind, is_unanswered: bool) {
        let Some(row) = self.rows.get_mut(id) else { return };
        row.accepted = None;
        row.is_unsettled |= is_unanswered;
        if row.version != version {
            return;
        }
        row.error = format!("{kind:?}");
        row.failures += u32::from(kind.counts());
        row.given_up = kind.is_last();
        row.is_planned = kind == FailureKind::Retried;
        self.tell("fail_relay_sync", id);
    }

    /// A request was abandoned.
    pub fn abandon(&mut self, id: &str) {
        if let Some(row) = self.rows.get_mut(id) {
            row.accepted = None;
            row.is_unsettled = true;
        }
    }

    /// The ids of what is to be synced.
    pub fn pending(&self) -> Vec<&str> {
        let pending = |(_, row): &(&String, &Row)| !row.is_up_to_date() && !row.given_up;
        self.rows.iter().filter(pending).map(|(id, _)| id.as_str()).collect()
    }

    fn tell(&mut self, activity: &'static str, id: &str) {
        self.activities.push((activity, id.to_owned()));
    }
}
