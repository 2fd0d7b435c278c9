//! Requests: method, path, headers and signature.

use contract_tests::{nip98, openapi};
use nostr::event::Event;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
use zooid_client::{
    Client, Keys, RelayId,
    emulator::{Emulator, RecordedRequest},
    types::RelayPatch,
};

use crate::names::Names;

/// Sends one request of each operation.
async fn every_operation() -> (Emulator, RelayId, Vec<RecordedRequest>) {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let client = zooid.client().unwrap();
    let names = Names::random();
    let (id, config) = (names.id("wire"), names.config("wire"));
    client.create_relay(&id, &config).await.unwrap();
    client.replace_relay(&id, &config).await.unwrap();
    client.patch_relay(&id, &RelayPatch::default()).await.unwrap();
    client.list_relay_members(&id).await.unwrap();
    client.delete_relay(&id).await.unwrap();
    let requests = zooid.requests();
    (zooid, id, requests)
}

fn event(request: &RecordedRequest) -> Value {
    nip98::event_of(request.headers["authorization"].to_str().unwrap()).unwrap()
}

fn tag<'e>(event: &'e Value, name: &str) -> Option<&'e str> {
    let tags = event["tags"].as_array().unwrap();
    let mut values = tags
        .iter()
        .filter(|tag| tag[0] == name)
        .map(|tag| tag[1].as_str().unwrap());
    let value = values.next();
    assert!(values.next().is_none(), "two tags {name}");
    value
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn each_operation_has_its_method_and_path() {
    let (_zooid, id, requests) = every_operation().await;
    let seen: Vec<_> = requests.iter().map(|r| (r.method.as_str(), r.path.clone())).collect();
    let relay = format!("/relay/{id}");
    let members = format!("/relay/{id}/members");
    let expected = [
        ("POST", relay.clone()),
        ("PUT", relay.clone()),
        ("PATCH", relay.clone()),
        ("GET", members),
        ("DELETE", relay),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn each_request_is_signed_for_its_url_and_method() {
    let (zooid, _, requests) = every_operation().await;
    for request in &requests {
        let event = event(request);
        assert_eq!(event["kind"], 27235);
        assert_eq!(event["content"], "");
        assert_eq!(event["pubkey"], zooid.keys().public_key().to_hex());
        assert_eq!(
            tag(&event, "u"),
            Some(format!("{}{}", zooid.url(), request.path).as_str())
        );
        assert_eq!(tag(&event, "method"), Some(request.method.as_str()));
    }
}

#[tokio::test]
async fn each_body_is_hashed_into_the_payload_tag() {
    let (_zooid, _, requests) = every_operation().await;
    for request in &requests {
        let payload = (!request.raw_body.is_empty()).then(|| sha256(&request.raw_body));
        assert_eq!(tag(&event(request), "payload"), payload.as_deref(), "{request:?}");
    }
}

#[tokio::test]
async fn each_event_is_valid_by_nip_01() {
    let (_zooid, _, requests) = every_operation().await;
    for request in &requests {
        // zooid checks only the signature, but a proxy in front of it may check the id.
        Event::from_json(event(request).to_string()).unwrap().verify().unwrap();
    }
}

#[tokio::test]
async fn the_signed_url_is_escaped() {
    let zooid = MockServer::start().await;
    let ok = ResponseTemplate::new(200).set_body_json(serde_json::json!({ "message": "deleted" }));
    Mock::given(any()).respond_with(ok).mount(&zooid).await;
    let public = r#"https://zooid.example/a"b\c'é"#.parse().unwrap();
    let client = Client::builder(&zooid.uri(), Keys::generate()).public_base_url(public);
    client
        .build()
        .unwrap()
        .delete_relay(&"alice".parse().unwrap())
        .await
        .unwrap();

    let request = &zooid.received_requests().await.unwrap()[0];
    let event = nip98::event_of(request.headers["authorization"].to_str().unwrap()).unwrap();
    assert_eq!(
        tag(&event, "u"),
        Some("https://zooid.example/a%22b/c'%C3%A9/relay/alice")
    );
    Event::from_json(event.to_string()).unwrap().verify().unwrap();
}

#[tokio::test]
async fn equal_requests_within_a_second_have_different_event_ids() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let client = zooid.client().unwrap();
    let id = "alice".parse().unwrap();
    for _ in 0..50 {
        client.delete_relay(&id).await.unwrap_err();
    }
    let mut ids: Vec<_> = zooid.requests().iter().map(|r| event(r)["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
}

#[tokio::test]
async fn bodies_match_the_description() {
    let (_zooid, _, requests) = every_operation().await;
    for request in &requests {
        match &request.body {
            Some(body) => {
                assert_eq!(request.headers["content-type"], "application/json");
                openapi::assert_request_body(&request.method, &request.path, body);
            }
            None => assert!(request.raw_body.is_empty() && !request.headers.contains_key("content-type")),
        }
        assert_eq!(request.headers["accept"], "application/json");
    }
}

#[tokio::test]
async fn the_user_agent_is_the_crate_by_default() {
    let (zooid, id, requests) = every_operation().await;
    assert!(
        requests[0].headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("zooid-client/")
    );
    let client = Client::builder(&zooid.url(), zooid.keys().clone())
        .user_agent("backend/7")
        .build()
        .unwrap();
    client.delete_relay(&id).await.unwrap_err();
    assert_eq!(zooid.requests().last().unwrap().headers["user-agent"], "backend/7");
}

#[tokio::test]
async fn a_path_prefix_and_a_trailing_slash_are_joined_with_the_path() {
    let proxy = MockServer::start().await;
    let done = ResponseTemplate::new(200).set_body_json(serde_json::json!({ "message": "done" }));
    Mock::given(any()).respond_with(done).mount(&proxy).await;
    for base in ["", "/", "/zooid", "/zooid/"] {
        let client = Client::builder(&format!("{}{base}", proxy.uri()), Keys::generate())
            .build()
            .unwrap();
        client.delete_relay(&"alice".parse().unwrap()).await.unwrap();
        let requests = proxy.received_requests().await.unwrap();
        let request = requests.last().unwrap();
        let path = format!("{}/relay/alice", base.trim_end_matches('/'));
        assert_eq!(request.url.path(), path);
        let event = nip98::event_of(request.headers["authorization"].to_str().unwrap()).unwrap();
        assert_eq!(tag(&event, "u"), Some(format!("{}{path}", proxy.uri()).as_str()));
    }
}

#[tokio::test]
async fn clones_share_the_key_and_send_concurrently() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let names = Names::random();
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (client, name) = (client.clone(), format!("r{n}"));
            let (id, config) = (names.id(&name), names.config(&name));
            tokio::spawn(async move { client.create_relay(&id, &config).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(zooid.relay_ids().len(), 20);
    assert_eq!(client.public_key(), zooid.keys().public_key().to_hex());
}

#[tokio::test]
async fn the_public_base_url_is_signed() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let client = Client::builder(&format!("{}/", zooid.url()), zooid.keys().clone())
        .public_base_url("https://zooid.example/api/".parse().unwrap())
        .build()
        .unwrap();
    let id = "alice".parse().unwrap();
    // The emulator is called directly, so it expects its own address.
    let error = client.list_relay_members(&id).await.unwrap_err();
    assert!(error.not_allowed(), "{error}");
    let request = zooid.requests().remove(0);
    assert_eq!(request.path, "/relay/alice/members");
    assert_eq!(
        tag(&event(&request), "u"),
        Some("https://zooid.example/api/relay/alice/members")
    );
}
