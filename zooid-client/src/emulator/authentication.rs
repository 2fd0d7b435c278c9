//! NIP-98 the way zooid checks it. The event's own id is not looked at, nor is its payload tag.

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{
    event::{Event, EventId, Kind, Signature, Tag, Tags},
    key::PublicKey,
    types::Timestamp,
};
use serde::{Deserialize, de::Error};
use serde_json::Value;

use super::{call::Call, clock::Clock};
use crate::{nip98::CLOCK_TOLERANCE, profile::Profile};

const KIND: u16 = 27235;

/// The event as sent; what is absent has Go's zero value, and zooid's parser fails on fields it does not know.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    #[serde(rename = "id")]
    _id: String,
    pubkey: String,
    created_at: i64,
    kind: i64,
    tags: Vec<Vec<String>>,
    content: String,
    sig: String,
}

/// The key that signed the request, or zooid's words of refusal.
pub(super) fn signer(profile: Profile, clock: Clock, call: &Call<'_>) -> Result<PublicKey, String> {
    let sent = sent(call.authorization())?;
    // zooid keeps the lower 16 bits of a larger number.
    let kind = sent.kind as u16;
    if kind != KIND {
        return Err(format!("invalid event kind: expected {KIND}, got {kind}"));
    }
    let pubkey = verified(&sent).ok_or("invalid event signature")?;
    if profile == Profile::Current && clock.seconds().abs_diff(seconds(&sent)) > CLOCK_TOLERANCE.as_secs() {
        return Err("event created_at is too far from the current time".to_owned());
    }
    if !has_tag(&sent, "u", |url| url == call.url()) {
        return Err("event missing or invalid u tag".to_owned());
    }
    if !has_tag(&sent, "method", |method| method.to_uppercase() == call.method) {
        return Err("event missing or invalid method tag".to_owned());
    }
    Ok(pubkey)
}

fn sent(header: &str) -> Result<Sent, String> {
    if header.is_empty() {
        return Err("missing authorization header".to_owned());
    }
    let encoded = match header.split_once(' ') {
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("nostr") => encoded,
        _ => return Err("invalid authorization header format".to_owned()),
    };
    let json = BASE64_STANDARD
        .decode(encoded)
        .map_err(|error| format!("invalid base64 encoding: {error}"))?;
    event(&json).map_err(|error| format!("invalid event json: {error}"))
}

fn event(json: &[u8]) -> serde_json::Result<Sent> {
    let mut event: Value = serde_json::from_slice(json)?;
    match &mut event {
        Value::Null => return Ok(Sent::default()),
        Value::Object(fields) => fields.retain(|_, value| !value.is_null()),
        _ => return Err(serde_json::Error::custom("expected {")),
    }
    serde_json::from_value(event)
}

fn verified(sent: &Sent) -> Option<PublicKey> {
    let pubkey = PublicKey::from_hex(&sent.pubkey).ok()?;
    let sig: Signature = sent.sig.parse().ok()?;
    let created_at = Timestamp::from_secs(seconds(sent));
    let tags = sent.tags.iter().map(Tag::parse).collect::<Result<Vec<_>, _>>().ok()?;
    let tags = Tags::from_list(tags);
    let id = EventId::compute(&pubkey, &created_at, &Kind::HttpAuth, &tags, &sent.content);
    let event = Event::new(id, pubkey, created_at, Kind::HttpAuth, tags, sent.content.as_str(), sig);
    event.verify_signature().then_some(pubkey)
}

fn seconds(sent: &Sent) -> u64 {
    u64::try_from(sent.created_at).unwrap_or_default()
}

fn has_tag(sent: &Sent, name: &str, fits: impl Fn(&str) -> bool) -> bool {
    sent.tags.iter().any(|tag| match &tag[..] {
        [tag, value, ..] => tag == name && fits(value),
        _ => false,
    })
}
