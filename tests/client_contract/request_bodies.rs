//! The exact JSON of request bodies.

use contract_tests::relay::{PUBKEY, SECRET};
use serde_json::{Value, json};
use zooid_client::{
    Clearable, Secret,
    emulator::Emulator,
    types::{
        Blossom, BlossomAdapter, BlossomPatch, BlossomS3, Groups, Info, InfoPatch, Livekit, Management, Policy, Push,
        RelayConfig, RelayPatch, Role,
    },
};

fn config() -> RelayConfig {
    RelayConfig {
        host: "alice.example".parse().unwrap(),
        schema: "alice".parse().unwrap(),
        secret: SECRET.into(),
        info: Info {
            pubkey: PUBKEY.into(),
            name: None,
            icon: None,
            description: None,
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

fn s3() -> BlossomS3 {
    BlossomS3 {
        endpoint: text("https://s3.example"),
        region: "eu".into(),
        bucket: "media".into(),
        access_key: "access".into(),
        secret_key: "hidden".into(),
        key_prefix: text("alice"),
    }
}

fn whole_config() -> RelayConfig {
    let admin = Role {
        pubkeys: vec![PUBKEY.into()],
        can_invite: Some(true),
        can_manage: Some(false),
    };
    RelayConfig {
        inactive: Some(false),
        info: Info {
            name: text("Alice"),
            icon: text("https://alice.example/i.png"),
            pubkey: PUBKEY.into(),
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
            s3: Some(s3()),
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

/// Returns the request body that creates a relay, and the stored configuration.
async fn created_bodies(config: &RelayConfig) -> (Value, Value) {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let id = "alice".parse().unwrap();
    zooid.client().unwrap().create_relay(&id, config).await.unwrap();
    let sent = zooid.requests().remove(0).body.unwrap();
    (sent, zooid.config("alice").unwrap())
}

/// Returns the request body of a patch.
async fn patched(patch: &RelayPatch) -> Value {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let id = "alice".parse().unwrap();
    zooid.client().unwrap().patch_relay(&id, patch).await.unwrap_err();
    zooid.requests().remove(0).body.unwrap()
}

#[tokio::test]
async fn absent_fields_of_a_configuration_are_not_sent() {
    let (sent, _) = created_bodies(&config()).await;
    let expected = json!({
        "host": "alice.example",
        "schema": "alice",
        "secret": SECRET,
        "info": { "pubkey": PUBKEY },
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_whole_configuration_is_sent_and_stored_with_its_secrets() {
    let (sent, held) = created_bodies(&whole_config()).await;
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
async fn a_patch_has_only_the_changed_fields() {
    let patch = RelayPatch {
        info: Some(InfoPatch {
            name: Some("New".into()),
            ..InfoPatch::default()
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
async fn a_patch_removes_a_role_with_null_and_livekit_with_empty_strings() {
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

/// Serializes a patch.
fn bytes(patch: RelayPatch) -> String {
    serde_json::to_string(&patch).unwrap()
}

#[test]
fn each_text_of_a_patch_can_be_kept_set_and_cleared() {
    type Field = (&'static str, fn(Option<Clearable<String>>) -> InfoPatch);
    let fields: [Field; 3] = [
        ("name", |text| InfoPatch {
            name: text,
            ..InfoPatch::default()
        }),
        ("icon", |text| InfoPatch {
            icon: text,
            ..InfoPatch::default()
        }),
        ("description", |text| InfoPatch {
            description: text,
            ..InfoPatch::default()
        }),
    ];
    for (field, info) in fields {
        let sent = |text| {
            bytes(RelayPatch {
                info: Some(info(text)),
                ..RelayPatch::default()
            })
        };
        assert_eq!(sent(None), r#"{"info":{}}"#);
        assert_eq!(sent(Some("a".into())), format!(r#"{{"info":{{"{field}":"a"}}}}"#));
        assert_eq!(sent(Some("".into())), format!(r#"{{"info":{{"{field}":""}}}}"#));
        assert_eq!(
            sent(Some(Clearable::Clear)),
            format!(r#"{{"info":{{"{field}":null}}}}"#)
        );
    }
}

#[test]
fn the_s3_block_of_a_patch_can_be_kept_set_and_cleared() {
    let sent = |s3| {
        let blossom = BlossomPatch {
            s3,
            ..BlossomPatch::default()
        };
        bytes(RelayPatch {
            blossom: Some(blossom),
            ..RelayPatch::default()
        })
    };
    assert_eq!(sent(None), r#"{"blossom":{}}"#);
    assert_eq!(
        sent(Some(s3().into())),
        r#"{"blossom":{"s3":{"access_key":"access","bucket":"media","endpoint":"https://s3.example","key_prefix":"alice","region":"eu","secret_key":"hidden"}}}"#
    );
    assert_eq!(sent(Some(Clearable::Clear)), r#"{"blossom":{"s3":null}}"#);
}

#[test]
fn a_role_of_a_patch_can_be_kept_set_and_cleared() {
    let sent = |roles: &[(&str, Option<Role>)]| {
        let roles = roles
            .iter()
            .map(|(name, role)| ((*name).to_owned(), role.clone()))
            .collect();
        bytes(RelayPatch {
            roles,
            ..RelayPatch::default()
        })
    };
    let invite = Role {
        can_invite: Some(true),
        ..Role::default()
    };
    assert_eq!(sent(&[]), "{}");
    assert_eq!(sent(&[("a", Some(invite))]), r#"{"roles":{"a":{"can_invite":true}}}"#);
    assert_eq!(sent(&[("a", None)]), r#"{"roles":{"a":null}}"#);
}

#[tokio::test]
async fn a_patch_removes_cleared_values_and_keeps_the_others() {
    let zooid = Emulator::start().await;
    let (client, id) = (zooid.client().unwrap(), "alice".parse().unwrap());
    client.create_relay(&id, &whole_config()).await.unwrap();
    let patch = RelayPatch {
        info: Some(InfoPatch {
            icon: Some(Clearable::Clear),
            ..InfoPatch::default()
        }),
        blossom: Some(BlossomPatch {
            adapter: Some(BlossomAdapter::Local),
            s3: Some(Clearable::Clear),
            ..BlossomPatch::default()
        }),
        roles: [("admin".to_owned(), None)].into(),
        ..RelayPatch::default()
    };
    client.patch_relay(&id, &patch).await.unwrap();
    let held = zooid.config("alice").unwrap();
    assert_eq!(held["info"]["icon"], "");
    assert_eq!(held["info"]["name"], "Alice");
    assert_eq!(held["blossom"]["s3"]["bucket"], "");
    assert!(held["roles"].get("admin").is_none());
}
