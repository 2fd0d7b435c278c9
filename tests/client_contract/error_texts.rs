//! Texts of errors.

use zooid_client::{
    Error,
    emulator::{Emulator, Fault},
};

async fn failure(fault: Option<Fault>) -> Error {
    let zooid = Emulator::start().await;
    fault.into_iter().for_each(|fault| zooid.inject(fault));
    zooid
        .client()
        .unwrap()
        .list_relay_members(&"alice".parse().unwrap())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn an_error_names_the_operation_the_relay_the_status_and_the_message() {
    let text = failure(None).await.to_string();
    assert_eq!(
        text,
        "cannot list members of relay alice: zooid returned 404 Not Found: relay not found"
    );
}

#[tokio::test]
async fn an_empty_message_is_omitted() {
    let text = failure(Some(Fault::status(503).body("", "text/plain")))
        .await
        .to_string();
    assert_eq!(
        text,
        "cannot list members of relay alice: zooid returned 503 Service Unavailable"
    );
}

#[tokio::test]
async fn a_foreign_success_is_reported() {
    let text = failure(Some(Fault::status(200).body("<h1>Hello</h1>", "text/html")))
        .await
        .to_string();
    assert_eq!(
        text,
        "cannot list members of relay alice: the status is a success, but the body is not zooid's"
    );
}

#[tokio::test]
async fn a_foreign_404_and_a_403_suggest_the_usual_cause() {
    let text = failure(Some(Fault::status(404).body("Not Found\n", "text/plain")))
        .await
        .to_string();
    assert!(
        text.ends_with("(check that the host and port of the url are zooid's API_HOST)"),
        "{text}"
    );
    let body = r#"{"error":"pubkey not in whitelist"}"#;
    let text = failure(Some(Fault::status(403).body(body, "application/json")))
        .await
        .to_string();
    assert!(
        text.ends_with("(add the public key of the signing key to zooid's API_WHITELIST)"),
        "{text}"
    );
}
