use std::future::Future;

use tokio::sync::broadcast;

use crate::{Activity, Relay};

/// How [`Infra`](crate::Infra) reports to the backend, and hears from it. Implement it with plain `async fn`s.
pub trait Command: Send + Sync + 'static {
    /// Why a report could not be kept.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The channel on which the backend tells what happened, after it has committed it. A capacity of a thousand or so
    /// serves well; what overflows it is found again in the rows.
    fn notify(&self) -> &broadcast::Sender<Activity>;

    /// zooid has the relay as this row says. Keep `synced` and clear `sync_error`, unless the row has a newer
    /// [`version`](Relay::version) by now; record and notify a `complete_relay_sync` activity.
    fn complete_relay_sync(&self, relay: &Relay) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// zooid could not be made to match this row. Keep the text in `sync_error` and count the failure, unless the row has
    /// a newer [`version`](Relay::version) by now; record and notify a `fail_relay_sync` activity.
    fn fail_relay_sync(&self, relay: &Relay, error: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
