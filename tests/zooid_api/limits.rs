use serde_json::{Value, json};
use zooid_client::emulator::Profile;

use crate::test_api::{BOTH, TestApi, config};

const MIB: usize = 1024 * 1024;

/// Returns a body of this length in bytes.
fn padded(body: &Value, length: usize) -> Vec<u8> {
    let mut bytes = body.to_string().into_bytes();
    bytes.resize(length, b' ');
    bytes
}

#[tokio::test]
async fn a_body_of_1_mib_is_accepted_and_a_larger_one_is_not() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let path = "/relay/alice";
        let response = api.send_bytes("POST", path, padded(&config("alice"), MIB + 1)).await;
        response.assert_starts(400, "failed to read body: ");
        let response = api.send_bytes("POST", path, padded(&config("alice"), MIB)).await;
        response.assert(201, "relay created successfully");

        for (method, body) in [("PUT", config("alice")), ("PATCH", json!({}))] {
            let response = api.send_bytes(method, path, padded(&body, MIB + 1)).await;
            response.assert_starts(400, "failed to read body: ");
            assert_eq!(api.send_bytes(method, path, padded(&body, MIB)).await.status, 200);
        }
    }
}

#[tokio::test]
async fn broken_json_is_a_bad_request() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for body in ["", "{", r#"{"host":}"#, "{} x", "nonsense"] {
            let response = api.send_bytes("POST", "/relay/alice", body.into()).await;
            response.assert_starts(400, "invalid json config: ");
        }
        let response = api.send_empty("POST", "/relay/alice").await;
        response.assert(400, "invalid json config: unexpected end of JSON input");
    }
}

#[tokio::test]
async fn a_broken_patch_is_a_bad_request_with_the_text_of_the_version() {
    for (profile, words) in [
        (Profile::Old, "invalid json: "),
        (Profile::Current, "invalid json config: "),
    ] {
        let api = TestApi::with_alice(profile).await;
        for body in ["", "{", "[]", "1", r#""x""#] {
            let response = api.send_bytes("PATCH", "/relay/alice", body.into()).await;
            response.assert_starts(400, words);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_an_object_is_a_bad_request() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for body in ["[]", "1", "true", r#""x""#] {
            let response = api.send_bytes("POST", "/relay/alice", body.into()).await;
            response.assert_starts(400, "invalid json config: ");
        }
        api.send("POST", "/relay/alice", &Value::Null)
            .await
            .assert(400, "host is required");
    }
}
