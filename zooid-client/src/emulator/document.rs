//! A relay's NIP-11 document: all that can be seen of a relay without talking nostr to it.

use nostr::key::Keys;
use serde_json::{Value, json};

use super::{config::text, request::ApiRequest, response::Response};

const MEDIA_TYPE: &str = "application/nostr+json";

/// The host whose document a request asks for. zooid goes by the host alone; here the API answers under whatever name it
/// is called by, so a document must be asked for by its type.
pub(super) fn requested_host<'r>(request: &ApiRequest<'r>) -> Option<&'r str> {
    (request.method == "GET" && request.accept() == MEDIA_TYPE).then(|| request.host())
}

/// The document of the relay that is served at the host, else zooid's words for a host it does not know.
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
    // Only a loaded configuration is shown, and zooid loads none without a key.
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

/// Numbers for what khatru does itself, texts for what zooid adds. Which numbers are there depends on the version of
/// khatru; these are those of December 2025, and some builds show 86 only with `management`.
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

/// Where khatru believes that it is called.
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
