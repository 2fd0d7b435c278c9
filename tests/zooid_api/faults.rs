//! Faults of the emulator.

use std::time::{Duration, Instant};

use serde_json::json;
use zooid_client::emulator::Fault;

use crate::test_api::{Response, TestApi, config, sent};

async fn post(api: &TestApi, id: &str) -> Response {
    let path = format!("/relay/{id}");
    let header = api.authorization("POST", &path).header();
    let request = api.request("POST", &path).header("authorization", header);
    sent(request.body(config(id).to_string())).await
}

#[tokio::test]
async fn a_status_replaces_the_handling_of_the_request() {
    let api = TestApi::current().await;
    api.zooid.inject(Fault::status(503));
    post(&api, "alice").await.assert(503, "Service Unavailable");
    assert_eq!(api.zooid.relay_ids(), [""; 0]);
    post(&api, "alice").await.assert(201, "relay created successfully");
}

#[tokio::test]
async fn a_lost_response_does_not_undo_the_write() {
    let api = TestApi::current().await;
    api.zooid.inject(Fault::lose_response(502));
    post(&api, "alice").await.assert(502, "Bad Gateway");
    assert_eq!(api.zooid.relay_ids(), ["alice"]);
    post(&api, "alice")
        .await
        .assert(409, "relay with this id already exists");
}

#[tokio::test]
async fn a_delayed_response_arrives_late_and_the_write_is_done() {
    let api = TestApi::current().await;
    let delay = Duration::from_millis(200);
    api.zooid.inject(Fault::delay(delay));
    let started = Instant::now();
    post(&api, "alice").await.assert(201, "relay created successfully");
    assert!(started.elapsed() >= delay);
    assert_eq!(api.zooid.relay_ids(), ["alice"]);
}

#[tokio::test]
async fn a_delayed_response_does_not_block_others() {
    let api = TestApi::current().await;
    api.zooid
        .inject(Fault::delay(Duration::from_secs(30)).for_relay("slow"));
    tokio::select! {
        _ = post(&api, "slow") => panic!("the delayed response came first"),
        response = async { tokio::time::sleep(Duration::from_millis(50)).await; post(&api, "quick").await } => {
            response.assert(201, "relay created successfully");
        }
    }
}

#[tokio::test]
async fn a_fault_can_set_the_body() {
    let api = TestApi::current().await;
    api.zooid
        .inject(Fault::status(502).body("<h1>Bad Gateway</h1>", "text/html"));
    let response = post(&api, "alice").await;
    assert_eq!((response.status, response.text.as_str()), (502, "<h1>Bad Gateway</h1>"));
    assert_eq!(response.content_type, "text/html");
}

#[tokio::test]
async fn a_fault_can_set_retry_after() {
    let api = TestApi::current().await;
    api.zooid.inject(Fault::status(429).retry_after("7"));
    let response = api.request("GET", "/").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "7");
    let response = api.request("GET", "/").send().await.unwrap();
    assert!(!response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn faults_apply_in_the_order_of_injection() {
    let api = TestApi::current().await;
    api.zooid.inject(Fault::status(500).times(2));
    api.zooid.inject(Fault::status(429));
    assert_eq!(api.zooid.pending_faults(), 3);
    for status in [500, 500, 429, 201] {
        assert_eq!(post(&api, "alice").await.status, status);
    }
    assert_eq!(api.zooid.pending_faults(), 0);
}

#[tokio::test]
async fn a_fault_for_a_relay_affects_only_that_relay() {
    let api = TestApi::current().await;
    api.zooid.inject(Fault::status(500).for_relay("bob"));
    assert_eq!(post(&api, "alice").await.status, 201);
    assert_eq!(api.zooid.pending_faults(), 1);
    assert_eq!(post(&api, "bob").await.status, 500);
    assert_eq!(post(&api, "bob").await.status, 201);
}

#[tokio::test]
async fn a_fault_with_zero_times_has_no_effect() {
    let api = TestApi::current().await;
    api.zooid.inject(Fault::status(500).times(0));
    assert_eq!(api.zooid.pending_faults(), 0);
    assert_eq!(post(&api, "alice").await.status, 201);
}

#[tokio::test]
async fn faults_precede_authentication() {
    let api = TestApi::current().await;
    api.zooid
        .inject(Fault::status(503).body(json!({ "error": "starting" }).to_string(), "application/json"));
    let response = api.request("POST", "/relay/alice").send().await.unwrap();
    assert_eq!(response.status(), 503);
}
