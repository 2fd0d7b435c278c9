//! Predicates of errors, which callers use instead of comparing texts.

use std::time::{Duration, SystemTime};

use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
use zooid_client::{
    Client, Error, InUse, Keys, Operation,
    emulator::{Emulator, Fault},
    types::RelayPatch,
};

use crate::names::Names;

/// Returns the error of a DELETE with this fault.
async fn failure(fault: Fault) -> Error {
    let zooid = Emulator::start().await;
    zooid.inject(fault);
    let id = "alice".parse().unwrap();
    zooid.client().unwrap().delete_relay(&id).await.unwrap_err()
}

#[tokio::test]
async fn an_existing_id_differs_from_a_schema_or_a_host_in_use() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let names = Names::random();
    let config = names.config("a");
    client.create_relay(&names.id("a"), &config).await.unwrap();

    let exists = client.create_relay(&names.id("a"), &config).await.unwrap_err();
    assert!(exists.already_exists());
    assert_eq!(exists.in_use(), None);

    let mut config = names.config("b");
    config.host = names.host("a").parse().unwrap();
    let host = client.create_relay(&names.id("b"), &config).await.unwrap_err();
    assert_eq!((host.already_exists(), host.in_use()), (false, Some(InUse::Host)));

    config.schema = names.schema("a").parse().unwrap();
    let schema = client.create_relay(&names.id("b"), &config).await.unwrap_err();
    assert_eq!((schema.already_exists(), schema.in_use()), (false, Some(InUse::Schema)));

    for error in [exists, host, schema] {
        assert!(!error.is_transient() && !error.invalid() && !error.not_found() && !error.not_allowed());
        assert_eq!(error.operation(), Operation::CreateRelay);
    }
}

#[tokio::test]
async fn an_unknown_relay_is_not_found() {
    let zooid = Emulator::start().await;
    let id = "alice".parse().unwrap();
    let error = zooid
        .client()
        .unwrap()
        .patch_relay(&id, &RelayPatch::default())
        .await
        .unwrap_err();
    assert!(error.not_found());
    assert!(!error.is_transient() && !error.invalid() && !error.not_allowed() && !error.already_exists());
    assert_eq!((error.operation(), error.relay()), (Operation::PatchRelay, &id));
}

#[tokio::test]
async fn a_key_that_is_not_whitelisted_is_not_allowed() {
    let zooid = Emulator::start().await;
    let client = Client::builder(&zooid.url(), Keys::generate()).build().unwrap();
    let error = client.delete_relay(&"alice".parse().unwrap()).await.unwrap_err();
    assert!(error.not_allowed());
    assert!(!error.is_transient() && !error.invalid() && !error.not_found());
    assert_eq!(error.response().unwrap().message, "pubkey not in whitelist");
}

#[tokio::test]
async fn a_field_that_zooid_rejects_is_invalid() {
    let zooid = Emulator::start().await;
    let names = Names::random();
    let mut config = names.config("a");
    config.info.pubkey = "x".to_owned();
    let error = zooid
        .client()
        .unwrap()
        .create_relay(&names.id("a"), &config)
        .await
        .unwrap_err();
    assert!(error.invalid());
    assert!(!error.is_transient() && !error.not_found() && !error.not_allowed());
    let words = &error.response().unwrap().message;
    assert!(words.starts_with("invalid info.pubkey: "), "{words}");
}

#[tokio::test]
async fn retry_after_is_seconds_or_a_date() {
    let fault = |value: &str| failure(Fault::status(503).retry_after(value));
    assert_eq!(fault("7").await.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(fault("0").await.retry_after(), Some(Duration::ZERO));
    assert_eq!(fault("99999999999999999999").await.retry_after(), Some(Duration::MAX));
    assert_eq!(fault("soon").await.retry_after(), None);
    assert_eq!(fault("-1").await.retry_after(), None);
    assert_eq!(failure(Fault::status(503)).await.retry_after(), None);

    let in_90_seconds = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(90));
    let wait = fault(&in_90_seconds).await.retry_after().unwrap();
    assert!((80..=90).contains(&wait.as_secs()), "{wait:?}");
    let past = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(90));
    assert_eq!(fault(&past).await.retry_after(), Some(Duration::ZERO));
}

/// Returns the error of a DELETE at a server with this status and clock.
async fn failure_at(status: u16, clock: SystemTime) -> Error {
    let server = MockServer::start().await;
    let response = ResponseTemplate::new(status)
        .insert_header("date", httpdate::fmt_http_date(clock))
        .set_body_json(serde_json::json!({ "error": "event created_at is too old" }));
    Mock::given(any()).respond_with(response).mount(&server).await;
    let client = Client::builder(&server.uri(), Keys::generate()).build().unwrap();
    client.delete_relay(&"alice".parse().unwrap()).await.unwrap_err()
}

#[tokio::test]
async fn a_401_with_a_clock_difference_is_transient() {
    let minutes = Duration::from_secs(600);
    let ahead = failure_at(401, SystemTime::now() - minutes).await;
    assert!((595..=605).contains(&ahead.clock_skew().unwrap()), "{ahead}");
    let behind = failure_at(401, SystemTime::now() + minutes).await;
    assert!((-605..=-595).contains(&behind.clock_skew().unwrap()), "{behind}");
    for error in [ahead, behind] {
        assert!(error.not_allowed() && error.is_transient());
    }
}

#[tokio::test]
async fn a_small_clock_difference_is_not_reported() {
    let on_time = failure_at(401, SystemTime::now() - Duration::from_secs(30)).await;
    assert_eq!(on_time.clock_skew(), None);
    assert!(on_time.not_allowed() && !on_time.is_transient());
    let other = failure_at(403, SystemTime::now() - Duration::from_secs(600)).await;
    assert_eq!(other.clock_skew(), None);
}

#[tokio::test]
async fn a_retry_after_a_lost_response_finds_an_existing_relay() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let names = Names::random();
    zooid.inject(Fault::lose_response(502));
    let (id, config) = (names.id("a"), names.config("a"));
    assert!(client.create_relay(&id, &config).await.unwrap_err().is_transient());
    assert!(client.create_relay(&id, &config).await.unwrap_err().already_exists());
}
