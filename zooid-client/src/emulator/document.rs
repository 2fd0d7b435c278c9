//! NIP-11 documents of relays.

use nostr::key::Keys;
use serde_json::{Value, json};

use super::{config::text, request::ApiRequest, response::Response};

const MEDIA_TYPE: &str = "application/nostr+json";

/// Returns the host whose document is requested. zooid decides by the host alone. The emulator's API has no host of
/// its own, so the emulator decides by the media type.
pub(super) fn requested_host<'r>(request: &ApiRequest<'r>) -> Option<&'r str> {
    (request.method == "GET" && request.accept() == MEDIA_TYPE).then(|| request.host())
}

/// Returns the document of the relay at the host, or zooid's response for an unknown host.
pub(super) fn respond(config: Option<&Value>, request: &ApiRequest<'_>) -> Response {
    match config {
        Some(config) => Response::document(&document(config, request)),
        None => Response::plain(404, "Not Found"),
    }
}

fn document(config: &Value, request: &ApiRequest<'_>) -> Value {
    let mut document = json!({
        "pubkey": text(config, "/info/pubkey").to_ascii_lowercase(),
        "supported_nips": supported_nips(config),
        "software": "https://github.com/coracle-social/zooid",
        "version": "v0.1.0",
    });
    // zooid loads no configuration without a valid key.
    if let Ok(keys) = Keys::parse(&format!("{:0>64}", text(config, "/secret"))) {
        document["self"] = keys.public_key().to_hex().into();
    }
    for field in ["name", "description"] {
        match text(config, &format!("/info/{field}")) {
            "" => {}
            shown => document[field] = shown.into(),
        }
    }
    match text(config, "/info/icon") {
        "" => {}
        whole if whole.starts_with("http://") || whole.starts_with("https://") => document["icon"] = whole.into(),
        path => {
            let path = path.strip_prefix('/').unwrap_or(path);
            document["icon"] = format!("{}/{path}", base_url(request)).into();
        }
    }
    document
}

/// Returns numbers for khatru's features and texts for zooid's. The numbers depend on the version of khatru; these are
/// of December 2025. Some builds list 86 only with `management`.
fn supported_nips(config: &Value) -> Vec<Value> {
    let is_on = |feature: &str| config[feature]["enabled"] == true;
    let mut nips = vec![
        json!(1),
        json!(11),
        json!(42),
        json!(70),
        json!(86),
        json!("43"),
        json!(40),
    ];
    if is_on("blossom") {
        nips.extend(["BUD-00", "BUD-01", "BUD-02", "BUD-11"].map(Value::from));
    }
    if is_on("groups") {
        nips.push("29".into());
    }
    if is_on("push") {
        nips.push("9a".into());
    }
    nips.extend([json!(9), json!(77)]);
    nips
}

/// Returns the base url that khatru derives from the request.
fn base_url(request: &ApiRequest<'_>) -> String {
    let host = match request.header("x-forwarded-host") {
        "" => request.host(),
        forwarded => forwarded,
    };
    let scheme = match request.header("x-forwarded-proto") {
        "" if host == "localhost" || host.contains(':') || is_ip(host) => "http",
        "" => "https",
        forwarded => forwarded,
    };
    format!("{scheme}://{host}")
}

fn is_ip(host: &str) -> bool {
    host.replace('.', "").parse::<i64>().is_ok()
}
