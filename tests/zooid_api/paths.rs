//! Paths and methods that are none of the API's; most are not in its description.

use zooid_client::emulator::Profile;

use crate::api::{Api, config, described};

#[tokio::test]
async fn a_current_zooid_answers_other_paths_in_plain_text_and_without_authentication() {
    let api = Api::current().await;
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
            let answer = described(method, path, api.request(method, path)).await;
            assert_eq!(
                (answer.status, answer.text.as_str()),
                (404, "404 page not found\n"),
                "{method} {path}"
            );
            assert_eq!(answer.content_type, "application/json");
        }
    }
}

#[tokio::test]
async fn a_current_zooid_answers_other_methods_in_plain_text_and_without_authentication() {
    let api = Api::with_alice(Profile::Current).await;
    let others = [
        ("GET", "/relay/alice"),
        ("OPTIONS", "/relay/alice"),
        ("POST", "/relay/alice/members"),
        ("DELETE", "/relay/alice/members"),
    ];
    for (method, path) in others {
        let answer = described(method, path, api.request(method, path)).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (405, "Method Not Allowed\n"),
            "{method} {path}"
        );
        assert_eq!(answer.content_type, "application/json");
    }
}

#[tokio::test]
async fn an_old_zooid_looks_at_the_authorization_before_the_path() {
    let api = Api::of(Profile::Old).await;
    for (method, path) in [
        ("POST", "/"),
        ("POST", "/relay/"),
        ("GET", "/relay/alice"),
        ("GET", "/x"),
    ] {
        let answer = described(method, path, api.request(method, path)).await;
        answer.is(401, "missing authorization header");
    }
}

#[tokio::test]
async fn an_old_zooid_answers_other_paths_in_json() {
    let api = Api::of(Profile::Old).await;
    for path in ["/", "/relay", "/relays/alice"] {
        api.ask("POST", path).await.is(404, "not found");
    }
}

#[tokio::test]
async fn an_old_zooid_requires_an_id() {
    let api = Api::of(Profile::Old).await;
    for method in ["POST", "GET"] {
        api.ask(method, "/relay/").await.is(400, "relay id is required");
        api.ask(method, "/relay//members").await.is(400, "relay id is required");
    }
}

#[tokio::test]
async fn an_old_zooid_answers_other_methods_in_json() {
    let api = Api::with_alice(Profile::Old).await;
    for method in ["GET", "OPTIONS"] {
        api.ask(method, "/relay/alice").await.is(405, "method not allowed");
    }
}

#[tokio::test]
async fn an_old_zooid_ignores_what_follows_the_id() {
    let api = Api::of(Profile::Old).await;
    let answer = api.send("POST", "/relay/alice/whatever/else", &config("alice")).await;
    answer.is(201, "relay created successfully");
    assert_eq!(api.zooid.relay_ids(), ["alice"]);
}
