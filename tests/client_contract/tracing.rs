//! What is traced: each request, and none of its secrets.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use contract_tests::relay::SECRET;
use tracing_subscriber::fmt::MakeWriter;
use zooid_client::{
    Client, Keys,
    emulator::{Emulator, Fault},
};

use crate::names::Names;

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// What is traced, at the most talkative level, by this thread until the guard is dropped.
fn traced() -> (Log, ::tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(::tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    (log, ::tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn each_request_is_traced_with_operation_relay_status_and_duration() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let (log, _guard) = traced();
    client.delete_relay(&"alice".parse().unwrap()).await.unwrap_err();
    let text = log.text();
    let line = text.lines().find(|line| line.contains("answered")).unwrap();
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
async fn no_secret_is_traced_nor_the_authorization() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let names = Names::random();
    let (id, config) = (names.id("traced"), names.config("traced"));
    let (log, _guard) = traced();
    client.create_relay(&id, &config).await.unwrap();
    client.replace_relay(&id, &config).await.unwrap();
    zooid.inject(Fault::status(400).body(format!("invalid secret key: {SECRET}"), "text/plain"));
    let error = client.replace_relay(&id, &config).await.unwrap_err();
    ::tracing::error!(%error, ?error);

    let text = log.text();
    assert!(text.contains("TRACE"), "the most talkative level is on");
    let api_key = zooid.keys().secret_key().to_secret_hex();
    for secret in [config.secret.expose(), SECRET, &api_key, "Nostr ey"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn plain_http_beyond_this_machine_is_warned_about_once() {
    let (log, _guard) = traced();
    let build = |url| Client::builder(url, Keys::generate()).build().unwrap();
    build("http://127.0.0.1:3334");
    build("http://[::1]:3334");
    build("http://localhost:3334");
    build("https://zooid.example");
    assert!(!log.text().contains("WARN"));
    let client = build("http://zooid.example");
    drop(client.clone());
    assert_eq!(log.text().matches("unencrypted").count(), 1);
}
