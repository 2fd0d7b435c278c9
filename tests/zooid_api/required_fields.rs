//! Validation of required fields, in the order host, schema, secret, owner.

use serde_json::{Value, json};
use zooid_client::emulator::Profile;

use crate::test_api::{BOTH, TestApi, config, config_with, set};

const PATH: &str = "/relay/alice";

/// Sends a POST with `value` at `pointer`.
async fn post(profile: Profile, pointer: &str, value: Value) -> crate::test_api::Response {
    let api = TestApi::of(profile).await;
    api.send("POST", PATH, &config_with(pointer, value)).await
}

#[tokio::test]
async fn host_is_required() {
    for profile in BOTH {
        for value in [Value::Null, json!("")] {
            post(profile, "/host", value).await.assert(400, "host is required");
        }
    }
}

#[tokio::test]
async fn schema_is_required() {
    for profile in BOTH {
        for value in [Value::Null, json!("")] {
            post(profile, "/schema", value).await.assert(400, "schema is required");
        }
    }
}

#[tokio::test]
async fn current_zooid_accepts_lower_case_letters_numbers_and_underscores_as_schema() {
    let words = "schema must contain only lowercase letters, numbers, and underscores";
    for schema in ["Alice", "1alice", "al-ice", "al ice", "é", "alice;", "alice\n"] {
        post(Profile::Current, "/schema", json!(schema))
            .await
            .assert(400, words);
    }
    for schema in ["a", "_", "_1", "alice_2"] {
        post(Profile::Current, "/schema", json!(schema))
            .await
            .assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn old_zooid_accepts_any_schema() {
    for schema in ["Alice", "1alice", "al-ice", "al ice"] {
        post(Profile::Old, "/schema", json!(schema))
            .await
            .assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn an_absent_secret_is_rejected_with_the_text_of_the_version() {
    for (profile, words) in [
        (Profile::Old, "secret is required"),
        (Profile::Current, "invalid secret key: invalid secret key"),
    ] {
        for value in [Value::Null, json!("")] {
            post(profile, "/secret", value).await.assert(400, words);
        }
    }
}

#[tokio::test]
async fn the_secret_must_be_a_key_in_hex() {
    let not_a_key = [
        "xyz".to_owned(),
        "g".repeat(64),
        "a".repeat(65),
        "0".repeat(64),
        "00".to_owned(),
    ];
    let order = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141";
    for profile in BOTH {
        for secret in not_a_key.iter().map(String::as_str).chain([order]) {
            post(profile, "/secret", json!(secret))
                .await
                .assert_starts(400, "invalid secret key: ");
        }
    }
}

#[tokio::test]
async fn a_shorter_secret_is_padded_with_zeros() {
    for profile in BOTH {
        for secret in ["1", "abc", "ABC"] {
            post(profile, "/secret", json!(secret))
                .await
                .assert(201, "relay created successfully");
        }
    }
}

#[tokio::test]
async fn the_owners_key_must_be_a_public_key_in_hex() {
    let not_a_key = ["x".to_owned(), "a".repeat(63), "g".repeat(64), "f".repeat(64)];
    for profile in BOTH {
        for pubkey in &not_a_key {
            post(profile, "/info/pubkey", json!(pubkey))
                .await
                .assert_starts(400, "invalid info.pubkey: ");
        }
    }
}

#[tokio::test]
async fn current_zooid_requires_the_owners_key() {
    for value in [Value::Null, json!("")] {
        post(Profile::Current, "/info/pubkey", value)
            .await
            .assert_starts(400, "invalid info.pubkey: ");
    }
    post(Profile::Current, "/info", Value::Null)
        .await
        .assert_starts(400, "invalid info.pubkey: ");
}

#[tokio::test]
async fn old_zooid_accepts_a_relay_without_an_owner() {
    for value in [Value::Null, json!("")] {
        post(Profile::Old, "/info/pubkey", value)
            .await
            .assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn the_first_invalid_field_is_reported() {
    let steps = [
        ("/blossom/adapter", json!("tape"), "invalid blossom adapter"),
        ("/info/pubkey", json!("x"), "invalid info.pubkey: "),
        ("/secret", json!("x"), "invalid secret key: "),
        (
            "/schema",
            json!("X"),
            "schema must contain only lowercase letters, numbers, and underscores",
        ),
        ("/host", json!(""), "host is required"),
    ];
    let api = TestApi::current().await;
    let mut body = config("alice");
    for (pointer, wrong, words) in steps {
        set(&mut body, pointer, wrong);
        api.send("POST", PATH, &body).await.assert_starts(400, words);
    }
    set(&mut body, "/inactive", json!("no"));
    api.send("POST", PATH, &body)
        .await
        .assert_starts(400, "invalid json config: ");
}

#[tokio::test]
async fn put_and_patch_validate_the_same_fields() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        for (pointer, wrong, words) in [
            ("/host", json!(""), "host is required"),
            ("/schema", json!(""), "schema is required"),
            ("/secret", json!("x"), "invalid secret key: "),
            ("/info/pubkey", json!("x"), "invalid info.pubkey: "),
        ] {
            api.send("PUT", PATH, &config_with(pointer, wrong.clone()))
                .await
                .assert_starts(400, words);
            let mut patch = json!({});
            set(&mut patch, pointer, wrong);
            api.send("PATCH", PATH, &patch).await.assert_starts(400, words);
        }
    }
}
