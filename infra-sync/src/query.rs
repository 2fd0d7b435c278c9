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
    /// that they agree on who syncs it, until the sync is reported or the claim is
    /// [released](crate::Command::release_claim).
    ///
    /// The default implementation calls [`get_relay`](Query::get_relay).
    fn claim_relay(&self, id: &str) -> impl Future<Output = Result<Claim, Self::Error>> + Send {
        async move {
            let relay = self.get_relay(id).await?;
            Ok(relay.map_or(Claim::NotFound, |relay| Claim::Row(Box::new(relay))))
        }
    }

    /// Called right before each request. Returns `false` if the claim could expire before the request stops being able to
    /// take effect, which is [`SETTLE_TIME`](crate::SETTLE_TIME) after it was sent. Then the claim is released and made again.
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
    /// Its newest row.
    Row(Box<Relay>),
    /// There is no such relay.
    NotFound,
    /// Another worker holds the claim. It is asked for again after this time, and no sooner than after 100 ms.
    HeldByOther(Duration),
}
