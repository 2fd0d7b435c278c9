//! Configuration files that are truncated, or that zooid would not write.

use serde_json::{Value, json};
use zooid_client::{emulator::Fault, emulator::Profile};

use crate::test_api::{BOTH, Response, TestApi, config};

const PATH: &str = "/relay/alice";
const HOST: &str = "alice.example";

async fn patch(api: &TestApi, patch: &Value) -> Response {
    api.send("PATCH", PATH, patch).await
}

#[tokio::test]
async fn a_cut_write_has_no_response_and_truncates_the_file() {
    for profile in BOTH {
        for bytes in [0, 30] {
            let api = TestApi::with_alice(profile).await;
            let whole = api.zooid.toml("alice").unwrap();
            api.zooid.inject(Fault::cut_write(bytes));
            let header = api.authorization("PATCH", PATH).header();
            let request = api.request("PATCH", PATH).header("authorization", header);
            assert!(request.body("{}").send().await.is_err());
            assert_eq!(api.zooid.toml("alice").unwrap(), &whole[..bytes]);
            assert_eq!(
                api.zooid.config("alice").is_some(),
                bytes == 0 && profile == Profile::Old
            );
            assert!(api.zooid.is_running());
            assert_eq!(api.document(HOST).await, None);
            assert_eq!(api.zooid.relay_ids(), ["alice"]);
        }
    }
}

#[tokio::test]
async fn a_cut_write_affects_only_writes() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.inject(Fault::cut_write(0));
    assert_eq!(api.send_empty("GET", "/relay/alice/members").await.status, 200);
    assert!(api.document(HOST).await.is_some());
    assert_eq!(api.zooid.pending_faults(), 1);
}

#[tokio::test]
async fn a_truncated_file_cannot_be_patched() {
    for (profile, words) in [
        (Profile::Old, "failed to read existing config: toml: "),
        (
            Profile::Current,
            "failed to read existing config: Failed to parse config file config/alice.toml: toml: ",
        ),
    ] {
        let api = TestApi::with_alice(profile).await;
        api.zooid.cut_file("alice", 30);
        for body in [json!({ "host": "" }), json!({}), json!([]), config("alice")] {
            patch(&api, &body).await.assert_starts(500, words);
        }
        api.send("POST", PATH, &config("alice"))
            .await
            .assert(409, "relay with this id already exists");
    }
}

#[tokio::test]
async fn a_file_truncated_between_lines_is_read_and_validated() {
    let api = TestApi::with_alice(Profile::Current).await;
    let whole = api.zooid.toml("alice").unwrap();
    api.zooid.cut_file("alice", whole.find("secret = ").unwrap());
    let words = "failed to read existing config: invalid secret key: invalid secret key";
    patch(&api, &json!({ "host": "" })).await.assert(500, words);
    api.zooid.cut_file("alice", whole.find("  pubkey = ").unwrap());
    patch(&api, &json!({ "host": "" }))
        .await
        .assert_starts(500, "failed to read existing config: invalid info.pubkey: ");
    // The last lines are the optional flags.
    api.zooid.cut_file("alice", whole.find("[livekit]").unwrap());
    patch(&api, &json!({ "host": "" }))
        .await
        .assert(400, "host is required");
}

#[tokio::test]
async fn an_empty_file_is_read_as_an_empty_configuration() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.cut_file("alice", 0);
    patch(&api, &config("alice"))
        .await
        .assert(500, "failed to read existing config: host is required");

    let api = TestApi::with_alice(Profile::Old).await;
    api.zooid.cut_file("alice", 0);
    patch(&api, &json!({ "host": "" }))
        .await
        .assert(400, "host is required");
    let mut without_secret = config("alice");
    without_secret.as_object_mut().unwrap().remove("secret");
    patch(&api, &without_secret).await.assert(400, "secret is required");
    patch(&api, &config("alice"))
        .await
        .assert(200, "relay patched successfully");
    assert!(api.document(HOST).await.is_some());
}

#[tokio::test]
async fn put_or_delete_repairs_a_broken_file() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.zooid.cut_file("alice", 30);
        assert_eq!(api.document(HOST).await, None);
        api.send("PUT", PATH, &config("alice"))
            .await
            .assert(200, "relay updated successfully");
        assert!(api.document(HOST).await.is_some());

        api.zooid.cut_file("alice", 30);
        api.send_empty("DELETE", PATH)
            .await
            .assert(200, "relay deleted successfully");
        api.create("alice").await;
    }
}

#[tokio::test]
async fn a_broken_file_does_not_conflict() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.zooid.cut_file("alice", 30);
        api.send("POST", "/relay/bob", &config("alice"))
            .await
            .assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn members_of_a_broken_file_cannot_be_loaded() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.cut_file("alice", 0);
    let response = api.send_empty("GET", "/relay/alice/members").await;
    response.assert(500, "failed to load relay members: host is required");
}

#[tokio::test]
async fn a_file_of_old_zooid_can_be_invalid_in_current_zooid() {
    let api = TestApi::current().await;
    let mut config = config("alice");
    config["schema"] = json!("Alice");
    api.zooid.put_config("alice", &config);
    let words = "failed to read existing config: \
                 schema must contain only lowercase letters, numbers, and underscores";
    patch(&api, &json!({ "schema": "alice" })).await.assert(500, words);
    assert_eq!(api.document(HOST).await, None);
}
