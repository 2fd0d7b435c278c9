//! A relay's NIP-11 document: all that can be seen of a relay without talking nostr to it.

use nostr::key::Keys;
use serde_json::{Value, json};

use super::{answer::Answer, call::Call, config::text};

const MEDIA_TYPE: &str = "application/nostr+json";

/// The host whose document a request asks for. zooid goes by the host alone; here the API answers under whatever name it
/// is called by, so a document must be asked for by its type.
pub(super) fn asked_for<'r>(call: &Call<'r>) -> Option<&'r str> {
    (call.method == "GET" && call.accept() == MEDIA_TYPE).then(|| call.host())
}

/// The document of a relay that is served, else zooid's words for a host it does not know.
pub(super) fn answer(config: Option<&Value>) -> Answer {
    match config.filter(|config| config["inactive"] != true).and_then(document) {
        Some(document) => Answer::of_relay(200, format!("{document}\n"), MEDIA_TYPE),
        None => Answer::of_relay(404, "Not Found\n".to_owned(), "text/plain; charset=utf-8"),
    }
}

/// None where zooid could not load the relay: an old one takes a configuration without an owner.
fn document(config: &Value) -> Option<Value> {
    let owner = text(config, "/info/pubkey");
    let keys = Keys::parse(&format!("{:0>64}", text(config, "/secret"))).ok()?;
    let mut document = json!({
        "name": text(config, "/info/name"),
        "description": text(config, "/info/description"),
        "pubkey": owner,
        "self": keys.public_key().to_hex(),
        "supported_nips": [1, 11, 42, 43, 70, 77, 86],
        "software": "https://github.com/coracle-social/zooid",
        "version": "v0.1.0",
    });
    match text(config, "/info/icon") {
        "" => {}
        whole if whole.starts_with("http://") || whole.starts_with("https://") => document["icon"] = whole.into(),
        path => {
            let path = path.trim_start_matches('/');
            document["icon"] = format!("https://{}/{path}", text(config, "/host")).into();
        }
    }
    (!owner.is_empty()).then_some(document)
}
