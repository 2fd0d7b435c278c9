//! Responses that do not come from zooid.

use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
use zooid_client::{
    Client, Error, Keys,
    emulator::{Emulator, Fault},
};

async fn delete_result(fault: Fault) -> Result<String, Error> {
    let zooid = Emulator::start().await;
    zooid.inject(fault);
    zooid.client().unwrap().delete_relay(&"alice".parse().unwrap()).await
}

/// Returns the status and the message of an error response.
fn status_and_message(error: &Error) -> (u16, &str) {
    let response = error.response().unwrap();
    (response.status.as_u16(), &response.message)
}

#[tokio::test]
async fn an_html_page_becomes_an_excerpt() {
    let page = "<html>\n  <h1>Bad   Gateway</h1>\n</html>\n";
    let error = delete_result(Fault::status(502).body(page, "text/html"))
        .await
        .unwrap_err();
    assert_eq!(status_and_message(&error), (502, "<html> <h1>Bad Gateway</h1> </html>"));
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_long_page_is_truncated() {
    let page = "é".repeat(1_000_000);
    let error = delete_result(Fault::status(502).body(page, "text/html"))
        .await
        .unwrap_err();
    let (status, message) = status_and_message(&error);
    assert_eq!((status, message.chars().count()), (502, 201));
    assert!(message.ends_with("é…"));
}

#[tokio::test]
async fn a_plain_404_keeps_its_text() {
    let error = delete_result(Fault::status(404).body("404 page not found\n", "text/plain; charset=utf-8"))
        .await
        .unwrap_err();
    assert_eq!(status_and_message(&error), (404, "404 page not found"));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_empty_body_becomes_an_empty_message() {
    let error = delete_result(Fault::status(503).body("", "text/plain"))
        .await
        .unwrap_err();
    assert_eq!(status_and_message(&error), (503, ""));
    assert!(error.is_transient());
}

#[tokio::test]
async fn an_unexpected_status_is_reported_with_its_message() {
    let error = delete_result(Fault::status(418).body(r#"{"error":"teapot"}"#, "application/json"))
        .await
        .unwrap_err();
    assert_eq!(status_and_message(&error), (418, "teapot"));
}

#[tokio::test]
async fn unknown_fields_of_a_success_are_ignored() {
    let body = r#"{"message":"done","took":"3ms"}"#;
    assert_eq!(
        delete_result(Fault::status(200).body(body, "application/json"))
            .await
            .unwrap(),
        "done"
    );
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let server = MockServer::start().await;
    for status in [301, 302, 307, 308] {
        let away = ResponseTemplate::new(status).insert_header("location", "https://elsewhere.example/relay/alice");
        Mock::given(any())
            .respond_with(away)
            .up_to_n_times(1)
            .mount(&server)
            .await;
        let client = Client::builder(&server.uri(), Keys::generate()).build().unwrap();
        let error = client.delete_relay(&"alice".parse().unwrap()).await.unwrap_err();
        let (received, message) = status_and_message(&error);
        assert_eq!(received, status);
        assert!(message.contains("https://elsewhere.example/relay/alice"), "{message}");
        assert!(!error.is_transient());
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 4);
}
