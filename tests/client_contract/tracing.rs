//! Every request is traced, without its secrets.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::Once,
};

use contract_tests::relay::SECRET;
use zooid_client::{
    Client, Keys,
    emulator::{Emulator, Fault},
};

use crate::names::Names;

thread_local! {
    /// The trace of this test's thread.
    static TRACED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct OfThisThread;

impl Write for OfThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TRACED.with_borrow_mut(|traced| traced.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Enables tracing at the most detailed level, and clears the trace of this thread. It applies to all threads, because
/// tracing caches whether an event is disabled.
fn trace() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(::tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(|| OfThisThread)
            .init();
    });
    TRACED.take();
}

fn traced() -> String {
    TRACED.with_borrow(|traced| String::from_utf8(traced.clone()).unwrap())
}

#[tokio::test]
async fn each_request_is_traced_with_operation_relay_status_and_duration() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    trace();
    client.delete_relay(&"alice".parse().unwrap()).await.unwrap_err();
    let text = traced();
    let line = text.lines().find(|line| line.contains("response received")).unwrap();
    for part in [
        "DEBUG",
        "operation=delete relay",
        "relay=alice",
        "status=404",
        "duration=",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[tokio::test]
async fn no_secret_and_no_authorization_is_traced() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let names = Names::random();
    let (id, config) = (names.id("traced"), names.config("traced"));
    trace();
    client.create_relay(&id, &config).await.unwrap();
    client.replace_relay(&id, &config).await.unwrap();
    zooid.inject(Fault::status(400).body(format!("invalid secret key: {SECRET}"), "text/plain"));
    let error = client.replace_relay(&id, &config).await.unwrap_err();
    ::tracing::error!(%error, ?error);
    let echo = serde_json::to_string(&config).unwrap();
    zooid.inject(Fault::status(502).body(echo, "text/plain"));
    let error = client.replace_relay(&id, &config).await.unwrap_err();
    ::tracing::error!(%error, ?error);

    let text = traced();
    assert!(text.contains("TRACE"), "the trace level is enabled");
    let api_key = zooid.keys().secret_key().to_secret_hex();
    for secret in [config.secret.expose(), SECRET, &api_key, "Nostr ey"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn plain_http_to_a_remote_host_is_warned_about_once() {
    trace();
    let build = |url| Client::builder(url, Keys::generate()).build().unwrap();
    build("http://127.0.0.1:3334");
    build("http://[::1]:3334");
    build("http://localhost:3334");
    build("https://zooid.example");
    assert!(!traced().contains("WARN"));
    let client = build("http://zooid.example");
    drop(client.clone());
    assert_eq!(traced().matches("unencrypted").count(), 1);
}
