//! Checks NIP-98 events as zooid does, which ignores the event's id and its payload tag.

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{
    event::{Event, EventId, Kind, Signature, Tag, Tags},
    key::PublicKey,
    types::Timestamp,
};
use serde::{Deserialize, de::Error};
use serde_json::Value;

use super::{clock::Clock, request::ApiRequest};
use crate::{nip98::CLOCK_TOLERANCE, profile::Profile};

const KIND: u16 = 27235;

/// The event as received. As in Go, absent fields have the zero value. Unknown fields are an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SignedEvent {
    #[serde(rename = "id")]
    _id: String,
    pubkey: String,
    created_at: i64,
    kind: i64,
    tags: Vec<Vec<String>>,
    content: String,
    sig: String,
}

/// Returns the key that signed the request, or zooid's error text.
pub(super) fn verify(profile: Profile, clock: Clock, request: &ApiRequest<'_>) -> Result<PublicKey, String> {
    let event = parse_header(request.authorization())?;
    // zooid truncates the number to 16 bits.
    let kind = event.kind as u16;
    if kind != KIND {
        return Err(format!("invalid event kind: expected {KIND}, got {kind}"));
    }
    let pubkey = verify_signature(&event).ok_or("invalid event signature")?;
    if profile == Profile::Current && clock.seconds().abs_diff(seconds(&event)) > CLOCK_TOLERANCE.as_secs() {
        return Err("event created_at is too far from the current time".to_owned());
    }
    if !has_tag(&event, "u", |url| url == request.url()) {
        return Err("event missing or invalid u tag".to_owned());
    }
    if !has_tag(&event, "method", |method| method.to_uppercase() == request.method) {
        return Err("event missing or invalid method tag".to_owned());
    }
    Ok(pubkey)
}

fn parse_header(header: &str) -> Result<SignedEvent, String> {
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
    parse_event(&json).map_err(|error| format!("invalid event json: {error}"))
}

fn parse_event(json: &[u8]) -> serde_json::Result<SignedEvent> {
    let mut event: Value = serde_json::from_slice(json)?;
    match &mut event {
        Value::Null => return Ok(SignedEvent::default()),
        Value::Object(fields) => fields.retain(|_, value| !value.is_null()),
        _ => return Err(serde_json::Error::custom("expected {")),
    }
    serde_json::from_value(event)
}

fn verify_signature(event: &SignedEvent) -> Option<PublicKey> {
    let pubkey = PublicKey::from_hex(&event.pubkey).ok()?;
    let sig: Signature = event.sig.parse().ok()?;
    let created_at = Timestamp::from_secs(seconds(event));
    let tags = event.tags.iter().map(Tag::parse).collect::<Result<Vec<_>, _>>().ok()?;
    let tags = Tags::from_list(tags);
    let id = EventId::compute(&pubkey, &created_at, &Kind::HttpAuth, &tags, &event.content);
    let event = Event::new(
        id,
        pubkey,
        created_at,
        Kind::HttpAuth,
        tags,
        event.content.as_str(),
        sig,
    );
    event.verify_signature().then_some(pubkey)
}

fn seconds(event: &SignedEvent) -> u64 {
    u64::try_from(event.created_at).unwrap_or_default()
}

fn has_tag(event: &SignedEvent, name: &str, fits: impl Fn(&str) -> bool) -> bool {
    event.tags.iter().any(|tag| match &tag[..] {
        [tag, value, ..] => tag == name && fits(value),
        _ => false,
    })
}
