//! Requests without a complete response.

use std::{error::Error as _, io::Write, net::TcpListener, thread, time::Duration};

use zooid_client::{
    Client, Error, ErrorKind, Keys,
    emulator::{Emulator, Fault},
};

async fn delete(client: &Client) -> Error {
    let error = client.delete_relay(&"alice".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{error:?}");
    assert!(error.is_transient() && !error.invalid() && !error.not_allowed() && !error.not_found());
    assert_eq!((error.status(), error.retry_after()), (None, None));
    error
}

fn client(url: &str) -> Client {
    Client::builder(url, Keys::generate())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_refused_connection_is_reported() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = delete(&client(&format!("http://127.0.0.1:{port}"))).await;
    assert_eq!(error.to_string(), "cannot delete relay alice: zooid cannot be reached");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_timeout_is_reported() {
    let zooid = Emulator::start().await;
    zooid.inject(Fault::delay(Duration::from_secs(60)));
    let client = Client::builder(&zooid.url(), zooid.keys().clone());
    let error = delete(&client.timeout(Duration::from_millis(100)).build().unwrap()).await;
    assert_eq!(
        error.to_string(),
        "cannot delete relay alice: zooid did not respond in time"
    );
}

/// Starts a server that accepts one request, sends these bytes and closes the connection.
fn once(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Read::read(&mut stream, &mut [0; 64 * 1024]).unwrap();
        stream.write_all(bytes).unwrap();
    });
    url
}

#[tokio::test]
async fn a_lost_connection_is_reported() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"nonsense\r\n\r\n",
    ] {
        let error = delete(&client(&once(bytes))).await;
        assert_eq!(
            error.to_string(),
            "cannot delete relay alice: the connection to zooid was lost"
        );
    }
}
