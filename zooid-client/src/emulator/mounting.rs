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
    Mock::given(HangingUp(Arc::clone(&server)))
        .respond_with_err(|_: &Request| io::Error::other("told to hang up"))
        .with_priority(1)
        .mount(listening)
        .await;
    let answering = Answering {
        server,
        listening: Arc::downgrade(listening),
        answered: AtomicUsize::new(0),
    };
    Mock::given(any()).respond_with(answering).mount(listening).await;
}

/// Takes the requests that end without an answer.
struct HangingUp(Arc<Server>);

impl Match for HangingUp {
    fn matches(&self, request: &Request) -> bool {
        self.0.hangs_up(request)
    }
}

/// Answers the others.
struct Answering {
    server: Arc<Server>,
    listening: Weak<MockServer>,
    answered: AtomicUsize,
}

impl Answering {
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

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if self.answered.fetch_add(1, Ordering::Relaxed) + 1 == KEPT {
            self.forget();
        }
        self.server.respond(request)
    }
}
