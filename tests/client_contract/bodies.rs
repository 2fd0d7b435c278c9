//! The exact JSON of what is sent.

use contract_tests::relay::{PUBKEY, SECRET};
use serde_json::{Value, json};
use zooid_client::{
    Secret,
    emulator::Emulator,
    types::{
        Blossom, BlossomAdapter, BlossomS3, Groups, Info, Livekit, Management, Policy, Push, RelayConfig, RelayPatch,
        Role,
    },
};

fn config() -> RelayConfig {
    RelayConfig {
        host: "alice.example".into(),
        schema: "alice".into(),
        secret: SECRET.into(),
        info: Info {
            pubkey: Some(PUBKEY.into()),
            ..Info::default()
        },
        inactive: None,
        policy: None,
        groups: None,
        management: None,
        push: None,
        blossom: None,
        livekit: None,
        roles: Default::default(),
    }
}

fn text(value: &str) -> Option<String> {
    Some(value.into())
}

fn secret(value: &str) -> Option<Secret> {
    Some(value.into())
}

fn whole_config() -> RelayConfig {
    let admin = Role {
        pubkeys: vec![PUBKEY.into()],
        can_invite: Some(true),
        can_manage: Some(false),
    };
    let s3 = BlossomS3 {
        endpoint: text("https://s3.example"),
        region: text("eu"),
        bucket: text("media"),
        access_key: secret("access"),
        secret_key: secret("hidden"),
        key_prefix: text("alice"),
    };
    RelayConfig {
        inactive: Some(false),
        info: Info {
            name: text("Alice"),
            icon: text("https://alice.example/i.png"),
            pubkey: text(PUBKEY),
            description: text("Hers"),
        },
        policy: Some(Policy {
            public_read: Some(true),
            public_write: Some(false),
            public_join: Some(true),
            strip_signatures: Some(false),
        }),
        groups: Some(Groups { enabled: Some(true) }),
        management: Some(Management { enabled: Some(true) }),
        push: Some(Push { enabled: Some(false) }),
        blossom: Some(Blossom {
            enabled: Some(true),
            authenticated_read: Some(true),
            adapter: Some(BlossomAdapter::S3),
            s3: Some(s3),
        }),
        livekit: Some(Livekit {
            server_url: text("wss://l.example"),
            api_key: secret("key"),
            api_secret: secret("secret"),
        }),
        roles: [("admin".to_owned(), admin)].into(),
        ..config()
    }
}

/// What is sent to create a relay with this configuration.
async fn created(config: &RelayConfig) -> (Value, Value) {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let id = "alice".parse().unwrap();
    zooid.client().unwrap().create_relay(&id, config).await.unwrap();
    let sent = zooid.requests().remove(0).body.unwrap();
    (sent, zooid.config("alice").unwrap())
}

/// What is sent to patch a relay.
async fn patched(patch: &RelayPatch) -> Value {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let id = "alice".parse().unwrap();
    zooid.client().unwrap().patch_relay(&id, patch).await.unwrap_err();
    zooid.requests().remove(0).body.unwrap()
}

#[tokio::test]
async fn a_small_configuration_says_nothing_it_was_not_told() {
    let (sent, _) = created(&config()).await;
    let expected = json!({
        "host": "alice.example",
        "schema": "alice",
        "secret": SECRET,
        "info": { "pubkey": PUBKEY },
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_whole_configuration_is_sent_with_its_secrets_and_zooid_holds_all_of_it() {
    let (sent, held) = created(&whole_config()).await;
    let expected = json!({
        "host": "alice.example",
        "schema": "alice",
        "secret": SECRET,
        "inactive": false,
        "info": {
            "name": "Alice",
            "icon": "https://alice.example/i.png",
            "pubkey": PUBKEY,
            "description": "Hers",
        },
        "policy": { "public_read": true, "public_write": false, "public_join": true, "strip_signatures": false },
        "groups": { "enabled": true },
        "management": { "enabled": true },
        "push": { "enabled": false },
        "blossom": {
            "enabled": true,
            "authenticated_read": true,
            "adapter": "s3",
            "s3": {
                "endpoint": "https://s3.example",
                "region": "eu",
                "bucket": "media",
                "access_key": "access",
                "secret_key": "hidden",
                "key_prefix": "alice",
            },
        },
        "livekit": { "server_url": "wss://l.example", "api_key": "key", "api_secret": "secret" },
        "roles": { "admin": { "pubkeys": [PUBKEY], "can_invite": true, "can_manage": false } },
    });
    assert_eq!(sent, expected);
    assert_eq!(held, expected);
}

#[tokio::test]
async fn an_empty_patch_is_an_empty_object() {
    assert_eq!(patched(&RelayPatch::default()).await, json!({}));
}

#[tokio::test]
async fn a_patch_says_what_it_changes_and_no_more() {
    let patch = RelayPatch {
        info: Some(Info {
            name: text("New"),
            ..Info::default()
        }),
        inactive: Some(false),
        ..RelayPatch::default()
    };
    assert_eq!(
        patched(&patch).await,
        json!({ "info": { "name": "New" }, "inactive": false })
    );
}

#[tokio::test]
async fn a_patch_takes_a_role_away_with_null_and_livekit_with_empty_strings() {
    let patch = RelayPatch {
        roles: [("helper".to_owned(), None), ("guest".to_owned(), Some(Role::default()))].into(),
        livekit: Some(Livekit {
            server_url: text(""),
            api_key: secret(""),
            api_secret: secret(""),
        }),
        ..RelayPatch::default()
    };
    let expected = json!({
        "roles": { "helper": null, "guest": {} },
        "livekit": { "server_url": "", "api_key": "", "api_secret": "" },
    });
    assert_eq!(patched(&patch).await, expected);
}
