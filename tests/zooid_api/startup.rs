//! Startup of zooid, and configurations that terminate it.

use contract_tests::relay;
use serde_json::json;
use zooid_client::emulator::Profile;

use crate::test_api::{BOTH, TestApi, config, config_with};

const HOST: &str = "alice.example";

#[tokio::test]
async fn a_restart_serves_the_files_on_disk() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.rename("before").await.assert(200, "relay patched successfully");
        api.zooid.restart();
        assert_eq!(api.served_name(HOST).await.unwrap(), "before");
        api.rename("after").await.assert(200, "relay patched successfully");
        assert_eq!(api.served_name(HOST).await.unwrap(), "after");
    }
}

#[tokio::test]
async fn zooid_responds_but_serves_no_relay_until_its_files_are_loaded() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let start = api.zooid.restart();
        assert_eq!(api.document(HOST).await, None);
        api.rename("meanwhile").await.assert(200, "relay patched successfully");
        api.send("PATCH", "/relay/alice", &json!({ "host": "" }))
            .await
            .assert(400, "host is required");
        assert_eq!(api.document(HOST).await, None);
        start.load_files();
        assert_eq!(api.served_name(HOST).await.unwrap(), "meanwhile");
        start.finish();
        assert_eq!(api.served_name(HOST).await.unwrap(), "meanwhile");
    }
}

#[tokio::test]
async fn a_write_between_loading_and_watching_is_not_served_until_the_next_write() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.rename("before").await;
        let start = api.zooid.restart();
        start.load_files();
        api.rename("lost").await.assert(200, "relay patched successfully");
        api.create("bob").await;
        start.finish();
        for _ in 0..3 {
            assert_eq!(api.served_name(HOST).await.unwrap(), "before");
            assert_eq!(api.document("bob.example").await, None);
        }
        assert_eq!(api.zooid.config("alice").unwrap()["info"]["name"], "lost");
        assert_eq!(api.zooid.relay_ids(), ["alice", "bob"]);

        api.send("PATCH", "/relay/alice", &json!({})).await;
        assert_eq!(api.served_name(HOST).await.unwrap(), "lost");
        assert_eq!(
            api.document("bob.example").await,
            None,
            "another relay's write does not help"
        );
        api.zooid.restart();
        assert!(api.document("bob.example").await.is_some());
    }
}

#[tokio::test]
async fn a_removal_between_loading_and_watching_stays_served() {
    let api = TestApi::with_alice(Profile::Current).await;
    let start = api.zooid.restart();
    start.load_files();
    api.send_empty("DELETE", "/relay/alice")
        .await
        .assert(200, "relay deleted successfully");
    drop(start);
    assert!(api.document(HOST).await.is_some());
    api.zooid.restart();
    assert_eq!(api.document(HOST).await, None);
}

#[tokio::test]
async fn a_document_request_can_terminate_a_starting_zooid() {
    let api = TestApi::with_alice(Profile::Current).await;
    let start = api.zooid.restart().crash_on_lookup();
    api.rename("meanwhile").await.assert(200, "relay patched successfully");
    let lookup = api.request("GET", "/").header("host", HOST);
    assert!(lookup.header("accept", "application/nostr+json").send().await.is_err());
    assert!(!api.zooid.is_running());
    start.finish();
    assert!(
        !api.zooid.is_running(),
        "a terminated process does not complete its start"
    );

    let start = api.zooid.restart().crash_on_lookup();
    start.load_files();
    assert_eq!(api.served_name(HOST).await.unwrap(), "meanwhile");
}

#[tokio::test]
async fn a_schema_reserved_by_sqlite_terminates_zooid_at_every_start() {
    for profile in BOTH {
        for (schema, inactive) in [("sqlite", false), ("sqlite_x", true)] {
            let api = TestApi::with_alice(profile).await;
            let mut body = relay::config("bob.example", schema);
            body["inactive"] = json!(inactive);
            api.send("POST", "/relay/bob", &body)
                .await
                .assert(201, "relay created successfully");
            assert!(api.request("GET", "/").send().await.is_err());
            api.zooid.restart();
            assert!(!api.zooid.is_running());

            api.zooid.remove("bob");
            api.zooid.restart();
            assert!(api.zooid.is_running());
            assert!(api.document(HOST).await.is_some());
        }
        let api = TestApi::of(profile).await;
        let response = api
            .send("POST", "/relay/alice", &config_with("/schema", json!("sqlite3")))
            .await;
        response.assert(201, "relay created successfully");
        assert!(api.zooid.is_running());
    }
}

#[tokio::test]
async fn a_missing_owner_or_an_invalid_table_name_terminates_old_zooid() {
    for (pointer, value) in [
        ("/info/pubkey", ""),
        ("/schema", "_1abc_45"),
        ("/schema", "_sqlite_x"),
        ("/schema", "SQLITE"),
        ("/schema", "al-ice"),
        ("/schema", "al ice"),
    ] {
        let api = TestApi::of(Profile::Old).await;
        let response = api
            .send("POST", "/relay/alice", &config_with(pointer, json!(value)))
            .await;
        response.assert(201, "relay created successfully");
        assert!(!api.zooid.is_running(), "{pointer} {value}");
    }
    let api = TestApi::of(Profile::Old).await;
    for (id, schema) in [("a", "_alice_"), ("b", "Bob"), ("c", "__")] {
        let mut body = config(id);
        body["schema"] = json!(schema);
        api.send("POST", &format!("/relay/{id}"), &body)
            .await
            .assert(201, "relay created successfully");
    }
    assert!(api.zooid.is_running());
}
