use std::future::Future;

use crate::Relay;

/// How [`Infra`](crate::Infra) reads the backend's rows. Implement it with plain `async fn`s.
pub trait Query: Send + Sync + 'static {
    /// Why a row could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The newest row of a relay, its secret included; `None` when there is no such relay.
    fn get_relay(&self, id: &str) -> impl Future<Output = Result<Option<Relay>, Self::Error>> + Send;

    /// Relays that zooid may not have as they are: never synced, changed since their last sync, or with a `sync_error`.
    /// At most `limit` of them, in order of id, beginning after `after`.
    fn list_relays_to_sync(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Relay>, Self::Error>> + Send;

    /// How many syncs of the relay have failed since the last that went well, or since the row last changed.
    fn count_sync_failures(&self, relay_id: &str) -> impl Future<Output = Result<u32, Self::Error>> + Send;
}
