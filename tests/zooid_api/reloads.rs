//! The time between a write and the reload of the relay, and two relays with the same host.

use serde_json::json;
use zooid_client::emulator::{Fault, Profile};

use crate::test_api::{BOTH, TestApi, config};

const HOST: &str = "alice.example";

#[tokio::test]
async fn a_torn_reload_responds_404_to_some_document_requests() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.create("bob").await;
        api.zooid.inject(Fault::torn_reload(2));
        api.rename("after").await.assert(200, "relay patched successfully");
        for _ in 0..2 {
            assert_eq!(api.document(HOST).await, None);
            assert!(api.document("bob.example").await.is_some());
        }
        assert_eq!(api.served_name(HOST).await.unwrap(), "after");
    }
}

#[tokio::test]
async fn a_document_lag_returns_the_previous_configuration_to_some_document_requests() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.rename("before").await;
        api.zooid.inject(Fault::document_lag(2));
        api.rename("after").await.assert(200, "relay patched successfully");
        for _ in 0..2 {
            assert_eq!(api.served_name(HOST).await.unwrap(), "before");
        }
        assert_eq!(api.served_name(HOST).await.unwrap(), "after");
    }
}

#[tokio::test]
async fn a_new_relay_is_not_found_during_a_document_lag() {
    let api = TestApi::current().await;
    api.zooid.inject(Fault::document_lag(1).for_relay("alice"));
    api.create("bob").await;
    api.create("alice").await;
    assert_eq!(api.document(HOST).await, None);
    assert!(api.document(HOST).await.is_some());
}

#[tokio::test]
async fn document_requests_at_the_old_host_and_at_the_new_one_count() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.inject(Fault::document_lag(2));
    api.send("PATCH", "/relay/alice", &json!({ "host": "new.example" }))
        .await;
    assert_eq!(api.document("new.example").await, None);
    assert!(api.document(HOST).await.is_some());
    assert!(api.document("new.example").await.is_some());
    assert_eq!(api.document(HOST).await, None);
}

#[tokio::test]
async fn the_next_write_ends_a_document_lag() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.inject(Fault::document_lag(100));
    api.rename("one").await;
    assert_eq!(api.served_name(HOST).await.unwrap(), "");
    api.rename("two").await;
    assert_eq!(api.served_name(HOST).await.unwrap(), "two");
}

#[tokio::test]
async fn a_torn_reload_affects_only_writes() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.inject(Fault::torn_reload(1));
    assert!(api.document(HOST).await.is_some());
    api.send_empty("GET", "/relay/alice/members").await;
    assert_eq!(api.zooid.pending_faults(), 1);
    api.rename("after").await;
    assert_eq!(api.zooid.pending_faults(), 0);
    assert_eq!(api.document(HOST).await, None);
}

/// Creates two relays with the same host, as concurrent requests can.
async fn with_duplicate_hosts(profile: Profile) -> TestApi {
    let api = TestApi::with_alice(profile).await;
    api.rename("alice").await;
    let mut bob = config("bob");
    bob["host"] = json!(HOST);
    bob["info"]["name"] = json!("bob");
    api.send("POST", "/relay/bob", &bob)
        .await
        .assert(409, r#"host "alice.example" is already in use"#);
    api.zooid.inject(Fault::race());
    api.send("POST", "/relay/bob", &bob)
        .await
        .assert(201, "relay created successfully");
    api
}

#[tokio::test]
async fn of_two_relays_with_the_same_host_the_last_loaded_is_served() {
    for profile in BOTH {
        let api = with_duplicate_hosts(profile).await;
        assert_eq!(api.served_name(HOST).await.unwrap(), "bob");
        for id in ["alice", "bob"] {
            let response = api.send("PATCH", &format!("/relay/{id}"), &json!({})).await;
            response.assert(409, r#"host "alice.example" is already in use"#);
        }
        api.zooid.restart();
        assert_eq!(api.served_name(HOST).await.unwrap(), "bob");
    }
}

#[tokio::test]
async fn removing_one_of_two_relays_with_the_same_host_hides_the_other_until_its_next_write() {
    for profile in BOTH {
        for (leaves, other) in [("alice", "bob"), ("bob", "alice")] {
            for moves in [true, false] {
                let api = with_duplicate_hosts(profile).await;
                let path = format!("/relay/{leaves}");
                if moves {
                    api.send("PATCH", &path, &json!({ "host": "new.example" }))
                        .await
                        .assert(200, "relay patched successfully");
                    assert_eq!(api.served_name("new.example").await.unwrap(), leaves);
                } else {
                    api.send_empty("DELETE", &path)
                        .await
                        .assert(200, "relay deleted successfully");
                }
                assert_eq!(api.document(HOST).await, None);
                let other_path = format!("/relay/{other}");
                api.send("PATCH", &other_path, &json!({ "host": "" }))
                    .await
                    .assert(400, "host is required");
                assert_eq!(api.document(HOST).await, None);
                api.send("PATCH", &other_path, &json!({}))
                    .await
                    .assert(200, "relay patched successfully");
                assert_eq!(api.served_name(HOST).await.unwrap(), other);
            }
        }
    }
}
