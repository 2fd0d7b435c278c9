use contract_tests::relay::PUBKEY;
use serde_json::{Value, json};

use crate::pair::{Pair, config};

const PATH: &str = "/relay/alice";

pub fn compare(pair: &mut Pair) {
    for base in [config("alice"), full(), no_roles()] {
        for patch in patches() {
            pair.json("POST", PATH, &base);
            pair.json("PATCH", PATH, &patch);
            pair.files(&format!("PATCH {patch}"));
            pair.json("PATCH", PATH, &patch);
            pair.files(&format!("PATCH {patch} again"));
            pair.send_signed("DELETE", PATH, "");
        }
    }
}

fn full() -> Value {
    let mut full = config("alice");
    let more = json!({
        "inactive": true,
        "info": { "name": "Alice", "icon": "i", "pubkey": PUBKEY, "description": "d" },
        "policy": { "public_read": true, "public_write": true, "public_join": true, "strip_signatures": true },
        "groups": { "enabled": true },
        "livekit": { "server_url": "wss://l", "api_key": "k", "api_secret": "s" },
        "blossom": {
            "enabled": false, "adapter": "s3", "authenticated_read": true,
            "s3": { "bucket": "b", "region": "r", "access_key": "a", "secret_key": "s", "key_prefix": "p" },
        },
        "roles": {
            "admin": { "pubkeys": [PUBKEY], "can_invite": true, "can_manage": true },
            "helper": { "can_invite": true },
            "member": { "pubkeys": [] },
            "a b": {},
            "\"q\"": {},
            "": {},
        },
    });
    full.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    full
}

fn no_roles() -> Value {
    let mut config = config("alice");
    config["roles"] = json!({});
    config
}

fn patches() -> Vec<Value> {
    vec![
        json!({}),
        json!(null),
        json!({ "host": "" }),
        json!({ "host": null }),
        json!({ "schema": null }),
        json!({ "secret": null }),
        json!({ "secret": "a".repeat(64) }),
        json!({ "secret": "abc" }),
        json!({ "inactive": null }),
        json!({ "info": null, "host": "" }),
        json!({ "info": { "name": null, "icon": null, "description": null } }),
        json!({ "info": { "name": "n", "unknown": { "a": null } } }),
        json!({ "info": {}, "roles": {}, "livekit": {} }),
        json!({ "policy": null, "groups": null, "push": null, "management": null, "livekit": null }),
        json!({ "blossom": null }),
        json!({ "blossom": { "adapter": "" } }),
        json!({ "blossom": { "adapter": null, "s3": null } }),
        json!({ "blossom": { "s3": { "region": null } } }),
        json!({ "blossom": { "adapter": "local" } }),
        json!({ "roles": null }),
        json!({ "roles": { "x": null } }),
        json!({ "roles": { "x": {}, "y": null } }),
        json!({ "roles": { "x": { "pubkeys": null, "can_invite": null } } }),
        json!({ "roles": { "x": { "pubkeys": [null, "a"] } } }),
        json!({ "roles": { "admin": null, "helper": null } }),
        json!({ "roles": { "admin": { "pubkeys": [] } } }),
        json!({ "roles": { "admin": { "pubkeys": null } } }),
        json!({ "roles": { "admin": { "can_manage": false }, "nobody": null } }),
        json!({ "roles": { "helper": { "pubkeys": ["", PUBKEY.to_uppercase(), PUBKEY] } } }),
        json!({ "roles": { "X": {}, "x": {}, "é": {}, "a.b": {}, "a]b": {}, "-": {} } }),
        json!({ "Inactive": true, "INFO": { "name": "upper" } }),
        json!({ "unknown": null, "other": { "deep": { "deeper": null } } }),
        json!({ "livekit": { "api_key": "" }, "host": "moved.test", "schema": "moved" }),
        json!({ "inactive": "x", "host": 1 }),
        json!({ "policy": { "public_join": 1 }, "info": { "name": [] } }),
    ]
}
