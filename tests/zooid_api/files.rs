//! Configuration files.

use contract_tests::relay::PUBKEY;
use serde_json::json;
use zooid_client::{
    emulator::{Emulator, Profile},
    types::RelayPatch,
};

/// Written by zooid of March 2026, except for the two keys.
const OLD: &str = r#"host = "live2.x.example"
schema = "live2_a93b1a3b"
secret = "1111111111111111111111111111111111111111111111111111111111111111"
inactive = false

[info]
  name = "A \"quoted\" name"
  icon = ""
  pubkey = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
  description = "Two\nlines"

[policy]
  public_join = false
  strip_signatures = false

[groups]
  enabled = false

[push]
  enabled = false

[management]
  enabled = false

[blossom]
  enabled = true

[livekit]
  server_url = "wss://l"
  api_key = "key"
  api_secret = "secret"

[roles]
  [roles.admin]
    pubkeys = ["79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"]
    can_invite = true
    can_manage = true
  [roles."a member"]
    can_invite = false
    can_manage = false
"#;

async fn file(profile: Profile) -> String {
    let zooid = Emulator::builder().profile(profile).start().await.unwrap();
    let config = json!({
        "host": "live2.x.example",
        "schema": "live2_a93b1a3b",
        "secret": "1".repeat(64),
        "info": { "name": "A \"quoted\" name", "pubkey": PUBKEY, "description": "Two\nlines" },
        "blossom": { "enabled": true },
        "livekit": { "server_url": "wss://l", "api_key": "key", "api_secret": "secret" },
        "roles": {
            "admin": { "pubkeys": [PUBKEY], "can_invite": true, "can_manage": true },
            "a member": {},
        },
    });
    let (client, id) = (zooid.client().unwrap(), "live2".parse().unwrap());
    let config = serde_json::from_value(config).unwrap();
    client.create_relay(&id, &config).await.unwrap();
    assert_eq!(zooid.toml("other"), None);
    zooid.toml("live2").unwrap()
}

#[tokio::test]
async fn a_file_of_old_zooid_has_all_values_in_order() {
    // Roles are sorted by name.
    let (head, roles) = OLD.split_once("[roles]\n").unwrap();
    let (admin, member) = roles.split_at(roles.find("  [roles.\"a member\"]").unwrap());
    assert_eq!(file(Profile::Old).await, format!("{head}[roles]\n{member}{admin}"));
}

#[tokio::test]
async fn a_file_of_current_zooid_has_the_additional_fields() {
    let file = file(Profile::Current).await;
    assert!(file.contains("[policy]\n  public_read = false\n  public_write = false\n  public_join = false\n"));
    let blossom = "[blossom]\n  enabled = true\n  authenticated_read = false\n  adapter = \"local\"\n  [blossom.s3]\n    endpoint";
    assert!(file.contains(blossom), "{file}");
}

#[tokio::test]
async fn a_patch_without_a_secret_keeps_the_stored_secret() {
    let zooid = Emulator::start().await;
    let config = serde_json::from_value(contract_tests::relay::config("a.example", "a")).unwrap();
    let (client, id) = (zooid.client().unwrap(), "a".parse().unwrap());
    client.create_relay(&id, &config).await.unwrap();
    let before = zooid.toml("a").unwrap();
    let patch = RelayPatch {
        inactive: Some(true),
        ..RelayPatch::default()
    };
    client.patch_relay(&id, &patch).await.unwrap();
    let after = zooid.toml("a").unwrap();
    assert_eq!(after, before.replace("inactive = false", "inactive = true"));
}
