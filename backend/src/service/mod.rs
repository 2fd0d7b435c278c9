//! What `infra run` shows over HTTP: health, metrics, and a read-only page of how the relays stand.

mod events;
mod exposition;
mod health;
mod page;
mod relays;

use std::{io, net::SocketAddr};

use axum::{Router, routing::get};
use tokio::net::TcpListener;

pub use exposition::Exposition;

use crate::store::Store;

/// What the handlers share.
#[derive(Clone, Debug)]
struct Shown {
    store: Store,
    exposition: Exposition,
}

/// A port that is listened on.
#[derive(Debug)]
pub struct Service {
    listener: TcpListener,
    router: Router,
}

impl Service {
    /// Listens, and answers nothing yet.
    ///
    /// # Errors
    ///
    /// When the address is taken, or not of this machine.
    pub async fn listen(address: SocketAddr, store: Store, exposition: Exposition) -> io::Result<Self> {
        let router = Router::new()
            .route("/", get(page::page))
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/metrics", get(exposition::metrics))
            .route("/api/overview", get(relays::overview))
            .route("/api/relays", get(relays::relays))
            .route("/api/relays/{id}/activity", get(relays::activity))
            .route("/api/events", get(events::events))
            .fallback(page::not_found)
            .with_state(Shown { store, exposition });
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            router,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers for ever. Dropping the future closes all connections, those of open pages too.
    ///
    /// # Errors
    ///
    /// When the port can no longer be listened on.
    pub async fn serve(self) -> io::Result<()> {
        axum::serve(self.listener, self.router).await
    }
}
