//! Unknown paths and methods. Most are not in the description.

use serde_json::json;
use zooid_client::emulator::Profile;

use crate::test_api::{BOTH, TestApi, config, described, sent};

#[tokio::test]
async fn current_zooid_responds_to_unknown_paths_in_plain_text_without_authentication() {
    let api = TestApi::current().await;
    for path in [
        "/",
        "/relay",
        "/relay/",
        "/relays/alice",
        "/relay/alice/",
        "/relay/alice/x",
        "/relay/alice/members/x",
    ] {
        for method in ["POST", "GET"] {
            let response = described(method, path, api.request(method, path)).await;
            response.assert_plain(404, "404 page not found\n");
        }
    }
}

#[tokio::test]
async fn current_zooid_responds_to_unknown_methods_in_plain_text_without_authentication() {
    let api = TestApi::with_alice(Profile::Current).await;
    let others = [
        ("GET", "/relay/alice", "DELETE, PATCH, POST, PUT"),
        ("OPTIONS", "/relay/alice", "DELETE, PATCH, POST, PUT"),
        ("POST", "/relay/alice/members", "GET, HEAD"),
        ("DELETE", "/relay/alice/members", "GET, HEAD"),
        ("GET", "/.well-known/nip29/livekit/webhook", "POST"),
    ];
    for (method, path, allowed) in others {
        let response = described(method, path, api.request(method, path)).await;
        response.assert_plain(405, "Method Not Allowed\n");
        assert_eq!(response.headers["allow"], allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn current_zooid_redirects_a_path_with_empty_segments_without_authentication() {
    let api = TestApi::with_alice(Profile::Current).await;
    let unclean = [
        ("//relay/alice", "/relay/alice"),
        ("/relay//alice", "/relay/alice"),
        ("/relay/alice//members", "/relay/alice/members"),
        ("/relay/alice//", "/relay/alice/"),
        ("/relay//alice?x=1", "/relay/alice?x=1"),
        ("/relay//%61lice", "/relay/%2561lice"),
        ("//", "/"),
    ];
    for (path, clean) in unclean {
        for method in ["PATCH", "GET"] {
            let response = described(method, path, api.request(method, path)).await;
            assert_eq!((response.status, response.text.as_str()), (307, ""), "{method} {path}");
            assert_eq!(response.headers["location"], clean);
        }
    }
}

#[tokio::test]
async fn an_invalid_escape_is_a_bad_request_before_authentication() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for path in ["/relay/a%zz", "/relay/a%4", "/%"] {
            let response = sent(api.request("PATCH", path)).await;
            assert_eq!(
                (response.status, response.text.as_str()),
                (400, "400 Bad Request"),
                "{path}"
            );
            assert_eq!(response.content_type, "text/plain; charset=utf-8");
        }
    }
}

#[tokio::test]
async fn current_zooid_unescapes_each_segment_of_a_path() {
    let api = TestApi::with_alice(Profile::Current).await;
    let signed = api.authorization("GET", "/relay/alice/members").header();
    let path = "/%72elay/%61lice/member%73";
    let request = api.request("GET", path).header("authorization", signed);
    assert_eq!(described("GET", path, request).await.status, 200);
}

#[tokio::test]
async fn the_livekit_webhook_needs_no_nip_98_signature() {
    let api = TestApi::with_alice(Profile::Current).await;
    let path = "/.well-known/nip29/livekit/webhook";
    let event = |metadata: &str| json!({ "room": { "metadata": metadata } }).to_string();
    for (body, status, words) in [
        ("[]".to_owned(), 400, "invalid webhook body"),
        ("{}".to_owned(), 400, "missing room metadata"),
        (event("nobody"), 404, "relay not found"),
    ] {
        let request = api.request("POST", path).body(body);
        described("POST", path, request).await.assert(status, words);
    }
    let request = api.request("POST", path).body(event("alice"));
    described("POST", path, request)
        .await
        .assert_plain(404, "404 page not found\n");
}

#[tokio::test]
async fn old_zooid_checks_the_authorization_before_the_path() {
    let api = TestApi::of(Profile::Old).await;
    for (method, path) in [
        ("POST", "/"),
        ("POST", "/relay/"),
        ("GET", "/relay/alice"),
        ("GET", "/x"),
    ] {
        let response = described(method, path, api.request(method, path)).await;
        response.assert(401, "missing authorization header");
    }
}

#[tokio::test]
async fn old_zooid_responds_to_unknown_paths_in_json() {
    let api = TestApi::of(Profile::Old).await;
    for path in ["/", "/relay", "/relays/alice"] {
        api.send_empty("POST", path).await.assert(404, "not found");
    }
}

#[tokio::test]
async fn old_zooid_requires_an_id() {
    let api = TestApi::of(Profile::Old).await;
    for method in ["POST", "GET"] {
        api.send_empty(method, "/relay/")
            .await
            .assert(400, "relay id is required");
        api.send_empty(method, "/relay//members")
            .await
            .assert(400, "relay id is required");
    }
}

#[tokio::test]
async fn old_zooid_responds_to_unknown_methods_in_json() {
    let api = TestApi::with_alice(Profile::Old).await;
    for method in ["GET", "OPTIONS"] {
        api.send_empty(method, "/relay/alice")
            .await
            .assert(405, "method not allowed");
    }
}

#[tokio::test]
async fn old_zooid_ignores_the_path_after_the_id() {
    let api = TestApi::of(Profile::Old).await;
    let response = api.send("POST", "/relay/alice/whatever/else", &config("alice")).await;
    response.assert(201, "relay created successfully");
    assert_eq!(api.zooid.relay_ids(), ["alice"]);
}

#[tokio::test]
async fn an_escaped_slash_ends_the_id_in_old_zooid() {
    let api = TestApi::with_alice(Profile::Old).await;
    let signed = api.authorization("DELETE", "/relay/alice/x").header();
    let request = api
        .request("DELETE", "/relay/alice%2Fx")
        .header("authorization", signed);
    described("DELETE", "/relay/alice%2Fx", request)
        .await
        .assert(200, "relay deleted successfully");
}

#[tokio::test]
async fn an_escaped_slash_is_part_of_the_file_path_in_current_zooid() {
    let api = TestApi::with_alice(Profile::Current).await;
    let send = async |method: &str, id: &str, decoded: &str, body: &serde_json::Value| {
        let path = format!("/relay/{id}");
        let signed = api.authorization(method, &format!("/relay/{decoded}")).header();
        let request = api.request(method, &path).header("authorization", signed);
        described(method, &path, request.body(body.to_string())).await
    };
    send("DELETE", "alice%2Fx", "alice/x", &json!({}))
        .await
        .assert(404, "relay not found");
    send("POST", "bob%2Fx", "bob/x", &config("bob")).await.assert(
        500,
        "failed to write config: Failed to open config file config/bob/x.toml: \
         open config/bob/x.toml: no such file or directory",
    );
    // The same file under another name is another relay.
    send("PATCH", "%2Falice", "/alice", &json!({}))
        .await
        .assert(409, r#"schema "alice" is already in use"#);
    send("DELETE", "%2Falice", "/alice", &json!({}))
        .await
        .assert(200, "relay deleted successfully");
    assert_eq!(api.zooid.relay_ids(), [""; 0]);
}
