//! The blossom section of `sync_relay`.

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
async fn with_s3_configured_and_blossom_enabled_it_has_the_adapter_the_settings_and_the_schema_as_key_prefix() {
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
async fn without_s3_it_is_enabled_and_nothing_else() {
    assert_eq!(sent(None, true).await, json!({ "enabled": true }));
}

#[tokio::test]
async fn disabled_it_is_exactly_enabled_false_with_s3_or_without() {
    assert_eq!(sent(None, false).await, json!({ "enabled": false }));
    assert_eq!(sent(Some(s3()), false).await, json!({ "enabled": false }));
}

#[tokio::test]
async fn a_missing_endpoint_is_sent_as_empty_since_a_merge_would_keep_an_old_one() {
    let s3 = BlossomS3Sync { endpoint: None, ..s3() };
    assert_eq!(sent(Some(s3), true).await["s3"]["endpoint"], "");
}
