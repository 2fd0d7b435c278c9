//! Responses that are too large, endless, or too slow.

use std::{
    error::Error as _,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use zooid_client::{Client, Error, ErrorKind, Keys, emulator::http_client, nip11::Nip11Client};

const MIB: usize = 1024 * 1024;

/// More than the buffers of both ends of a connection hold, in bytes.
const BUFFERED: usize = 32 * MIB;

/// A server that passes each connection to a closure.
struct Server {
    url: String,
    written: Arc<AtomicUsize>,
}

/// A connection, and a counter of the bytes written to it.
struct Connection {
    stream: TcpStream,
    written: Arc<AtomicUsize>,
}

impl Server {
    fn start(connection: impl Fn(Connection) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let written = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&written);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                assert!(stream.read(&mut [0; 64 * 1024]).unwrap() > 0);
                connection(Connection {
                    stream,
                    written: Arc::clone(&counted),
                });
            }
        });
        Self { url, written }
    }

    /// Starts a server that sends this head and then chunks without end.
    fn endless(head: &'static str, chunk: Vec<u8>) -> Self {
        Self::start(move |mut connection| {
            let mut alive = connection.write(head.as_bytes());
            while alive {
                alive = connection.write(&chunk);
            }
        })
    }

    fn client(&self) -> Client {
        Client::builder(&self.url, Keys::generate()).build().unwrap()
    }

    fn nip11(&self) -> Nip11Client {
        Nip11Client::new(&self.url.parse().unwrap()).unwrap()
    }

    #[track_caller]
    fn assert_stopped_early(&self) {
        let written = self.written.load(Ordering::Relaxed);
        assert!(written < BUFFERED, "{written} bytes were taken");
    }
}

