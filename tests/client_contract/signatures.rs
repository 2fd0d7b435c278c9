//! Requests with invalid signatures, which every version of zooid rejects.

use contract_tests::{
    nip98::{self, Authorization},
    openapi,
};
use serde_json::{Value, json};
use zooid_client::{
    Keys,
    emulator::{Profile, http_client},
};

use crate::{names::Names, target::Target};

/// Returns invalid headers with the expected status and the start of zooid's message.
fn headers(target: &Target, url: &str) -> Vec<(Option<String>, u16, &'static str)> {
    let good = Authorization::of(&target.keys, "POST", url);
    let mut forged = good.event();
    forged["created_at"] = json!(forged["created_at"].as_u64().unwrap() + 1);
    let mut headers = vec![
        (None, 401, "missing authorization header"),
        (
            Some("Bearer e30=".to_owned()),
            401,
            "invalid authorization header format",
        ),
        (Some("Nostr !".to_owned()), 401, "invalid base64 encoding: "),
        (Some("Nostr ew==".to_owned()), 401, "invalid event json: "),
        (
            Some(good.clone().kind(1).header()),
            401,
            "invalid event kind: expected 27235, got 1",
        ),
        (
            Some(nip98::header(&json!({}))),
            401,
            "invalid event kind: expected 27235, got 0",
        ),
        (Some(nip98::header(&forged)), 401, "invalid event signature"),
        (
            Some(good.clone().without("u").header()),
            401,
            "event missing or invalid u tag",
        ),
        (
            Some(good.clone().with("u", &format!("{url}?x=1")).header()),
            401,
            "event missing or invalid u tag",
        ),
        (
            Some(good.clone().with("u", &format!("{url}x")).header()),
            401,
            "event missing or invalid u tag",
        ),
        (
            Some(good.clone().without("method").header()),
            401,
            "event missing or invalid method tag",
        ),
        (
            Some(good.clone().with("method", "PUT").header()),
            401,
            "event missing or invalid method tag",
        ),
        (
            Some(Authorization::of(&Keys::generate(), "POST", url).header()),
            403,
            "pubkey not in whitelist",
        ),
    ];
    if target.profile == Profile::Current {
        headers.push((Some(good.clone().aged(-90).header()), 401, ""));
        headers.push((Some(good.aged(90).header()), 401, ""));
    }
    headers
}

/// Returns a description of each unexpected response.
pub async fn failures(target: &Target, names: &Names) -> Vec<String> {
    let path = format!("/relay/{}", names.id("signatures"));
    let url = format!("{}{path}", target.url);
    let mut failures = Vec::new();
    for (header, status, words) in headers(target, &url) {
        let mut request = http_client()
            .build()
            .unwrap()
            .post(&url)
            .body(names.json("signatures").to_string());
        if let Some(header) = &header {
            request = request.header("authorization", header);
        }
        let response = request.send().await.unwrap();
        let received = response.status().as_u16();
        let body: Value = response.json().await.unwrap_or_default();
        openapi::assert_response("POST", &path, received, &body);
        let error = body["error"].as_str().unwrap_or_default();
        if received != status || !error.starts_with(words) {
            failures.push(format!("{status} {words:?} expected, not {received} {body}"));
        }
    }
    failures
}
