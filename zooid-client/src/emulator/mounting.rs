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

use super::server::Server;

/// wiremock keeps every request that a mock has matched, wanted or not, so mocks are replaced after so many.
const KEPT: usize = 1_000;

/// Puts the server behind wiremock.
pub(super) async fn mount(server: Arc<Server>, listening: &Arc<MockServer>) {
    let kept = Arc::new(Kept {
        server,
        listening: Arc::downgrade(listening),
        requests: AtomicUsize::new(0),
    });
    Mock::given(HangingUp(Arc::clone(&kept)))
        .respond_with_err(|_: &Request| io::Error::other("told to hang up"))
        .with_priority(1)
        .mount(listening)
        .await;
    Mock::given(any()).respond_with(Answering(kept)).mount(listening).await;
}

/// What a pair of mocks has taken since it was mounted.
struct Kept {
    server: Arc<Server>,
    listening: Weak<MockServer>,
    requests: AtomicUsize,
}

impl Kept {
    fn count(&self) {
        if self.requests.fetch_add(1, Ordering::Relaxed) + 1 == KEPT {
            self.forget();
        }
    }

    /// No request sees the moment without mocks: this runs to its end between two of them, since wiremock handles them on
    /// one thread and nobody else holds its lock.
    fn forget(&self) {
        let (server, listening) = (Arc::clone(&self.server), self.listening.clone());
        let Ok(wiremocks) = Handle::try_current() else { return };
        wiremocks.spawn(async move {
            if let Some(listening) = listening.upgrade() {
                listening.reset().await;
                mount(server, &listening).await;
            }
        });
    }
}

/// Takes the requests that end without an answer.
struct HangingUp(Arc<Kept>);

impl Match for HangingUp {
    fn matches(&self, request: &Request) -> bool {
        let hangs_up = self.0.server.hangs_up(request);
        if hangs_up {
            self.0.count();
        }
        hangs_up
    }
}

/// Answers the others.
struct Answering(Arc<Kept>);

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.count();
        self.0.server.respond(request)
    }
}
