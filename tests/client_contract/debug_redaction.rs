//! `Debug` and `Display` never print a secret.

use std::fmt::Debug;

use contract_tests::relay::SECRET;
use serde_json::json;
use zooid_client::{
    Client, Error, Secret,
    emulator::{Emulator, Profile},
    types::{BlossomS3, Livekit, RelayConfig, RelayPatch},
};

use crate::names::Names;

#[track_caller]
fn assert_absent(printed: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[track_caller]
fn assert_debug_redacted(value: &impl Debug, secrets: &[&str]) {
    assert_absent(&format!("{value:?} {value:#?}"), secrets);
}

const SECRETS: [&str; 5] = [SECRET, "S3-ACCESS", "S3-SECRET", "LIVEKIT-KEY", "LIVEKIT-SECRET"];

#[test]
fn debug_of_a_secret_is_redacted() {
    assert_debug_redacted(&Secret::from(SECRET), &[SECRET]);
}

#[test]
fn debug_of_configurations_and_patches_is_redacted() {
    let more = json!({
        "blossom": {
            "s3": { "region": "eu", "bucket": "media", "access_key": "S3-ACCESS", "secret_key": "S3-SECRET" },
        },
        "livekit": { "api_key": "LIVEKIT-KEY", "api_secret": "LIVEKIT-SECRET" },
    });
    let mut json = Names::random().json("a");
    json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());

    let config: RelayConfig = serde_json::from_value(json.clone()).unwrap();
    assert_debug_redacted(&config, &SECRETS);
    assert!(
        format!("{config:?}").contains("contract"),
        "the other fields must be printed"
    );
    let patch: RelayPatch = serde_json::from_value(json).unwrap();
    assert_debug_redacted(&patch, &SECRETS);

    let s3: BlossomS3 = serde_json::from_value(more["blossom"]["s3"].clone()).unwrap();
    assert_debug_redacted(&s3, &SECRETS);
    let livekit: Livekit = serde_json::from_value(more["livekit"].clone()).unwrap();
    assert_debug_redacted(&livekit, &SECRETS);
}

#[test]
fn the_error_for_a_secret_of_the_wrong_type_does_not_quote_it() {
    let error = serde_json::from_value::<Secret>(json!(4711471147114711u64)).unwrap_err();
    assert_absent(&error.to_string(), &["4711471147114711"]);
}

#[tokio::test]
async fn debug_of_clients_and_builders_does_not_contain_the_key() {
    let zooid = Emulator::start().await;
    let hex = zooid.keys().secret_key().to_secret_hex();
    assert_debug_redacted(&Client::builder(&zooid.url(), zooid.keys().clone()), &[&hex]);
    assert_debug_redacted(&zooid.client().unwrap(), &[&hex]);
    assert_debug_redacted(
        &Client::new(&zooid.url(), "not-a-key-but-secret"),
        &["not-a-key-but-secret"],
    );
}

/// Returns the error for a secret that zooid rejects and quotes.
async fn create_error(profile: Profile, secret: &str) -> Error {
    let zooid = Emulator::builder().profile(profile).start().await.unwrap();
    let names = Names::random();
    let mut config = names.config("a");
    config.secret = secret.into();
    zooid
        .client()
        .unwrap()
        .create_relay(&names.id("a"), &config)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn an_error_does_not_contain_the_secret_that_zooid_quotes() {
    let (too_long, no_hex) = (format!("{SECRET}ff"), SECRET.replace('4', "x"));
    for profile in [Profile::Old, Profile::Current] {
        for secret in [&too_long, &no_hex] {
            let error = create_error(profile, secret).await;
            assert_debug_redacted(&error, &[secret]);
            assert_absent(&error.to_string(), &[secret]);
            assert_absent(&error.response().unwrap().message, &[secret]);
            assert!(error.to_string().contains("invalid secret key"), "{error}");
            assert!(error.invalid());
        }
    }
}
