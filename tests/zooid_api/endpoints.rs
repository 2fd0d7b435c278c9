use contract_tests::openapi::assert_request_body;
use serde_json::json;
use zooid_client::emulator::Profile;

use crate::api::{Api, BOTH, config};

#[tokio::test]
async fn post_creates_a_relay() {
    for profile in BOTH {
        let api = Api::of(profile).await;
        assert_request_body("POST", "/relay/alice", &config("alice"));
        let answer = api.send("POST", "/relay/alice", &config("alice")).await;
        answer.is(201, "relay created successfully");
        assert_eq!(api.zooid.config("alice").unwrap()["host"], "alice.example");
    }
}

#[tokio::test]
async fn post_of_an_id_that_exists_is_a_conflict_and_changes_nothing() {
    for profile in BOTH {
        let api = Api::with_alice(profile).await;
        let answer = api.send("POST", "/relay/alice", &config("bob")).await;
        answer.is(409, "relay with this id already exists");
        assert_eq!(api.zooid.config("alice").unwrap()["host"], "alice.example");
    }
}

#[tokio::test]
async fn post_of_an_id_that_exists_is_a_conflict_before_the_body_is_read() {
    for profile in BOTH {
        let api = Api::with_alice(profile).await;
        let answer = api.send_bytes("POST", "/relay/alice", b"{".to_vec()).await;
        answer.is(409, "relay with this id already exists");
    }
}

#[tokio::test]
async fn put_replaces_the_whole_configuration() {
    for profile in BOTH {
        let api = Api::of(profile).await;
        let mut before = config("alice");
        before["info"]["name"] = json!("Alice");
        before["groups"]["enabled"] = json!(true);
        api.send("POST", "/relay/alice", &before)
            .await
            .is(201, "relay created successfully");

        assert_request_body("PUT", "/relay/alice", &config("bob"));
        let answer = api.send("PUT", "/relay/alice", &config("bob")).await;
        answer.is(200, "relay updated successfully");
        let after = api.zooid.config("alice").unwrap();
        assert_eq!(after["host"], "bob.example");
        assert_eq!(after["info"]["name"], "");
        assert_eq!(after["groups"]["enabled"], false);
    }
}

#[tokio::test]
async fn put_needs_the_secret_too() {
    for (profile, words) in [
        (Profile::Old, "secret is required"),
        (Profile::Current, "invalid secret key: invalid secret key"),
    ] {
        let api = Api::with_alice(profile).await;
        let mut without = config("alice");
        without.as_object_mut().unwrap().remove("secret");
        api.send("PUT", "/relay/alice", &without).await.is(400, words);
    }
}

#[tokio::test]
async fn put_of_an_unknown_id_is_not_found_before_the_body_is_read() {
    for profile in BOTH {
        let api = Api::of(profile).await;
        for body in [config("alice").to_string(), "{".to_owned()] {
            let answer = api.send_bytes("PUT", "/relay/alice", body.into_bytes()).await;
            answer.is(404, "relay not found");
        }
    }
}

#[tokio::test]
async fn patch_changes_part_of_the_configuration() {
    for profile in BOTH {
        let api = Api::with_alice(profile).await;
        let patch = json!({ "info": { "name": "Alice" } });
        assert_request_body("PATCH", "/relay/alice", &patch);
        api.send("PATCH", "/relay/alice", &patch)
            .await
            .is(200, "relay patched successfully");
        let config = api.zooid.config("alice").unwrap();
        assert_eq!(config["info"]["name"], "Alice");
        assert_eq!(config["host"], "alice.example");
    }
}

#[tokio::test]
async fn patch_of_an_unknown_id_is_not_found_before_the_body_is_read() {
    for profile in BOTH {
        let api = Api::of(profile).await;
        for body in ["{}", "{"] {
            let answer = api.send_bytes("PATCH", "/relay/alice", body.into()).await;
            answer.is(404, "relay not found");
        }
    }
}

#[tokio::test]
async fn delete_removes_a_relay_and_its_id_is_free_again() {
    for profile in BOTH {
        let api = Api::with_alice(profile).await;
        api.ask("DELETE", "/relay/alice")
            .await
            .is(200, "relay deleted successfully");
        assert_eq!(api.zooid.relay_ids(), [""; 0]);
        api.create("alice").await;
    }
}

#[tokio::test]
async fn delete_of_an_unknown_id_is_not_found() {
    for profile in BOTH {
        let api = Api::of(profile).await;
        api.ask("DELETE", "/relay/alice").await.is(404, "relay not found");
    }
}

#[tokio::test]
async fn members_are_answered_sorted() {
    let api = Api::with_alice(Profile::Current).await;
    let answer = api.ask("GET", "/relay/alice/members").await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "members": [] })));

    api.zooid.set_members("alice", vec!["b".repeat(64), "a".repeat(64)]);
    let answer = api.ask("GET", "/relay/alice/members").await;
    assert_eq!(answer.json(), json!({ "members": ["a".repeat(64), "b".repeat(64)] }));
    assert_eq!(answer.content_type, "application/json");
}

#[tokio::test]
async fn members_of_an_unknown_id_are_not_found() {
    let api = Api::current().await;
    api.ask("GET", "/relay/alice/members").await.is(404, "relay not found");
}

#[tokio::test]
async fn an_old_zooid_has_no_members() {
    let api = Api::with_alice(Profile::Old).await;
    for path in ["/relay/alice/members", "/relay/unknown/members"] {
        api.ask("GET", path).await.is(405, "method not allowed");
    }
}

#[tokio::test]
async fn an_id_too_long_for_a_file_name_is_an_internal_error() {
    let path = format!("/relay/{}", "a".repeat(300));
    for profile in BOTH {
        let api = Api::of(profile).await;
        let answer = api.send("POST", &path, &config("alice")).await;
        answer.begins(500, "failed to write config: ");
        for method in ["PUT", "PATCH", "DELETE"] {
            let answer = api.send(method, &path, &config("alice")).await;
            answer.begins(500, "failed to check config: ");
        }
    }
}
