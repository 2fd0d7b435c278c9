//! Removes the secrets of a request from the texts of its response.
//!
//! A proxy or zooid may repeat a part of the request, in any encoding. Such a text becomes part of an error and can
//! reach logs, stores and pages.

use std::collections::HashSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{key::SecretKey, nips::nip19::ToBech32};
use reqwest::{
    Request,
    header::{AUTHORIZATION, HeaderValue},
};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::decoding::Decoded;

/// Fields of a request body that hold a [`Secret`](crate::Secret).
const SECRET_FIELDS: [&str; 5] = ["secret", "access_key", "secret_key", "api_key", "api_secret"];

/// Length of the pieces of secrets that are removed, in bytes: a response may repeat a secret in part. Shorter pieces
/// occur in ordinary words, and do not reveal the secret.
const PIECE_LENGTH: usize = 8;

/// Minimum length of a secret that is removed, in bytes. Removing a shorter one would make other texts unreadable.
const MIN_SECRET_LENGTH: usize = 4;

/// Maximum number of nested encodings that are decoded.
const MAX_ENCODINGS: usize = 3;

/// Maximum size of a text that is searched and returned, in bytes. Decoding a text of this size in every encoding
/// takes 5 ms.
const MAX_TEXT: usize = 2 * 1024;

const REDACTED: &str = "[redacted]";

/// zooid's message before a secret key that it rejects. On a PATCH this can be the stored key, which is not part of
/// the request.
const INVALID_KEY: &str = "invalid secret key: ";

/// The parts of a request that contain secrets, kept until the response arrives.
pub(crate) struct SentRequest {
    body: Zeroizing<Vec<u8>>,
    authorization: Option<HeaderValue>,
}

/// Removes the secrets of a request from texts.
pub(crate) struct Redaction {
    /// All pieces of the secrets in lower case, as integers for fast comparison.
    pieces: HashSet<u64>,
    /// Secrets shorter than a piece, in lower case.
    short: Vec<Vec<u8>>,
}

impl SentRequest {
    pub(crate) fn of(request: &Request) -> Self {
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        Self {
            body: Zeroizing::new(body.to_vec()),
            authorization: request.headers().get(AUTHORIZATION).cloned(),
        }
    }

    /// Returns the redaction of this request. Expensive compared with a successful request, so only for errors.
    pub(crate) fn redaction(&self) -> Redaction {
        let mut redaction = Redaction {
            pieces: HashSet::new(),
            short: Vec::new(),
        };
        if let Ok(body) = serde_json::from_slice(&self.body) {
            redaction.add_fields(&body);
        }
        if let Some(header) = &self.authorization {
            redaction.add_authorization(header);
        }
        redaction
    }
}

impl Redaction {
    /// Replaces secrets in any encoding by `[redacted]`, and truncates a long text. Take excerpts only of the result:
    /// an excerpt of the original can end in a piece that is too short to be recognised.
    pub(crate) fn apply(&self, text: &str) -> String {
        let (text, rest) = text.split_at(text.floor_char_boundary(MAX_TEXT));
        let mut is_secret = vec![false; text.len()];
        self.mark_all(&Decoded::plain(text), MAX_ENCODINGS, &mut is_secret);
        let mut shown = without_marked(text, &is_secret);
        if !rest.is_empty() {
            shown.push('…');
        }
        without_invalid_key(shown)
    }

