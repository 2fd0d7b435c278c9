//! The relays all layers send, and the body of each: what Infra sends when a row has changed.

use benchmarks::rows::row;
use infra_sync::Relay;
use serde_json::{Value, json};

/// Ids in the order of their numbers.
pub fn id(number: usize) -> String {
    format!("relay-{number:06}")
}

/// The number in an id made here.
pub fn number(id: &str) -> usize {
    id.strip_prefix("relay-")
        .and_then(|number| number.parse().ok())
        .unwrap_or(usize::MAX)
}

/// A row that zooid has had before.
pub fn relay(number: usize) -> Relay {
    Relay {
        synced: 1,
        info_name: format!("Relay {number}"),
        info_icon: "https://relays.example/icon.png".to_owned(),
        info_description: "A place for friends".to_owned(),
        policy_public_read: true,
        groups_enabled: true,
        ..row(&id(number))
    }
}

/// The body of a PATCH as the specification lists it.
pub fn body(relay: &Relay) -> Value {
    json!({
        "host": relay.host(),
        "schema": relay.schema,
        "inactive": relay.status.as_str() != "active",
        "info": {
            "name": relay.info_name,
            "icon": relay.info_icon,
            "pubkey": relay.tenant_pubkey,
            "description": relay.info_description,
        },
        "policy": {
            "public_read": relay.policy_public_read,
            "public_write": relay.policy_public_write,
            "public_join": relay.policy_public_join,
            "strip_signatures": relay.policy_strip_signatures,
        },
        "groups": { "enabled": relay.groups_enabled },
        "management": { "enabled": relay.management_enabled },
        "push": { "enabled": relay.push_enabled },
        "blossom": { "enabled": relay.blossom_enabled },
        "livekit": { "server_url": "", "api_key": "", "api_secret": "" },
        "roles": {
            "admin": { "pubkeys": [relay.tenant_pubkey], "can_invite": true, "can_manage": true },
            "member": { "can_invite": relay.members_can_invite },
        },
    })
}
