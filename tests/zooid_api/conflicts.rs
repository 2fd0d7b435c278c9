use serde_json::json;

use crate::test_api::{BOTH, TestApi, config, config_with};

#[tokio::test]
async fn a_schema_in_use_is_a_conflict() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let body = config_with("/host", json!("bob.example"));
        api.send("POST", "/relay/bob", &body)
            .await
            .assert(409, r#"schema "alice" is already in use"#);
        assert_eq!(api.zooid.relay_ids(), ["alice"]);
    }
}

#[tokio::test]
async fn a_host_in_use_is_a_conflict() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let body = config_with("/schema", json!("bob"));
        api.send("POST", "/relay/bob", &body)
            .await
            .assert(409, r#"host "alice.example" is already in use"#);
        assert_eq!(api.zooid.relay_ids(), ["alice"]);
    }
}

#[tokio::test]
async fn the_schema_is_compared_before_the_host() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let response = api.send("POST", "/relay/bob", &config("alice")).await;
        response.assert(409, r#"schema "alice" is already in use"#);
    }
}

#[tokio::test]
async fn files_are_compared_in_the_order_of_their_names() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        // The order of files differs from the order of ids: "a-b.toml" comes before "a.toml".
        api.create("a").await;
        api.create("a-b").await;
        let mut body = config("c");
        body["schema"] = json!("a");
        body["host"] = json!("a-b.example");
        api.send("POST", "/relay/c", &body)
            .await
            .assert(409, r#"host "a-b.example" is already in use"#);
    }
}

#[tokio::test]
async fn put_and_patch_detect_conflicts() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.create("bob").await;
        let schema = r#"schema "alice" is already in use"#;
        let host = r#"host "alice.example" is already in use"#;
        api.send("PUT", "/relay/bob", &config_with("/host", json!("b.example")))
            .await
            .assert(409, schema);
        api.send("PUT", "/relay/bob", &config_with("/schema", json!("b")))
            .await
            .assert(409, host);
        api.send("PATCH", "/relay/bob", &json!({ "schema": "alice" }))
            .await
            .assert(409, schema);
        api.send("PATCH", "/relay/bob", &json!({ "host": "alice.example" }))
            .await
            .assert(409, host);
        assert_eq!(api.zooid.config("bob").unwrap()["host"], "bob.example");
    }
}

#[tokio::test]
async fn a_relay_does_not_conflict_with_itself() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.send("PUT", "/relay/alice", &config("alice"))
            .await
            .assert(200, "relay updated successfully");
        let patch = json!({ "host": "alice.example", "schema": "alice" });
        api.send("PATCH", "/relay/alice", &patch)
            .await
            .assert(200, "relay patched successfully");
    }
}

#[tokio::test]
async fn a_host_and_a_schema_can_be_reused() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let patch = json!({ "host": "elsewhere.example", "schema": "elsewhere" });
        api.send("PATCH", "/relay/alice", &patch)
            .await
            .assert(200, "relay patched successfully");
        api.send("POST", "/relay/bob", &config("alice"))
            .await
            .assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn an_inactive_relay_conflicts() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.send("PATCH", "/relay/alice", &json!({ "inactive": true }))
            .await
            .assert(200, "relay patched successfully");
        let response = api.send("POST", "/relay/bob", &config("alice")).await;
        response.assert(409, r#"schema "alice" is already in use"#);
    }
}

#[tokio::test]
async fn validation_precedes_the_check_for_conflicts() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let body = config_with("/secret", json!("xyz"));
        api.send("POST", "/relay/bob", &body)
            .await
            .assert_starts(400, "invalid secret key: ");
    }
}

#[tokio::test]
async fn a_value_in_use_is_quoted_as_in_go() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let host = "a\"b\\c\nd\u{1}\u{7}é\u{301}\u{200b}\u{e0001}";
        let body = config_with("/host", json!(host));
        api.send("POST", "/relay/alice", &body)
            .await
            .assert(201, "relay created successfully");
        let mut body = body;
        body["schema"] = json!("bob");
        let response = api.send("POST", "/relay/bob", &body).await;
        response.assert(
            409,
            "host \"a\\\"b\\\\c\\nd\\x01\\aé\u{301}\\u200b\\U000e0001\" is already in use",
        );
    }
}
