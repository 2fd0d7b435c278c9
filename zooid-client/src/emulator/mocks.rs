//! Serves the emulator through wiremock.

use std::{
    io,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::runtime::Handle;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use super::faulty_server::FaultyServer;

/// Number of requests after which the mocks are replaced, because wiremock keeps every request that a mock matched.
const MAX_MATCHED: usize = 1_000;

/// Mounts the mocks that serve the emulator.
pub(super) async fn mount(server: Arc<FaultyServer>, mock_server: &Arc<MockServer>) {
    let state = Arc::new(MockState {
        server,
        mock_server: Arc::downgrade(mock_server),
        requests: AtomicUsize::new(0),
    });
    Mock::given(ClosesConnection(Arc::clone(&state)))
        .respond_with_err(|_: &Request| io::Error::other("connection closed by an injected fault"))
        .with_priority(1)
        .mount(mock_server)
        .await;
    Mock::given(any())
        .respond_with(Responds(state))
        .mount(mock_server)
        .await;
}

/// State shared by a pair of mocks.
struct MockState {
    server: Arc<FaultyServer>,
    mock_server: Weak<MockServer>,
    requests: AtomicUsize,
}

impl MockState {
    fn count(&self) {
        if self.requests.fetch_add(1, Ordering::Relaxed) + 1 == MAX_MATCHED {
            self.replace_mocks();
        }
    }

    /// Runs between two requests, so that no request finds the server without mocks: wiremock handles requests on one
    /// thread, and no other code holds its lock.
    fn replace_mocks(&self) {
        let (server, mock_server) = (Arc::clone(&self.server), self.mock_server.clone());
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Some(mock_server) = mock_server.upgrade() {
                mock_server.reset().await;
                mount(server, &mock_server).await;
            }
        });
    }
}

/// Matches requests that end without a response.
struct ClosesConnection(Arc<MockState>);

impl Match for ClosesConnection {
    fn matches(&self, request: &Request) -> bool {
        let closes_connection = self.0.server.closes_connection(request);
        if closes_connection {
            self.0.count();
        }
        closes_connection
    }
}

/// Responds to all other requests.
struct Responds(Arc<MockState>);

impl Respond for Responds {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.count();
        self.0.server.respond(request)
    }
}
