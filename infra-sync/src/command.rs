use std::future::Future;

use tokio::sync::broadcast;

use crate::{Activity, Digest, Relay, SyncFailure, ZooidState};

/// The backend's side of results and activities: [`Infra`](crate::Infra) reports results here and receives activities from
/// [`notify`](Command::notify). Implement the methods as plain `async fn`s.
pub trait Command: Send + Sync + 'static {
    /// The error of a report that could not be stored.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the channel on which the backend sends an activity after it has committed the change. A capacity of about 1,000
    /// is sufficient: if activities are lost because the channel is full, a scan of the rows finds the changes.
    fn notify(&self) -> &broadcast::Sender<Activity>;

    /// Stores that zooid matches this row: set `synced` and clear `sync_error`, unless the row has a newer
    /// [`version`](Relay::version) now. Then record and notify a `complete_relay_sync` activity.
    ///
    /// For a row that is [`deleted`](Relay::deleted), zooid no longer has the relay: remove the row.
    ///
    /// `accepted` is the digest of the request. If the backend stores the digest and returns it in the row's
    /// [record](Relay::record), requests that would change nothing are skipped, also after a restart. Clear the digest when the
    /// row has a newer version now, because that version may exist to force a request. Clear the digest also when a sync fails,
    /// because zooid may have applied the request. Without a stored digest, such requests are skipped only while this process
    /// runs; if several processes share the rows, the backend must then count [versions](Relay::version).
    ///
    /// # Errors
    ///
    /// When the result could not be stored. The row is then claimed and processed again after a backoff.
    fn complete_relay_sync(
        &self,
        relay: &Relay,
        accepted: &Digest,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Stores that the sync of this row failed: set `sync_error` to the message and count the failure if it
    /// [counts](crate::FailureKind::counts), unless the row has a newer [`version`](Relay::version) now. Then record and notify
    /// a `fail_relay_sync` activity.
    ///
    /// # Errors
    ///
    /// When the failure could not be stored. The row is then claimed and processed again after a backoff.
    fn fail_relay_sync(
        &self,
        relay: &Relay,
        failure: &SyncFailure,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Releases the [claim](crate::Query::claim_relay) of a relay without a result. If a request was abandoned, the record's
    /// `accepted` is `None`. The record's `unsettled_for` is the time, from now, during which earlier requests may still take
    /// effect. Store both, because the relay's configuration on zooid is unknown until then.
    ///
    /// The default implementation does nothing.
    fn release_claim(&self, relay: &Relay) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = relay;
        async { Ok(()) }
    }

    /// Stores the state of the whole zooid server. Called when the state changes, after each failed heartbeat, and about once
    /// a minute while the state does not change.
    ///
    /// The default implementation does nothing.
    fn zooid_changed(&self, state: &ZooidState) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = state;
        async { Ok(()) }
    }
}
