//! LiveKit's webhook, which current zooid accepts without NIP-98. The emulator rejects every signature of LiveKit.

use serde_json::Value;

use super::{config::text, process::Process, response::Response};
use crate::{hooks::MAX_BODY, messages};

pub(super) fn respond(process: &Process, body: &[u8]) -> Response {
    if body.len() > MAX_BODY {
        return Response::error(400, "failed to read body");
    }
    let Some(schema) = serde_json::from_slice(body)
        .ok()
        .and_then(|event| room_metadata(&event))
    else {
        return Response::error(400, "invalid webhook body");
    };
    if schema.trim().is_empty() {
        return Response::error(400, "missing room metadata");
    }
    match process.served_with_schema(schema.trim()) {
        None => Response::error(404, messages::NOT_FOUND),
        Some(config)
            if ["/livekit/api_key", "/livekit/api_secret"]
                .iter()
                .any(|key| text(config, key).is_empty()) =>
        {
            Response::page_not_found()
        }
        Some(_) => Response::plain(401, "invalid webhook: authorization header could not be found"),
    }
}

/// Returns the schema that LiveKit sends, or an empty text if it is absent. `None` if a value has the wrong type.
fn room_metadata(event: &Value) -> Option<String> {
    let member = |object: &Value, key: &str| match object {
        Value::Null => Some(Value::Null),
        Value::Object(fields) => Some(fields.get(key).cloned().unwrap_or_default()),
        _ => None,
    };
    match member(&member(event, "room")?, "metadata")? {
        Value::Null => Some(String::new()),
        Value::String(metadata) => Some(metadata),
        _ => None,
    }
}
