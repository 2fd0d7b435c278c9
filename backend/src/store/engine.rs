use std::{collections::BTreeMap, future::Future, time::Duration};

use infra_sync::{Activity, ActivityType, Claim, Digest, Relay, SyncFailure, ZooidState};
use tokio::sync::Notify;

use super::{
    ActivityRecord, Filter, RelayState, RelaySummary, RelayView, StoreError, Worker, contact::Contact,
    ownership::UsedSchema,
};

type Done<T> = Result<T, StoreError>;

/// The operations of a database. Writes happen in a transaction from [`begin`](Engine::begin); dropping it rolls it back.
pub(super) trait Engine: Clone + Send + Sync + 'static {
    type Transaction: Send;

    /// Interval at which the tail polls for commits of other processes.
    const POLL: Duration;

    /// Limits the time to wait for the database where it can stop answering. The default implementation has no limit.
    fn answered<T: Send>(&self, work: impl Future<Output = Done<T>> + Send) -> impl Future<Output = Done<T>> + Send {
        work
    }

    /// Begins a transaction that excludes other writers, so that activities are committed in the order of `seq`.
    fn begin(&self) -> impl Future<Output = Done<Self::Transaction>> + Send;
    fn commit(transaction: Self::Transaction) -> impl Future<Output = Done<()>> + Send;

    fn fetch(
        transaction: &mut Self::Transaction,
        id: &str,
    ) -> impl Future<Output = Result<Option<Relay>, StoreError>> + Send;
    fn insert(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;
    /// Writes all columns except the identity as a new version: due now, with its failures reset.
    fn update(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;
    /// Clears the digest of the last accepted request, so that the next sync sends a request.
    fn forget_accepted(transaction: &mut Self::Transaction, id: &str) -> impl Future<Output = Done<()>> + Send;
    /// Marks a row as deleted as a new version: due now, with its failures reset.
    fn mark_deleted(transaction: &mut Self::Transaction, id: &str) -> impl Future<Output = Done<()>> + Send;
    fn record(
        transaction: &mut Self::Transaction,
        activity: &ActivityType,
        tenant_pubkey: &str,
        relay_id: &str,
    ) -> impl Future<Output = Done<()>> + Send;

    /// Returns a relay that has this host, other than the given one.
    fn owner_of_host(
        transaction: &mut Self::Transaction,
        host: &str,
        other_than: &str,
    ) -> impl Future<Output = Done<Option<String>>> + Send;
    /// Replaces the hosts of a stored relay by those of this row.
    fn claim_hosts(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;
    fn owner_of_secret(
        transaction: &mut Self::Transaction,
        secret: &str,
    ) -> impl Future<Output = Done<Option<String>>> + Send;
    /// Returns the relay that first had a schema of this normal form. It may have been deleted since.
    fn owner_of_schema(
        transaction: &mut Self::Transaction,
        normal_form: &str,
    ) -> impl Future<Output = Done<Option<String>>> + Send;
    /// Records a schema as used, unless a schema of the same normal form is recorded already. Records are never removed.
    fn use_schema(transaction: &mut Self::Transaction, used: &UsedSchema) -> impl Future<Output = Done<()>> + Send;
    fn used_schemas(&self) -> impl Future<Output = Done<Vec<UsedSchema>>> + Send;
    /// Each host of several relays, with each of them, in order.
    fn shared_hosts(&self) -> impl Future<Output = Done<Vec<(String, String)>>> + Send;
    /// The schema of each relay, with the relay.
    fn schemas(&self) -> impl Future<Output = Done<Vec<(String, String)>>> + Send;
    /// Whether rows of an older version lack their host.
    fn has_incomplete(&self) -> impl Future<Output = Done<bool>> + Send;
    fn incomplete(transaction: &mut Self::Transaction, limit: u32) -> impl Future<Output = Done<Vec<Relay>>> + Send;
    /// Sets the host of a row of an older version.
    fn set_host(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;

    /// Sets the sync state of an inserted row to that of another store.
    fn restore(transaction: &mut Self::Transaction, view: &RelayView) -> impl Future<Output = Done<()>> + Send;
    /// Inserts an activity with the id and the time it has in another store.
    fn record_again(transaction: &mut Self::Transaction, activity: &Activity) -> impl Future<Output = Done<()>> + Send;

    /// Commits successful syncs of different relays in one transaction, with their activities. Removes rows marked as deleted.
    fn complete(&self, accepted: &[(&Relay, &Digest)]) -> impl Future<Output = Done<()>> + Send;
    /// Commits failed syncs of different relays in one transaction, with their activities.
    fn fail(&self, failed: &[(&Relay, &SyncFailure)]) -> impl Future<Output = Done<()>> + Send;
    /// Called when an attempt has ended, before its result is committed.
    fn ended(&self, id: &str);
    /// Called after the result of a sync was committed.
    fn reported(&self, id: &str);

    fn claim(&self, id: &str) -> impl Future<Output = Done<Claim>> + Send;
    /// Returns `false` if the claim could expire before a request that is sent now stops being able to take effect.
    fn claim_outlasts_request(&self, id: &str) -> bool;
    fn release_claim(&self, relay: &Relay) -> impl Future<Output = Done<()>> + Send;

    fn relay_view(&self, id: &str) -> impl Future<Output = Done<Option<RelayView>>> + Send;
    fn relay_views(&self, after: &str, limit: u32) -> impl Future<Output = Done<Vec<RelayView>>> + Send;
    fn list_to_sync(&self, after: &str, limit: i64) -> impl Future<Output = Done<Vec<Relay>>> + Send;
    fn has_work(&self) -> impl Future<Output = Done<bool>> + Send;
    fn activities_after(&self, seq: i64, limit: u32) -> impl Future<Output = Done<Vec<ActivityRecord>>> + Send;
    /// Newest first.
    fn latest_activities(&self, limit: u32) -> impl Future<Output = Done<Vec<ActivityRecord>>> + Send;
    fn relay_ids(&self) -> impl Future<Output = Done<Vec<String>>> + Send;
    fn counts_by_state(&self) -> impl Future<Output = Done<BTreeMap<RelayState, u64>>> + Send;
    fn oldest_pending(&self) -> impl Future<Output = Done<Option<i64>>> + Send;
    /// Upserts the state of the zooid server as this process observed it.
    fn keep_contact(&self, state: &ZooidState) -> impl Future<Output = Done<()>> + Send;
    /// Returns the reports of all workers, newest first.
    fn contacts(&self) -> impl Future<Output = Done<Vec<Contact>>> + Send;
    fn workers(&self) -> impl Future<Output = Done<Vec<Worker>>> + Send;
    fn relay_summaries(&self, filter: &Filter, limit: u32) -> impl Future<Output = Done<Vec<RelaySummary>>> + Send;
    fn next_attempts(&self, limit: u32) -> impl Future<Output = Done<Vec<RelaySummary>>> + Send;
    /// Newest first.
    fn history(&self, relay_id: &str, limit: u32) -> impl Future<Output = Done<Vec<ActivityRecord>>> + Send;
    /// Removes at most `batch` of the oldest activities if they are older than `keep_seconds`. Returns how many.
    fn prune(&self, keep_seconds: i64, batch: u32) -> impl Future<Output = Done<u64>> + Send;
    fn last_seq(&self) -> impl Future<Output = Done<i64>> + Send;

    /// Notifies `written` of commits of other processes. Does not return.
    fn listen(&self, written: &Notify) -> impl Future<Output = ()> + Send;
    fn close(&self) -> impl Future<Output = ()> + Send;
}
