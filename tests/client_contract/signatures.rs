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
    let valid = Authorization::of(&target.keys, "POST", url);
    let mut forged = valid.event();
    forged["created_at"] = json!(forged["created_at"].as_u64().unwrap() + 1);
    let (url_tag, method_tag) = ("event missing or invalid u tag", "event missing or invalid method tag");
    let mut unauthorized = vec![
        ("Bearer e30=".to_owned(), "invalid authorization header format"),
        ("Nostr !".to_owned(), "invalid base64 encoding: "),
        ("Nostr ew==".to_owned(), "invalid event json: "),
        (
            valid.clone().kind(1).header(),
            "invalid event kind: expected 27235, got 1",
        ),
        (nip98::header(&json!({})), "invalid event kind: expected 27235, got 0"),
        (nip98::header(&forged), "invalid event signature"),
        (valid.clone().without("u").header(), url_tag),
        (valid.clone().with("u", &format!("{url}?x=1")).header(), url_tag),
        (valid.clone().with("u", &format!("{url}x")).header(), url_tag),
        (valid.clone().without("method").header(), method_tag),
        (valid.clone().with("method", "PUT").header(), method_tag),
    ];
    if target.profile == Profile::Current {
        unauthorized.extend([-90, 90].map(|age| (valid.clone().aged(age).header(), "")));
    }
    let other_key = Authorization::of(&Keys::generate(), "POST", url).header();
    let unauthorized = unauthorized
        .into_iter()
        .map(|(header, message)| (Some(header), 401, message));
    unauthorized
        .chain([
            (None, 401, "missing authorization header"),
            (Some(other_key), 403, "pubkey not in whitelist"),
        ])
        .collect()
}

/// Returns a description of each unexpected response.
pub async fn failures(target: &Target, names: &Names) -> Vec<String> {
    let path = format!("/relay/{}", names.id("signatures"));
    let url = format!("{}{path}", target.url);
    let mut failures = Vec::new();
    for (header, status, message) in headers(target, &url) {
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
        if received != status || !error.starts_with(message) {
            failures.push(format!("expected {status} {message:?}, received {received} {body}"));
        }
    }
    failures
}
