//! The server behind wiremock's mocks.

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

/// wiremock keeps every request that a mock has matched, wanted or not, so mocks are replaced after so many.
const MAX_MATCHED: usize = 1_000;

/// Puts the server behind wiremock.
pub(super) async fn mount(server: Arc<FaultyServer>, mock_server: &Arc<MockServer>) {
    let state = Arc::new(MockState {
        server,
        mock_server: Arc::downgrade(mock_server),
        requests: AtomicUsize::new(0),
    });
    Mock::given(ClosesConnection(Arc::clone(&state)))
        .respond_with_err(|_: &Request| io::Error::other("told to hang up"))
        .with_priority(1)
        .mount(mock_server)
        .await;
    Mock::given(any())
        .respond_with(Responds(state))
        .mount(mock_server)
        .await;
}

/// What a pair of mocks has taken since it was mounted.
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

    /// No request sees the moment without mocks: this runs to its end between two of them, since wiremock handles them on
    /// one thread and nobody else holds its lock.
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

/// Takes the requests that end without an answer.
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

/// Answers the others.
struct Responds(Arc<MockState>);

impl Respond for Responds {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.count();
        self.0.server.respond(request)
    }
}
