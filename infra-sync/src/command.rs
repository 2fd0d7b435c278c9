use std::future::Future;

use tokio::sync::broadcast;

use crate::{Activity, Digest, Relay, SyncFailure, ZooidState};

/// How [`Infra`](crate::Infra) reports to the backend, and hears from it. Implement it with plain `async fn`s.
pub trait Command: Send + Sync + 'static {
    /// Why a report could not be kept.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The channel on which the backend tells what happened, after it has committed it. A capacity of a thousand or so
    /// serves well; what overflows it is found again in the rows.
    fn notify(&self) -> &broadcast::Sender<Activity>;

    /// zooid has the relay as this row says. Keep `synced` and clear `sync_error`, unless the row has a newer
    /// [`version`](Relay::version) by now; record and notify a `complete_relay_sync` activity.
    ///
    /// Of a row that is [`deleted`](Relay::deleted), it says that zooid no longer has the relay: remove the row.
    ///
    /// Who keeps `accepted` and gives it back in the [record](Relay::record) is spared requests that would change nothing.
    /// Forget it when the row has a newer version by now, since that may be there to force a request; and when a sync
    /// fails, since zooid may have done what was asked all the same. A backend that does not keep it is spared such requests
    /// too, while this process runs; if several processes share its rows, it must count [versions](Relay::version).
    fn complete_relay_sync(
        &self,
        relay: &Relay,
        accepted: &Digest,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// zooid could not be made to match this row. Keep the failure's message in `sync_error` and count it if it
    /// [counts](crate::FailureKind::counts), unless the row has a newer [`version`](Relay::version) by now; record and notify a
    /// `fail_relay_sync` activity.
    fn fail_relay_sync(
        &self,
        relay: &Relay,
        failure: &SyncFailure,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Ends the [claim](crate::Query::claim_relay) of a relay about which there is nothing to report. If a request was
    /// abandoned, the row's `accepted` is `None`. Its `unsettled_for` is how long requests may still take effect from now.
    /// Store both, since what zooid has is not known. The default implementation does nothing.
    fn release_claim(&self, relay: &Relay) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = relay;
        async { Ok(()) }
    }

    /// The state of zooid as a whole was observed: called when it changes, after each failed heartbeat, and about once a
    /// minute while it does not change. The default implementation does nothing.
    fn zooid_changed(&self, state: &ZooidState) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = state;
        async { Ok(()) }
    }
}
