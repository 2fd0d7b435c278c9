use contract_tests::{openapi::assert_request_body, relay::PUBKEY};
use serde_json::json;
use zooid_client::{Keys, emulator::Profile};

use crate::test_api::{BOTH, TestApi, config, config_with};

#[tokio::test]
async fn post_creates_a_relay() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        assert_request_body("POST", "/relay/alice", &config("alice"));
        let response = api.send("POST", "/relay/alice", &config("alice")).await;
        response.assert(201, "relay created successfully");
        assert_eq!(api.zooid.config("alice").unwrap()["host"], "alice.example");
    }
}

#[tokio::test]
async fn post_of_an_existing_id_is_a_conflict_and_changes_nothing() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let response = api.send("POST", "/relay/alice", &config("bob")).await;
        response.assert(409, "relay with this id already exists");
        assert_eq!(api.zooid.config("alice").unwrap()["host"], "alice.example");
    }
}

#[tokio::test]
async fn post_of_an_existing_id_is_a_conflict_before_the_body_is_read() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let response = api.send_bytes("POST", "/relay/alice", b"{".to_vec()).await;
        response.assert(409, "relay with this id already exists");
    }
}

#[tokio::test]
async fn put_replaces_the_whole_configuration() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let mut before = config("alice");
        before["info"]["name"] = json!("Alice");
        before["groups"]["enabled"] = json!(true);
        api.send("POST", "/relay/alice", &before)
            .await
            .assert(201, "relay created successfully");

        assert_request_body("PUT", "/relay/alice", &config("bob"));
        let response = api.send("PUT", "/relay/alice", &config("bob")).await;
        response.assert(200, "relay updated successfully");
        let after = api.zooid.config("alice").unwrap();
        assert_eq!(after["host"], "bob.example");
        assert_eq!(after["info"]["name"], "");
        assert_eq!(after["groups"]["enabled"], false);
    }
}

#[tokio::test]
async fn put_requires_the_secret() {
    for (profile, words) in [
        (Profile::Old, "secret is required"),
        (Profile::Current, "invalid secret key: invalid secret key"),
    ] {
        let api = TestApi::with_alice(profile).await;
        let mut without = config("alice");
        without.as_object_mut().unwrap().remove("secret");
        api.send("PUT", "/relay/alice", &without).await.assert(400, words);
    }
}

#[tokio::test]
async fn put_of_an_unknown_id_is_not_found_before_the_body_is_read() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for body in [config("alice").to_string(), "{".to_owned()] {
            let response = api.send_bytes("PUT", "/relay/alice", body.into_bytes()).await;
            response.assert(404, "relay not found");
        }
    }
}

#[tokio::test]
async fn patch_changes_part_of_the_configuration() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let patch = json!({ "info": { "name": "Alice" } });
        assert_request_body("PATCH", "/relay/alice", &patch);
        api.send("PATCH", "/relay/alice", &patch)
            .await
            .assert(200, "relay patched successfully");
        let config = api.zooid.config("alice").unwrap();
        assert_eq!(config["info"]["name"], "Alice");
        assert_eq!(config["host"], "alice.example");
    }
}

#[tokio::test]
async fn patch_of_an_unknown_id_is_not_found_before_the_body_is_read() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for body in ["{}", "{"] {
            let response = api.send_bytes("PATCH", "/relay/alice", body.into()).await;
            response.assert(404, "relay not found");
        }
    }
}

#[tokio::test]
async fn delete_removes_a_relay_and_its_id_can_be_reused() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.send_empty("DELETE", "/relay/alice")
            .await
            .assert(200, "relay deleted successfully");
        assert_eq!(api.zooid.relay_ids(), [""; 0]);
        api.create("alice").await;
    }
}

#[tokio::test]
async fn delete_of_an_unknown_id_is_not_found() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        api.send_empty("DELETE", "/relay/alice")
            .await
            .assert(404, "relay not found");
    }
}

#[tokio::test]
async fn members_are_sorted() {
    let api = TestApi::with_alice(Profile::Current).await;
    let response = api.send_empty("GET", "/relay/alice/members").await;
    assert_eq!(
        (response.status, response.json()),
        (200, json!({ "members": [PUBKEY] }))
    );

    api.zooid.set_members("alice", vec!["b".repeat(64), "a".repeat(64)]);
    let response = api.send_empty("GET", "/relay/alice/members").await;
    assert_eq!(response.json(), json!({ "members": ["a".repeat(64), "b".repeat(64)] }));
    assert_eq!(response.content_type, "application/json");
}

/// Returns a public key that differs from the default owner's.
fn other_pubkey() -> String {
    Keys::generate().public_key().to_hex()
}

