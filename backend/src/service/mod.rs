//! What `infra run` and `infra dev` show over HTTP: health, metrics, and a read-only page of how the relays stand.

mod events;
mod exposition;
mod health;
mod page;
mod relays;

use std::{future::IntoFuture, io, net::SocketAddr};

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
    address: SocketAddr,
    exposition: Exposition,
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
            .with_state(Shown {
                store,
                exposition: exposition.clone(),
            });
        let listener = TcpListener::bind(address).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            exposition,
            router,
        })
    }

    /// The bound address, with the port that the system chose for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers for ever, and keeps the recorded metrics from growing. Dropping the future closes all connections, those of
    /// open pages too.
    ///
    /// # Errors
    ///
    /// When the port can no longer be listened on.
    pub async fn serve(self) -> io::Result<()> {
        tokio::select! {
            served = axum::serve(self.listener, self.router).into_future() => served,
            () = self.exposition.keep_up() => Ok(()),
        }
    }
}
