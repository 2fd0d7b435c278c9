use std::{future::Future, time::Duration};

use crate::Relay;

/// How [`Infra`](crate::Infra) reads the backend's rows. Implement it with plain `async fn`s.
pub trait Query: Send + Sync + 'static {
    /// Why a row could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The newest row of a relay, its secret included; `None` when there is no such relay.
    fn get_relay(&self, id: &str) -> impl Future<Output = Result<Option<Relay>, Self::Error>> + Send;

    /// Relays that zooid may not have as they are: never synced, changed since their last sync, or with a `sync_error`.
    /// At most `limit` of them, beginning after `after`, the last of the page before; fewer than `limit` are the last page.
    /// In any order that puts each relay in the same place for all pages, as that of their ids.
    fn list_relays_to_sync(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Relay>, Self::Error>> + Send;

    /// The newest row of a relay that is about to be synced. Where several processes work on the same rows, it is here
    /// that they agree on whose turn it is, until the sync is reported or [given back](crate::Command::give_back).
    ///
    /// By itself, it is [`get_relay`](Query::get_relay).
    fn claim_relay(&self, id: &str) -> impl Future<Output = Result<Claim, Self::Error>> + Send {
        async move {
            let relay = self.get_relay(id).await?;
            Ok(relay.map_or(Claim::Gone, |relay| Claim::Row(Box::new(relay))))
        }
    }

    /// Asked right before each request: whether the claim lasts until the request can have no effect any longer, also if
    /// it is delayed, which zooid bounds by the age of a signature that it accepts. If not, the relay is given back and
    /// claimed anew.
    ///
    /// By itself, it is always so.
    fn claim_lasts(&self, relay: &Relay) -> bool {
        let _ = relay;
        true
    }
}

/// What became of asking for a relay to sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Its newest row.
    Row(Box<Relay>),
    /// There is no such relay.
    Gone,
    /// Another process is at it; ask again after this time.
    Elsewhere(Duration),
}