    fn add_fields(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(secret) if SECRET_FIELDS.contains(&name.as_str()) => self.add_secret(secret),
                        other => self.add_fields(other),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.add_fields(value)),
            _ => {}
        }
    }

    /// Adds a secret. If it is a nostr key, adds its other formats too.
    fn add_secret(&mut self, secret: &str) {
        self.add(secret.as_bytes());
        if let Ok(key) = SecretKey::parse(secret) {
            self.add(key.to_secret_hex().as_bytes());
            self.add(&key.to_secret_bytes());
            // The error type is `Infallible`.
            let Ok(nsec) = key.to_bech32();
            self.add(nsec.as_bytes());
        }
    }

    /// Adds the signed event, and its signature, without which a repeated event cannot be sent again.
    fn add_authorization(&mut self, header: &HeaderValue) {
        let value = header.as_bytes();
        let payload = value.rsplit(|byte| *byte == b' ').next().unwrap_or(value);
        self.add(payload);
        let event = BASE64_STANDARD.decode(payload).ok();
        let event = event.and_then(|event| serde_json::from_slice::<Value>(&event).ok());
        if let Some(signature) = event.as_ref().and_then(|event| event["sig"].as_str()) {
            self.add(signature.as_bytes());
        }
    }

    fn add(&mut self, secret: &[u8]) {
        let secret = secret.to_ascii_lowercase();
        if secret.len() >= PIECE_LENGTH {
            self.pieces.extend(pieces(&secret));
        } else if secret.len() >= MIN_SECRET_LENGTH {
            self.short.push(secret);
        }
    }

    fn mark_all(&self, decoded: &Decoded, depth: usize, is_secret: &mut [bool]) {
        self.mark(decoded, is_secret);
        if depth > 0 {
            decoded
                .decode()
                .for_each(|decoded| self.mark_all(&decoded, depth - 1, is_secret));
        }
    }

    fn mark(&self, decoded: &Decoded, is_secret: &mut [bool]) {
        let text = decoded.bytes().to_ascii_lowercase();
        let mut mark = |at, length| is_secret[decoded.origin(at..at + length)].fill(true);
        for (at, _) in pieces(&text)
            .enumerate()
            .filter(|(_, piece)| self.pieces.contains(piece))
        {
            mark(at, PIECE_LENGTH);
        }
        for secret in &self.short {
            for (at, _) in text
                .windows(secret.len())
                .enumerate()
                .filter(|(_, found)| found == secret)
            {
                mark(at, secret.len());
            }
        }
    }
}

fn pieces(text: &[u8]) -> impl Iterator<Item = u64> + '_ {
    text.array_windows::<PIECE_LENGTH>()
        .map(|piece| u64::from_ne_bytes(*piece))
}

fn without_marked(text: &str, is_secret: &[bool]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut was_secret = false;
    for (at, c) in text.char_indices() {
        let now_secret = is_secret[at..at + c.len_utf8()].contains(&true);
        match (was_secret, now_secret) {
            (_, false) => shown.push(c),
            (false, true) => shown.push_str(REDACTED),
            (true, true) => {}
        }
        was_secret = now_secret;
    }
    shown
}

fn without_invalid_key(text: String) -> String {
    match text.find(INVALID_KEY) {
        Some(at) => format!("{}{REDACTED}", &text[..at + INVALID_KEY.len()]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use schemars::schema_for;
    use serde_json::Value;

    use super::SECRET_FIELDS;
    use crate::types::{RelayConfig, RelayPatch};

    /// Calls `visit` with the name and schema of each property at any depth.
    fn properties(schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
        if let Some(properties) = schema["properties"].as_object() {
            properties.iter().for_each(|(name, schema)| visit(name, schema));
        }
        let (values, fields) = (schema.as_array(), schema.as_object());
        let children = values
            .into_iter()
            .flatten()
            .chain(fields.into_iter().flat_map(|fields| fields.values()));
        children.for_each(|child| properties(child, visit));
    }

    #[test]
    fn secret_fields_lists_every_secret_of_the_api() {
        let mut found = Vec::new();
        for schema in [schema_for!(RelayConfig), schema_for!(RelayPatch)] {
            properties(schema.as_value(), &mut |name, schema| {
                if schema.to_string().contains("Secret") {
                    found.push(name.to_owned());
                }
            });
        }
        found.sort_unstable();
        found.dedup();
        let mut known = SECRET_FIELDS;
        known.sort_unstable();
        assert_eq!(found, known);
    }
}
