//! Authorization headers made by hand, so that every part of one can be wrong.

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{
    event::{EventId, Kind, Tag, Tags},
    key::Keys,
    types::Timestamp,
};
use serde_json::{Value, json};

/// A NIP-98 event about to be signed.
#[derive(Clone, Debug)]
pub struct Authorization {
    keys: Keys,
    kind: u16,
    created_at: u64,
    tags: Vec<Vec<String>>,
}

impl Authorization {
    /// What zooid wants to see for a request.
    pub fn of(keys: &Keys, method: &str, url: &str) -> Self {
        let blank = Self {
            keys: keys.clone(),
            kind: 27235,
            created_at: Timestamp::now().as_secs(),
            tags: Vec::new(),
        };
        blank.with("u", url).with("method", method)
    }

    /// Of another kind than NIP-98 says.
    pub fn kind(mut self, kind: u16) -> Self {
        self.kind = kind;
        self
    }

    /// Dated so many seconds from now.
    pub fn aged(mut self, seconds: i64) -> Self {
        self.created_at = self.created_at.saturating_add_signed(seconds);
        self
    }

    /// Without any tag of this name.
    pub fn without(mut self, tag: &str) -> Self {
        self.tags.retain(|t| t[0] != tag);
        self
    }

    /// With this tag instead of any other of its name.
    pub fn with(self, tag: &str, value: &str) -> Self {
        let mut changed = self.without(tag);
        changed.tags.push(vec![tag.to_owned(), value.to_owned()]);
        changed
    }

    /// The signed event.
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

    /// The header's value.
    pub fn header(&self) -> String {
        header(&self.event())
    }
}

/// The header's value for an event, whatever it is.
pub fn header(event: &Value) -> String {
    format!("Nostr {}", BASE64_STANDARD.encode(event.to_string()))
}

/// The event inside a header's value; `None` when it is not NIP-98's form.
pub fn event_of(header: &str) -> Option<Value> {
    let json = BASE64_STANDARD.decode(header.strip_prefix("Nostr ")?).ok()?;
    serde_json::from_slice(&json).ok()
}
