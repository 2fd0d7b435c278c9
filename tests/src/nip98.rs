//! Builds `Authorization` headers, also invalid ones.

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{
    event::{EventId, Kind, Tag, Tags},
    key::Keys,
    types::Timestamp,
};
use serde_json::{Value, json};

/// An unsigned NIP-98 event.
#[derive(Clone, Debug)]
pub struct Authorization {
    keys: Keys,
    kind: u16,
    created_at: u64,
    tags: Vec<Vec<String>>,
}

impl Authorization {
    /// Returns a valid event for a request.
    pub fn of(keys: &Keys, method: &str, url: &str) -> Self {
        let blank = Self {
            keys: keys.clone(),
            kind: 27235,
            created_at: Timestamp::now().as_secs(),
            tags: Vec::new(),
        };
        blank.with("u", url).with("method", method)
    }

    /// Sets the kind.
    pub fn kind(mut self, kind: u16) -> Self {
        self.kind = kind;
        self
    }

    /// Adds seconds to `created_at`. Negative for a time in the past.
    pub fn aged(mut self, seconds: i64) -> Self {
        self.created_at = self.created_at.saturating_add_signed(seconds);
        self
    }

    /// Removes the tags of this name.
    pub fn without(mut self, tag: &str) -> Self {
        self.tags.retain(|t| t[0] != tag);
        self
    }

    /// Replaces the tags of this name.
    pub fn with(self, tag: &str, value: &str) -> Self {
        let mut changed = self.without(tag);
        changed.tags.push(vec![tag.to_owned(), value.to_owned()]);
        changed
    }

    /// Returns the signed event.
    pub fn event(&self) -> Value {
        let kind = Kind::from(self.kind);
        let created_at = Timestamp::from_secs(self.created_at);
        let tags: Vec<_> = self.tags.iter().filter_map(|tag| Tag::parse(tag).ok()).collect();
        let pubkey = self.keys.public_key();
        let id = EventId::compute(&pubkey, &created_at, &kind, &Tags::from_list(tags), "");
        json!({
            "id": id.to_hex(),
            "pubkey": pubkey.to_hex(),
            "created_at": self.created_at,
            "kind": self.kind,
            "tags": self.tags,
            "content": "",
            "sig": self.keys.sign_schnorr(id.as_bytes()).to_string(),
        })
    }

    /// Returns the value of the header.
    pub fn header(&self) -> String {
        header(&self.event())
    }
}

/// Returns the value of the header for any JSON.
pub fn header(event: &Value) -> String {
    format!("Nostr {}", BASE64_STANDARD.encode(event.to_string()))
}

/// Returns the event in the value of a header, or `None` if the value is malformed.
pub fn event_of(header: &str) -> Option<Value> {
    let json = BASE64_STANDARD.decode(header.strip_prefix("Nostr ")?).ok()?;
    serde_json::from_slice(&json).ok()
}
