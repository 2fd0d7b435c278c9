//! Stored relays that break the rules for new relays. Older versions had fewer rules, and imported relays of zooid keep theirs.

use std::collections::HashMap;

use infra_sync::{Relay, zooid_client::SchemaName};
use serde::Serialize;

use super::{Store, StoreError, engine::Engine, with_engine};

const PAGE: u32 = 500;

/// A rule for new relays that a stored relay breaks. Relays that are being deleted are omitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The relay's id.
    pub relay: String,
    /// `schema`, `host` or `info`.
    pub field: &'static str,
    /// The broken rule.
    pub problem: String,
}

/// Hosts and schemas that several relays share.
struct Shared {
    /// The relays of each shared host.
    hosts: HashMap<String, Vec<String>>,
    /// The relays of each shared schema, by its normal form.
    schemas: HashMap<String, Vec<String>>,
}

impl Store {
    /// Returns all violations, in order of relay. Reads every row.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn violations(&self) -> Result<Vec<Violation>, StoreError> {
        let shared = self.shared().await?;
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.relay_views(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after.clone_from(&last.relay.id);
            found.extend(page.iter().flat_map(|view| shared.violations(&view.relay)));
        }
    }

    /// Returns the violations of a relay.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn violations_of(&self, relay: &Relay) -> Result<Vec<Violation>, StoreError> {
        Ok(self.shared().await?.violations(relay))
    }

    async fn shared(&self) -> Result<Shared, StoreError> {
        let hosts = with_engine!(self, engine => engine.answered(engine.shared_hosts()).await)?;
        let schemas = with_engine!(self, engine => engine.answered(engine.schemas()).await)?;
        let normal_forms = schemas
            .into_iter()
            .map(|(schema, relay)| (SchemaName::normal_form(&schema), relay));
        let mut schemas = grouped(normal_forms);
        schemas.retain(|_, relays| relays.len() > 1);
        Ok(Shared {
            hosts: grouped(hosts),
            schemas,
        })
    }
}

impl Shared {
    fn violations(&self, relay: &Relay) -> Vec<Violation> {
        let mut found = Vec::new();
        if relay.deleted {
            return found;
        }
        let mut add = |field, problem| {
            let relay = relay.id.clone();
            found.push(Violation { relay, field, problem });
        };
        if let Err(error) = SchemaName::try_from(relay.schema.as_str()) {
            add("schema", error.to_string());
        }
        for other in others(relay, self.schemas.get(&SchemaName::normal_form(&relay.schema))) {
            let problem = format!("an old zooid keeps the data of relay {other} in the same tables");
            add("schema", problem);
        }
        if let Err(error) = relay.checked_host() {
            add("host", error.to_string());
        }
        for host in relay.hosts() {
            for other in others(relay, self.hosts.get(&host)) {
                add("host", format!("host {host:?} is also that of relay {other}"));
            }
        }
        if let Err(error) = relay.check_texts() {
            add("info", error.to_string());
        }
        found
    }
}

fn others<'a>(relay: &'a Relay, sharing: Option<&'a Vec<String>>) -> impl Iterator<Item = &'a String> {
    let sharing = sharing.into_iter().flatten();
    sharing.filter(|other| **other != relay.id)
}

fn grouped(pairs: impl IntoIterator<Item = (String, String)>) -> HashMap<String, Vec<String>> {
    let mut groups: HashMap<String, Vec<String>> = HashMap::new();
    for (key, relay) in pairs {
        groups.entry(key).or_default().push(relay);
    }
    groups
}
