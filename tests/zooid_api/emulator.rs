//! The emulator's own interface.

use std::time::{Duration, Instant};

use contract_tests::relay::{PUBKEY, SECRET};
use serde_json::json;
use zooid_client::{
    Keys,
    emulator::{Emulator, Fault, Profile, http_client},
    types::RelayPatch,
};

use crate::test_api::{TestApi, config};

#[tokio::test]
async fn the_default_emulator_is_current_and_on_loopback() {
    let zooid = Emulator::start().await;
    assert!(zooid.url().starts_with("http://127.0.0.1:"));
    let error = zooid
        .client()
        .unwrap()
        .list_relay_members(&"a".parse().unwrap())
        .await
        .unwrap_err();
    assert!(error.not_found());
}

#[tokio::test]
async fn emulators_share_no_state() {
    let (one, other) = (TestApi::with_alice(Profile::Current).await, TestApi::current().await);
    assert_ne!(one.zooid.url(), other.zooid.url());
    assert_ne!(one.zooid.keys().public_key(), other.zooid.keys().public_key());
    assert_eq!(other.zooid.relay_ids(), [""; 0]);
}

#[tokio::test]
async fn the_key_can_be_set() {
    let keys = Keys::generate();
    let api = TestApi::start(Emulator::builder().keys(keys.clone())).await;
    assert_eq!(api.zooid.keys().public_key(), keys.public_key());
    api.create("alice").await;
}

#[tokio::test]
async fn a_port_in_use_is_an_error_and_a_dropped_emulator_frees_its_port() {
    let first = Emulator::start().await;
    let port: u16 = first.url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(Emulator::builder().port(port).start().await.is_err());
    drop(first);
    let second = Emulator::builder().port(port).start().await.unwrap();
    assert_eq!(second.url(), format!("http://127.0.0.1:{port}"));
}

#[tokio::test]
async fn dropping_the_emulator_ends_pending_requests() {
    let zooid = Emulator::start().await;
    zooid.inject(Fault::delay(Duration::from_secs(60)));
    let client = zooid.client().unwrap();
    let started = Instant::now();
    let id = "alice".parse().unwrap();
    let patch = RelayPatch::default();
    let request = client.patch_relay(&id, &patch);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(zooid);
    };
    let (response, ()) = tokio::join!(request, stop);
    assert!(response.unwrap_err().is_transient());
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn an_unknown_relay_has_no_configuration() {
    let api = TestApi::with_alice(Profile::Current).await;
    assert!(api.zooid.config("alice").is_some());
    assert_eq!(api.zooid.config("bob"), None);
}

#[tokio::test]
async fn relay_ids_are_sorted() {
    let api = TestApi::current().await;
    for id in ["b", "a", "a-b"] {
        api.create(id).await;
    }
    assert_eq!(api.zooid.relay_ids(), ["a", "a-b", "b"]);
}

#[tokio::test]
async fn a_removed_relay_is_not_found_and_can_be_created_again() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.remove("alice");
    api.send("PATCH", "/relay/alice", &json!({}))
        .await
        .assert(404, "relay not found");
    assert_eq!(api.document("alice.example").await, None);
    api.create("alice").await;
}

#[tokio::test]
async fn members_stay_when_the_configuration_changes() {
    let api = TestApi::with_alice(Profile::Current).await;
    api.zooid.set_members("alice", vec!["a".repeat(64)]);
    api.send("PUT", "/relay/alice", &config("alice"))
        .await
        .assert(200, "relay updated successfully");
    let response = api.send_empty("GET", "/relay/alice/members").await;
    assert_eq!(response.json(), json!({ "members": [PUBKEY, "a".repeat(64)] }));
}

#[tokio::test]
async fn requests_are_recorded_on_demand() {
    let api = TestApi::start(Emulator::builder().record_requests()).await;
    api.create("alice").await;
    api.send_bytes("PATCH", "/relay/alice", b"{".to_vec()).await;
    let requests = api.zooid.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|r| (r.method.as_str(), r.path.as_str(), r.status))
        .collect();
    assert_eq!(seen, [("POST", "/relay/alice", 201), ("PATCH", "/relay/alice", 400)]);
    assert_eq!(requests[0].body, Some(config("alice")));
    assert_eq!(requests[1].body, None);
    assert_eq!(requests[1].raw_body, b"{");
    assert!(requests[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn requests_are_not_recorded_by_default() {
    let api = TestApi::with_alice(Profile::Current).await;
    assert!(api.zooid.requests().is_empty());
}

#[tokio::test]
async fn the_recorded_status_is_the_faults() {
    let api = TestApi::start(Emulator::builder().record_requests()).await;
    api.zooid.inject(Fault::lose_response(502));
    api.request("POST", "/relay/alice").send().await.unwrap();
    assert_eq!(api.zooid.requests()[0].status, 502);
}

#[tokio::test]
async fn debug_of_the_emulator_contains_no_secret() {
    let api = TestApi::start(Emulator::builder().record_requests()).await;
    api.create("alice").await;
    let requests = api.zooid.requests();
    let authorization = requests[0].headers["authorization"].to_str().unwrap().to_owned();
    let shown = format!(
        "{:?} {requests:?} {:?}",
        api.zooid,
        Emulator::builder().keys(api.zooid.keys().clone())
    );
    assert!(shown.contains("alice"));
    for secret in [SECRET, &api.zooid.keys().secret_key().to_secret_hex(), &authorization] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn thousands_of_concurrent_requests_all_receive_a_response() {
    let zooid = Emulator::start().await;
    let http = http_client().build().unwrap();
    let url = format!("{}/relay/a", zooid.url());
    let tasks = (0..8).map(|_| {
        let (http, url) = (http.clone(), url.clone());
        tokio::spawn(async move {
            for _ in 0..500 {
                assert_eq!(http.delete(&url).send().await.unwrap().status(), 401);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
