//! The requests that zooid received. Each is validated against the OpenAPI description, and its signature is checked.

use contract_tests::{nip98, openapi};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zooid_client::emulator::{Emulator, RecordedRequest};

/// Returns all requests so far except heartbeats.
pub fn requests(zooid: &Emulator) -> Vec<RecordedRequest> {
    let requests = zooid.relay_requests();
    for request in &requests {
        let body = request.body.as_ref().unwrap();
        openapi::assert_request_body(&request.method, &request.path, body);
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(body.get("secret").is_some(), request.method == "POST");
        assert_signed(zooid, request);
    }
    requests
}

/// Returns the methods and paths of all requests so far.
pub fn methods(zooid: &Emulator) -> Vec<String> {
    let line = |request: RecordedRequest| format!("{} {}", request.method, request.path);
    requests(zooid).into_iter().map(line).collect()
}

/// Returns the bodies of all requests so far.
pub fn bodies(zooid: &Emulator) -> Vec<Value> {
    let body = |request: RecordedRequest| request.body.unwrap();
    requests(zooid).into_iter().map(body).collect()
}

fn assert_signed(zooid: &Emulator, request: &RecordedRequest) {
    let event = nip98::event_of(request.headers["authorization"].to_str().unwrap()).unwrap();
    assert_eq!(event["kind"], 27235);
    assert_eq!(event["pubkey"], zooid.keys().public_key().to_hex());
    let digest = Sha256::digest(&request.raw_body);
    let payload: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    for tag in [
        json!(["u", format!("{}{}", zooid.url(), request.path)]),
        json!(["method", request.method]),
        json!(["payload", payload]),
    ] {
        assert!(
            event["tags"].as_array().unwrap().contains(&tag),
            "{tag} is not in {event}"
        );
    }
}
