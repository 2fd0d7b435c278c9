//! The class of every error: all operations × all responses.

use std::{io::Read, net::TcpListener, thread, time::Duration};

use zooid_client::{
    Client, Error, ErrorKind, HEARTBEAT_ID, InUse, Operation, RelayId,
    emulator::{Emulator, Fault},
    types::RelayPatch,
};

use crate::names::Names;

const OPERATIONS: [Operation; 6] = [
    Operation::CreateRelay,
    Operation::ReplaceRelay,
    Operation::PatchRelay,
    Operation::DeleteRelay,
    Operation::ListRelayMembers,
    Operation::Heartbeat,
];

/// The class of an error, according to its predicates. Only a clock difference has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Transient,
    NotAllowed,
    Invalid,
    NotFound,
    AlreadyExists,
    InUse(InUse),
    Permanent,
}

fn class(error: &Error) -> Class {
    let classes: Vec<Class> = [
        error.is_transient().then_some(Class::Transient),
        error.not_allowed().then_some(Class::NotAllowed),
        error.invalid().then_some(Class::Invalid),
        error.not_found().then_some(Class::NotFound),
        error.already_exists().then_some(Class::AlreadyExists),
        error.in_use().map(Class::InUse),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(classes.len() <= 1, "{error}: {classes:?}");
    classes.first().copied().unwrap_or(Class::Permanent)
}

/// Classes by status, for any body.
const STATUSES: [(u16, Class); 29] = [
    (300, Class::Permanent),
    (301, Class::Permanent),
    (302, Class::Permanent),
    (303, Class::Permanent),
    (307, Class::Permanent),
    (308, Class::Permanent),
    (400, Class::Invalid),
    (401, Class::NotAllowed),
    (402, Class::Permanent),
    (403, Class::NotAllowed),
    (404, Class::Permanent),
    (405, Class::Permanent),
    (407, Class::Permanent),
    (408, Class::Transient),
    (409, Class::Permanent),
    (410, Class::Permanent),
    (411, Class::Permanent),
    (413, Class::Permanent),
    (418, Class::Permanent),
    (422, Class::Permanent),
    (425, Class::Transient),
    (429, Class::Transient),
    (431, Class::Permanent),
    (500, Class::Transient),
    (501, Class::Transient),
    (502, Class::Transient),
    (503, Class::Transient),
    (504, Class::Transient),
    (507, Class::Transient),
];

const BODIES: [(&str, &str); 4] = [
    ("application/json", r#"{"error":"some words"}"#),
    ("text/html", "<html><h1>Bad Gateway</h1></html>"),
    ("text/plain", ""),
    ("application/json", r#"{"error":"trunc"#),
];

/// Classes by status and zooid's message.
const WORDS: [(u16, &str, Class); 4] = [
    (404, "relay not found", Class::NotFound),
    (409, "relay with this id already exists", Class::AlreadyExists),
    (409, "schema \"a\" is already in use", Class::InUse(InUse::Schema)),
    (409, "host \"a.example\" is already in use", Class::InUse(InUse::Host)),
];

async fn failure(client: &Client, operation: Operation) -> Error {
    let names = Names::random();
    let (id, config): (RelayId, _) = (names.id("table"), names.config("table"));
    let error = match operation {
        Operation::CreateRelay => client.create_relay(&id, &config).await.map(drop),
        Operation::ReplaceRelay => client.replace_relay(&id, &config).await.map(drop),
        Operation::PatchRelay => client.patch_relay(&id, &RelayPatch::default()).await.map(drop),
        Operation::DeleteRelay => client.delete_relay(&id).await.map(drop),
        Operation::ListRelayMembers => client.list_relay_members(&id).await.map(drop),
        Operation::Heartbeat => client.heartbeat().await,
    }
    .unwrap_err();
    assert_eq!(error.operation(), operation);
    let relay = if operation == Operation::Heartbeat {
        HEARTBEAT_ID
    } else {
        id.as_str()
    };
    assert_eq!(error.relay().as_str(), relay);
    error
}

#[tokio::test]
async fn each_status_has_one_class_for_each_operation_and_any_body() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    for operation in OPERATIONS {
        for (status, expected) in STATUSES {
            for (content_type, body) in BODIES {
                zooid.inject(Fault::status(status).body(body, content_type).retry_after("3"));
                let error = failure(&client, operation).await;
                let cell = format!("{operation}, {status}, {body:?}: {error}");
                assert_eq!(class(&error), expected, "{cell}");
                assert!(
                    matches!(error.kind(), ErrorKind::Response(response) if response.status == status),
                    "{cell}"
                );
                assert_eq!(error.retry_after(), Some(Duration::from_secs(3)), "{cell}");
            }
        }
    }
}

#[tokio::test]
async fn each_message_of_zooid_has_one_class_for_each_operation() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    for operation in OPERATIONS {
        for (status, words, expected) in WORDS {
            if (operation, expected) == (Operation::Heartbeat, Class::NotFound) {
                // A heartbeat expects this response.
                continue;
            }
            let body = serde_json::json!({ "error": words }).to_string();
            zooid.inject(Fault::status(status).body(body, "application/json"));
            let error = failure(&client, operation).await;
            assert_eq!(class(&error), expected, "{operation}: {error}");
            assert_eq!(error.response().unwrap().message, words);
        }
    }
}

#[tokio::test]
async fn a_foreign_success_is_transient_for_each_operation() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    for operation in OPERATIONS {
        for status in [200, 201, 202, 204, 206] {
            for body in ["", "<h1>Welcome</h1>", r#"{"message":"tr"#, "{}", r#"{"message":7}"#] {
                zooid.inject(Fault::status(status).body(body, "text/html"));
                let error = failure(&client, operation).await;
                let cell = format!("{operation}, {status}, {body:?}: {error}");
                assert!(matches!(error.kind(), ErrorKind::InvalidResponse(_)), "{cell}");
                assert_eq!(class(&error), Class::Transient, "{cell}");
            }
        }
    }
}

/// Starts a server that resets every connection.
fn resetting_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            // Closing before everything is read resets the connection.
            let _ = stream.unwrap().read(&mut [0; 16]);
        }
    });
    url
}

#[tokio::test]
async fn a_missing_response_is_transient_for_each_operation() {
    let zooid = Emulator::start().await;
    let keys = zooid.keys().clone();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let build = |url: String| Client::builder(&url, keys.clone()).timeout(Duration::from_millis(200));
    let clients = [
        ("refused", build(format!("http://{closed}"))),
        ("reset", build(resetting_server())),
        ("timeout", build(zooid.url())),
        ("no TLS", build(zooid.url().replace("http:", "https:"))),
    ];
    for (what, client) in clients {
        let client = client.build().unwrap();
        for operation in OPERATIONS {
            if what == "timeout" {
                zooid.inject(Fault::delay(Duration::from_secs(60)));
            }
            let error = failure(&client, operation).await;
            assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{what}: {error:?}");
            assert_eq!(
                (class(&error), error.status()),
                (Class::Transient, None),
                "{what}, {operation}"
            );
        }
    }
}
