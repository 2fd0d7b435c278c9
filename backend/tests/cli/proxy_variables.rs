//! The variables that name an HTTP proxy for other programs.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use zooid_client::emulator::Emulator;

use crate::program::Program;

const VARIABLES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// A proxy that only counts its connections.
struct Proxy {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        thread::spawn(move || {
            for connection in listener.incoming() {
                counted.fetch_add(1, Ordering::Relaxed);
                drop(connection);
            }
        });
        Self { url, connections }
    }
}

#[tokio::test]
async fn no_request_goes_through_a_proxy_that_only_the_environment_names() {
    let proxy = Proxy::start();
    let zooid = Emulator::start().await;
    let program = VARIABLES.iter().fold(Program::for_zooid(&zooid), |program, name| {
        program.with(name, &proxy.url)
    });
    program.create("alice");
    let service = program.start();
    program.until_up_to_date("alice");
    assert_eq!(service.stop(), 0);
    for args in [&["zooid", "members", "alice"][..], &["config", "check"], &["verify"]] {
        program.done(args);
    }
    assert_eq!(proxy.connections.load(Ordering::Relaxed), 0);
}
