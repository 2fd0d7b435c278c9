//! What a relay's NIP-11 document must be by its row.

use std::fmt;

use infra_sync::{
    Relay, RelayStatus,
    zooid_client::{Keys, nip11::RelayDocument},
};
use serde::Serialize;

/// A field that is not the row's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field's name in the document, or `served`.
    pub field: &'static str,
    /// What it is by the row.
    pub row: String,
    /// What it is on zooid.
    pub zooid: String,
}

/// Names all that differs. No document means that zooid does not serve the relay.
pub fn differences(relay: &Relay, document: Option<&RelayDocument>) -> Vec<Difference> {
    let served = |by_row: bool, by_zooid: bool| difference("served", yes_or_no(by_row), yes_or_no(by_zooid));
    match (relay.status == RelayStatus::Active && !relay.deleted, document) {
        (true, Some(document)) => fields(relay, document),
        (true, None) => vec![served(true, false)],
        (false, Some(_)) => vec![served(false, true)],
        (false, None) => Vec::new(),
    }
}

fn fields(relay: &Relay, document: &RelayDocument) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut compare = |field, row: &str, zooid: &str, same: bool| {
        if !same {
            found.push(difference(field, row, zooid));
        }
    };
    let (name, icon, description) = (&relay.info_name, &relay.info_icon, &relay.info_description);
    compare("name", name, &document.name, *name == document.name);
    compare("icon", icon, &document.icon, is_same_icon(icon, &document.icon));
    compare(
        "description",
        description,
        &document.description,
        *description == document.description,
    );
    let owner = &relay.tenant_pubkey;
    compare(
        "pubkey",
        owner,
        &document.pubkey,
        owner.eq_ignore_ascii_case(&document.pubkey),
    );
    if let (Some(row), Some(zooid)) = (own_pubkey(relay), &document.own_pubkey) {
        compare("self", &row, zooid, row.eq_ignore_ascii_case(zooid));
    }
    found
}

/// zooid's relay library puts the relay's address before an icon that is no whole url.
fn is_same_icon(row: &str, zooid: &str) -> bool {
    let is_whole = row.is_empty() || row.starts_with("http://") || row.starts_with("https://");
    row == zooid || (!is_whole && zooid.ends_with(&format!("/{}", row.trim_start_matches('/'))))
}

fn own_pubkey(relay: &Relay) -> Option<String> {
    let keys = Keys::parse(relay.secret.as_ref()?.expose()).ok()?;
    Some(keys.public_key().to_hex())
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn difference(field: &'static str, row: &str, zooid: &str) -> Difference {
    Difference {
        field,
        row: row.to_owned(),
        zooid: zooid.to_owned(),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is {:?} on zooid, {:?} by the row",
            self.field, self.zooid, self.row
        )
    }
}