#[tokio::test]
async fn the_owner_and_the_holders_of_roles_are_members_and_stay_so() {
    let api = TestApi::current().await;
    let [admin, guest] = [other_pubkey(), other_pubkey()];
    let roles = json!({ "admin": { "pubkeys": [admin] }, "member": { "pubkeys": [guest.to_uppercase(), "x"] } });
    api.send("POST", "/relay/alice", &config_with("/roles", roles))
        .await
        .assert(201, "relay created successfully");
    let mut expected = vec![PUBKEY.to_owned(), admin, guest];
    expected.sort();
    let expected = json!({ "members": expected });
    assert_eq!(api.send_empty("GET", "/relay/alice/members").await.json(), expected);

    for patch in [json!({ "roles": { "admin": null } }), json!({ "inactive": true })] {
        api.send("PATCH", "/relay/alice", &patch)
            .await
            .assert(200, "relay patched successfully");
        assert_eq!(api.send_empty("GET", "/relay/alice/members").await.json(), expected);
    }
}

#[tokio::test]
async fn members_belong_to_the_schema_and_outlive_the_relay() {
    let api = TestApi::with_alice(Profile::Current).await;
    let owner = other_pubkey();
    api.send("PATCH", "/relay/alice", &json!({ "info": { "pubkey": owner } }))
        .await
        .assert(200, "relay patched successfully");
    api.send_empty("DELETE", "/relay/alice")
        .await
        .assert(200, "relay deleted successfully");
    api.send("POST", "/relay/bob", &config("alice"))
        .await
        .assert(201, "relay created successfully");
    let mut expected = vec![PUBKEY.to_owned(), owner];
    expected.sort();
    let response = api.send_empty("GET", "/relay/bob/members").await;
    assert_eq!(response.json(), json!({ "members": expected }));
}

#[tokio::test]
async fn members_support_head() {
    let api = TestApi::with_alice(Profile::Current).await;
    let response = api.send_empty("HEAD", "/relay/alice/members").await;
    assert_eq!((response.status, response.text.as_str()), (200, ""));
}

#[tokio::test]
async fn members_of_an_unknown_id_are_not_found() {
    let api = TestApi::current().await;
    api.send_empty("GET", "/relay/alice/members")
        .await
        .assert(404, "relay not found");
}

#[tokio::test]
async fn old_zooid_does_not_support_members() {
    let api = TestApi::with_alice(Profile::Old).await;
    for path in ["/relay/alice/members", "/relay/unknown/members"] {
        api.send_empty("GET", path).await.assert(405, "method not allowed");
    }
}

#[tokio::test]
async fn an_id_too_long_for_a_file_name_cannot_be_written() {
    let id = "a".repeat(300);
    let path = format!("/relay/{id}");
    let file = format!("config/{id}.toml");
    for (profile, opening) in [
        (Profile::Old, "failed to create file".to_owned()),
        (Profile::Current, format!("Failed to open config file {file}")),
    ] {
        let api = TestApi::of(profile).await;
        let words = format!("failed to write config: {opening}: open {file}: file name too long");
        api.send("POST", &path, &config("alice")).await.assert(500, &words);
    }
}

#[tokio::test]
async fn an_id_too_long_for_a_file_name_is_not_found_by_current_zooid_and_a_500_of_old_zooid() {
    let id = "a".repeat(300);
    let path = format!("/relay/{id}");
    let words = format!("failed to check config: stat config/{id}.toml: file name too long");
    for (profile, status, words) in [
        (Profile::Old, 500, words.as_str()),
        (Profile::Current, 404, "relay not found"),
    ] {
        let api = TestApi::of(profile).await;
        for method in ["PUT", "PATCH", "DELETE"] {
            api.send(method, &path, &config("alice")).await.assert(status, words);
        }
    }
    let api = TestApi::current().await;
    let response = api.send_empty("GET", &format!("{path}/members")).await;
    response.assert_starts(
        500,
        "failed to load relay members: Failed to parse config file config/aaa",
    );
}

#[tokio::test]
async fn a_patch_with_an_empty_host_checks_existence_without_a_write() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let empty_host = json!({ "host": "" });
        api.send("PATCH", "/relay/bob", &empty_host)
            .await
            .assert(404, "relay not found");
        for inactive in [false, true] {
            api.send("PATCH", "/relay/alice", &json!({ "inactive": inactive }))
                .await
                .assert(200, "relay patched successfully");
            let (writes, file) = (api.zooid.writes("alice"), api.zooid.toml("alice"));
            api.send("PATCH", "/relay/alice", &empty_host)
                .await
                .assert(400, "host is required");
            assert_eq!((api.zooid.writes("alice"), api.zooid.toml("alice")), (writes, file));
        }
    }
}

#[tokio::test]
async fn an_empty_patch_rewrites_the_file() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let file = api.zooid.toml("alice");
        for (patch, writes) in [(json!({}), 2), (json!(null), 3)] {
            api.send("PATCH", "/relay/alice", &patch)
                .await
                .assert(200, "relay patched successfully");
            assert_eq!(
                (api.zooid.writes("alice"), api.zooid.toml("alice")),
                (writes, file.clone())
            );
        }
    }
}
