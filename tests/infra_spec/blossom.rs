//! Tests of the `blossom` section in the requests of `sync_relay`.

use contract_tests::rows::row;
use infra_sync::{BlossomS3Sync, Relay};
use serde_json::{Value, json};

use crate::setup::{Setup, s3};

async fn sent(s3: Option<BlossomS3Sync>, enabled: bool) -> Value {
    let setup = Setup::with(|config| config.blossom_s3 = s3).await;
    let relay = Relay {
        schema: "alices_schema".to_owned(),
        blossom_enabled: enabled,
        ..row("alice")
    };
    setup.sent(&relay).await["blossom"].clone()
}

#[tokio::test]
async fn blossom_enabled_with_s3_sends_the_adapter_the_settings_and_the_schema_as_key_prefix() {
    let expected = json!({
        "enabled": true,
        "adapter": "s3",
        "s3": {
            "endpoint": "https://s3.example",
            "region": "eu",
            "bucket": "media",
            "access_key": "access",
            "secret_key": "hidden",
            "key_prefix": "alices_schema",
        },
    });
    assert_eq!(sent(Some(s3()), true).await, expected);
}

#[tokio::test]
async fn blossom_enabled_without_s3_sends_only_enabled_true() {
    assert_eq!(sent(None, true).await, json!({ "enabled": true }));
}

#[tokio::test]
async fn blossom_disabled_sends_only_enabled_false_with_or_without_s3() {
    assert_eq!(sent(None, false).await, json!({ "enabled": false }));
    assert_eq!(sent(Some(s3()), false).await, json!({ "enabled": false }));
}

#[tokio::test]
async fn an_absent_endpoint_is_sent_as_empty_to_replace_an_old_one() {
    let s3 = BlossomS3Sync { endpoint: None, ..s3() };
    assert_eq!(sent(Some(s3), true).await["s3"]["endpoint"], "");
}