impl Connection {
    /// Returns `false` if the client has closed the connection.
    fn write(&mut self, bytes: &[u8]) -> bool {
        let written = self.stream.write_all(bytes).is_ok();
        if written {
            self.written.fetch_add(bytes.len(), Ordering::Relaxed);
        }
        written
    }
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const UNTIL_CLOSED: &str = "HTTP/1.1 200 OK\r\n\r\n";
const HUGE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1500000000\r\n\r\n";

/// Whitespace, which may precede any JSON.
fn whitespace() -> Vec<u8> {
    vec![b' '; 64 * 1024]
}

fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

fn endless_successes() -> [Server; 3] {
    [
        Server::endless(CHUNKED, chunk(&whitespace())),
        Server::endless(UNTIL_CLOSED, whitespace()),
        Server::endless(HUGE, whitespace()),
    ]
}

async fn delete(client: &Client) -> Error {
    client.delete_relay(&"alice".parse().unwrap()).await.unwrap_err()
}

#[track_caller]
fn assert_too_large(error: &Error, limit: &str) {
    assert!(matches!(error.kind(), ErrorKind::InvalidResponse(_)), "{error:?}");
    let cause = error.source().unwrap().to_string();
    assert_eq!(cause, format!("the body is larger than {limit}"));
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_success_is_read_up_to_1_mib() {
    for server in endless_successes() {
        assert_too_large(&delete(&server.client()).await, "1 MiB");
        server.assert_stopped_early();
    }
}

#[tokio::test]
async fn a_list_of_members_is_read_up_to_8_mib() {
    for server in endless_successes() {
        let listed = server.client().list_relay_members(&"alice".parse().unwrap()).await;
        assert_too_large(&listed.unwrap_err(), "8 MiB");
        server.assert_stopped_early();
    }
}

/// Starts a server that responds with this body, either chunked or with a content length.
fn with_body(body: Vec<u8>, chunked: bool) -> Server {
    Server::start(move |mut connection| {
        let bytes = if chunked {
            [CHUNKED.as_bytes(), &chunk(&body), b"0\r\n\r\n"].concat()
        } else {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            [head.as_bytes(), &body].concat()
        };
        connection.write(&bytes);
    })
}

/// Returns JSON with leading whitespace, with this length in bytes.
fn padded(json: &str, length: usize) -> Vec<u8> {
    [vec![b' '; length - json.len()], json.as_bytes().to_vec()].concat()
}

#[tokio::test]
async fn a_body_of_the_limit_is_accepted_and_a_larger_one_is_not() {
    let id = "alice".parse().unwrap();
    for chunked in [false, true] {
        let message = r#"{"message":"done"}"#;
        let server = with_body(padded(message, MIB), chunked);
        assert_eq!(server.client().delete_relay(&id).await.unwrap(), "done");
        let server = with_body(padded(message, MIB + 1), chunked);
        assert_too_large(&delete(&server.client()).await, "1 MiB");

        let members = r#"{"members":["member"]}"#;
        let server = with_body(padded(members, 8 * MIB), chunked);
        assert_eq!(server.client().list_relay_members(&id).await.unwrap(), ["member"]);
        let server = with_body(padded(members, 8 * MIB + 1), chunked);
        assert_too_large(&server.client().list_relay_members(&id).await.unwrap_err(), "8 MiB");

        let document = r#"{"name":"Alice"}"#;
        let server = with_body(padded(document, 64 * 1024), chunked);
        let read = server.nip11().relay_document("alice.example").await.unwrap().unwrap();
        assert_eq!(read.name, "Alice");
        let server = with_body(padded(document, 64 * 1024 + 1), chunked);
        let error = server.nip11().relay_document("alice.example").await.unwrap_err();
        assert_eq!(error.to_string(), "the NIP-11 document is larger than 64 KiB");
    }
}

#[tokio::test]
async fn an_endless_error_keeps_its_status_and_its_start() {
    let error = "HTTP/1.1 502 Bad Gateway\r\n\r\n";
    let server = Server::endless(error, b"Bad Gateway ".repeat(5000));
    let error = delete(&server.client()).await;
    assert_eq!(error.status().unwrap(), 502);
    assert!(
        error.response().unwrap().message.starts_with("Bad Gateway Bad"),
        "{error}"
    );
    server.assert_stopped_early();
}

#[tokio::test]
async fn a_nip_11_document_is_read_up_to_64_kib() {
    for server in endless_successes() {
        let error = server.nip11().relay_document("alice.example").await.unwrap_err();
        assert_eq!(error.to_string(), "the NIP-11 document is larger than 64 KiB");
        server.assert_stopped_early();
    }
}

#[tokio::test]
async fn the_server_time_is_read_without_the_body() {
    let head = "HTTP/1.1 200 OK\r\ndate: Tue, 24 Nov 2026 12:00:00 GMT\r\n\r\n";
    let server = Server::endless(head, whitespace());
    assert!(server.nip11().server_time().await.unwrap().is_some());
    server.assert_stopped_early();
}

/// Starts a server that sends single bytes, faster than any idle timeout.
fn slow(head: &'static str) -> Server {
    Server::start(move |mut connection| {
        let mut alive = connection.write(head.as_bytes());
        while alive {
            thread::sleep(Duration::from_millis(10));
            alive = connection.write(b" ");
        }
    })
}

/// Much longer than the timeouts of the clients.
const DEADLINE: Duration = Duration::from_secs(20);

async fn delete_within_deadline(client: &Client) -> Error {
    let error = tokio::time::timeout(DEADLINE, delete(client)).await;
    assert!(error.is_ok(), "the client did not time out");
    error.unwrap()
}

#[tokio::test]
async fn a_slow_body_ends_with_the_timeout() {
    for head in [UNTIL_CLOSED, HUGE, "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"] {
        let server = slow(head);
        let builder = || Client::builder(&server.url, Keys::generate()).timeout(Duration::from_millis(300));
        let own_http = http_client().build().unwrap();
        for client in [builder().build().unwrap(), builder().http(own_http).build().unwrap()] {
            let started = Instant::now();
            let error = delete_within_deadline(&client).await;
            if head == HUGE {
                assert_too_large(&error, "1 MiB");
            } else {
                assert!(
                    matches!(error.kind(), ErrorKind::Transport(cause) if cause.is_timeout()),
                    "{error:?}"
                );
                assert_eq!(
                    error.to_string(),
                    "cannot delete relay alice: zooid did not respond in time"
                );
                assert!(started.elapsed() >= Duration::from_millis(300));
            }
        }
    }
}

#[tokio::test]
async fn a_slow_error_keeps_its_status_after_the_timeout() {
    let server = slow("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    let client = Client::builder(&server.url, Keys::generate()).timeout(Duration::from_millis(300));
    let client = client.http(http_client().build().unwrap()).build().unwrap();
    assert_eq!(delete_within_deadline(&client).await.status().unwrap(), 503);
}

#[tokio::test]
async fn the_timeout_applies_to_a_custom_http_client() {
    let server = Server::start(|connection| {
        let _open = connection;
        loop {
            thread::park();
        }
    });
    let client = Client::builder(&server.url, Keys::generate()).timeout(Duration::from_millis(100));
    let client = client.http(http_client().build().unwrap()).build().unwrap();
    let error = delete_within_deadline(&client).await;
    assert!(
        matches!(error.kind(), ErrorKind::Transport(cause) if cause.is_timeout()),
        "{error:?}"
    );
}

/// `{"message": "relay deleted successfully"}`
const GZIPPED: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4d\x2d\x2e\x4e\x4c\x4f\x55\xb2\x52\x50\x2a\x4a\
    \xcd\x49\xac\x54\x48\x49\xcd\x49\x2d\x49\x4d\x51\x28\x2e\x4d\x4e\x06\xca\xa5\x95\xe6\xe4\x54\x2a\xd5\
    \x02\x00\x8a\x16\x0b\x48\x29\x00\x00\x00";

#[tokio::test]
async fn a_compressed_response_is_not_decompressed() {
    let server = Server::start(|mut connection| {
        let length = GZIPPED.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n");
        let _ = connection.write(head.as_bytes()) && connection.write(GZIPPED);
    });
    let error = delete(&server.client()).await;
    assert!(matches!(error.kind(), ErrorKind::InvalidResponse(_)), "{error:?}");
}
