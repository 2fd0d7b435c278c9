use std::{future::Future, time::Duration};

use crate::Relay;

/// The backend's side of rows: [`Infra`](crate::Infra) reads and claims rows here. Implement the methods as plain `async fn`s.
pub trait Query: Send + Sync + 'static {
    /// The error of a row that could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the newest row of a relay with its secret; `None` if there is no such relay.
    fn get_relay(&self, id: &str) -> impl Future<Output = Result<Option<Relay>, Self::Error>> + Send;

    /// Returns a page of pending rows: never synced, changed since the last sync, or with a `sync_error`.
    ///
    /// A page has at most `limit` rows and starts after the row with the id `after`, the last of the previous page. A page with
    /// fewer than `limit` rows is the last one. The order must be the same for all pages, for example by id.
    fn list_relays_to_sync(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Relay>, Self::Error>> + Send;

    /// Claims a relay for a sync and returns its newest row. If several processes share the rows, only one of them may hold the
    /// claim. The claim ends when the sync is reported or the claim is [released](crate::Command::release_claim).
    ///
    /// The default implementation calls [`get_relay`](Query::get_relay).
    fn claim_relay(&self, id: &str) -> impl Future<Output = Result<Claim, Self::Error>> + Send {
        async move {
            let relay = self.get_relay(id).await?;
            Ok(relay.map_or(Claim::NotFound, |relay| Claim::Row(Box::new(relay))))
        }
    }

    /// Called right before each request. Returns `false` if the claim could expire before the request stops being able to
    /// take effect, which is [`SETTLE_TIME`](crate::SETTLE_TIME) after it was sent. If `false`, the claim is released and
    /// made again.
    ///
    /// The default implementation returns `true`.
    fn claim_outlasts_request(&self, relay: &Relay) -> bool {
        let _ = relay;
        true
    }
}

/// The result of claiming a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The relay was claimed. Contains its newest row.
    Row(Box<Relay>),
    /// There is no such relay.
    NotFound,
    /// Another worker holds the claim. The next attempt to claim the relay follows after this time, but after at least 100 ms.
    HeldByOther(Duration),
}
