//! Builds the `Authorization` header of [NIP-98](https://github.com/nostr-protocol/nips/blob/master/98.md).
//!
//! The JSON is written directly instead of through `nostr`'s types, which cost several times as much and allocate each
//! part.

use std::{io::Write, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{key::Keys, types::Timestamp};
use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};

/// Maximum distance between the `created_at` of a signature and zooid's clock, in either direction. Current zooid returns
/// 401 beyond it; zooid of March 2026 does not check.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// Capacity for everything in an event except its url, in bytes.
const EVENT_CAPACITY: usize = 512;

const SCHEME: &str = "Nostr ";

/// Returns the header for a request to `url`. `pubkey` is the public key of `keys` in hex.
pub(crate) fn header(keys: &Keys, pubkey: &str, method: &str, url: &str, body: &[u8]) -> Option<HeaderValue> {
    let created_at = Timestamp::now().as_secs();

    let mut hashed = Vec::with_capacity(EVENT_CAPACITY + url.len());
    write!(hashed, r#"[0,"{pubkey}",{created_at},27235,"#).ok()?;
    let tags = hashed.len();
    write_tags(&mut hashed, method, url, body)?;
    let tags = tags..hashed.len();
    hashed.extend_from_slice(br#",""]"#);

    let id: [u8; 32] = Sha256::digest(&hashed).into();
    let signature = keys.sign_schnorr(id).to_bytes();

    let mut event = Vec::with_capacity(EVENT_CAPACITY + hashed.len());
    event.extend_from_slice(br#"{"id":""#);
    write_hex(&mut event, &id);
    write!(
        event,
        r#"","pubkey":"{pubkey}","created_at":{created_at},"kind":27235,"tags":"#
    )
    .ok()?;
    event.extend_from_slice(&hashed[tags]);
    event.extend_from_slice(br#","content":"","sig":""#);
    write_hex(&mut event, &signature);
    event.extend_from_slice(br#""}"#);

    let mut value = String::with_capacity(SCHEME.len() + event.len().div_ceil(3) * 4);
    value.push_str(SCHEME);
    BASE64_STANDARD.encode_string(event, &mut value);
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn write_tags(text: &mut Vec<u8>, method: &str, url: &str, body: &[u8]) -> Option<()> {
    text.extend_from_slice(br#"[["u","#);
    serde_json::to_writer(&mut *text, url).ok()?;
    // Equal requests within one second would otherwise have the same event id, which a replay cache rejects.
    let nonce = fastrand::u64(..);
    write!(text, r#"],["method","{method}"],["nonce","{nonce:016x}"]"#).ok()?;
    if !body.is_empty() {
        text.extend_from_slice(br#",["payload",""#);
        write_hex(text, &Sha256::digest(body));
        text.extend_from_slice(br#""]"#);
    }
    text.push(b']');
    Some(())
}

fn write_hex(text: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.extend(
        bytes
            .iter()
            .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
    );
}
