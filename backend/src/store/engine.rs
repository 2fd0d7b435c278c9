use std::{collections::BTreeMap, future::Future, time::Duration};

use infra_sync::{Activity, ActivityType, Claim, Digest, Relay, SyncFailure, ZooidState};
use tokio::sync::Notify;

use super::{
    ActivityRecord, Filter, RelayState, RelaySummary, RelayView, StoreError, Worker, contact::Contact,
    ownership::UsedSchema,
};

type Done<T> = Result<T, StoreError>;

/// What a database must be able to do. Writes are made within a transaction that [began](Engine::begin) here, and one
/// that is dropped is undone.
pub(super) trait Engine: Clone + Send + Sync + 'static {
    type Transaction: Send;

    /// How soon the tail looks for commits of other processes by itself.
    const POLL: Duration;

    /// Waits for work that is done in no time, unless the database is silent.
    fn answered<T: Send>(&self, work: impl Future<Output = Done<T>> + Send) -> impl Future<Output = Done<T>> + Send {
        work
    }

    /// Begins a transaction that sees and precedes whatever others write: activities are committed in their order.
    fn begin(&self) -> impl Future<Output = Done<Self::Transaction>> + Send;
    fn commit(transaction: Self::Transaction) -> impl Future<Output = Done<()>> + Send;

    fn fetch(
        transaction: &mut Self::Transaction,
        id: &str,
    ) -> impl Future<Output = Result<Option<Relay>, StoreError>> + Send;
    fn insert(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;
    /// Writes all but the identity, as a new version that is due at once, its failures forgotten.
    fn update(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;
    /// From now on it is not known what zooid has.
    fn forget_accepted(transaction: &mut Self::Transaction, id: &str) -> impl Future<Output = Done<()>> + Send;
    /// Makes a row one to be deleted, as a new version that is due at once, its failures forgotten.
    fn mark_deleted(transaction: &mut Self::Transaction, id: &str) -> impl Future<Output = Done<()>> + Send;
    fn record(
        transaction: &mut Self::Transaction,
        activity: &ActivityType,
        tenant_pubkey: &str,
        relay_id: &str,
    ) -> impl Future<Output = Done<()>> + Send;

    /// The relay that occupies a host, unless it is only this one.
    fn owner_of_host(
        transaction: &mut Self::Transaction,
        host: &str,
        other_than: &str,
    ) -> impl Future<Output = Done<Option<String>>> + Send;
    /// Gives a stored relay the hosts of this row instead of those it had.
    fn claim_hosts(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;
    fn owner_of_secret(
        transaction: &mut Self::Transaction,
        secret: &str,
    ) -> impl Future<Output = Done<Option<String>>> + Send;
    /// The relay that was first given a schema of this normal form. It may be deleted by now.
    fn owner_of_schema(
        transaction: &mut Self::Transaction,
        normal_form: &str,
    ) -> impl Future<Output = Done<Option<String>>> + Send;
    /// Keeps a schema for ever, unless one of its normal form is kept.
    fn use_schema(transaction: &mut Self::Transaction, used: &UsedSchema) -> impl Future<Output = Done<()>> + Send;
    fn used_schemas(&self) -> impl Future<Output = Done<Vec<UsedSchema>>> + Send;
    /// Each host of several relays, with each of them, in order.
    fn shared_hosts(&self) -> impl Future<Output = Done<Vec<(String, String)>>> + Send;
    /// The schema of each relay, with the relay.
    fn schemas(&self) -> impl Future<Output = Done<Vec<(String, String)>>> + Send;
    /// Whether there are rows that an older version wrote.
    fn has_incomplete(&self) -> impl Future<Output = Done<bool>> + Send;
    fn incomplete(transaction: &mut Self::Transaction, limit: u32) -> impl Future<Output = Done<Vec<Relay>>> + Send;
    /// Writes the host of such a row.
    fn set_host(transaction: &mut Self::Transaction, relay: &Relay) -> impl Future<Output = Done<()>> + Send;

    /// Makes what is known of a row, just inserted, as it was in another store.
    fn restore(transaction: &mut Self::Transaction, view: &RelayView) -> impl Future<Output = Done<()>> + Send;
    /// Keeps an activity as it was in another store.
    fn record_again(transaction: &mut Self::Transaction, activity: &Activity) -> impl Future<Output = Done<()>> + Send;

    /// Keeps and records what zooid accepted, each of another relay: all of them or none. A deleted row goes.
    fn complete(&self, accepted: &[(&Relay, &Digest)]) -> impl Future<Output = Done<()>> + Send;
    /// Keeps and records why syncs failed, likewise.
    fn fail(&self, failed: &[(&Relay, &SyncFailure)]) -> impl Future<Output = Done<()>> + Send;
    /// An attempt has ended, whether or not its result can be kept.
    fn ended(&self, id: &str);
    /// The result of a sync was committed.
    fn reported(&self, id: &str);

    fn claim(&self, id: &str) -> impl Future<Output = Done<Claim>> + Send;
    /// Whether a claim outlasts a request that is sent now.
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
    /// Stores what this process observed of zooid as a whole.
    fn keep_contact(&self, state: &ZooidState) -> impl Future<Output = Done<()>> + Send;
    /// The reports of all workers, the newest first.
    fn contacts(&self) -> impl Future<Output = Done<Vec<Contact>>> + Send;
    fn workers(&self) -> impl Future<Output = Done<Vec<Worker>>> + Send;
    fn relay_summaries(&self, filter: &Filter, limit: u32) -> impl Future<Output = Done<Vec<RelaySummary>>> + Send;
    fn next_attempts(&self, limit: u32) -> impl Future<Output = Done<Vec<RelaySummary>>> + Send;
    /// Newest first.
    fn history(&self, relay_id: &str, limit: u32) -> impl Future<Output = Done<Vec<ActivityRecord>>> + Send;
    /// Removes the oldest activities, at most `batch` of them, if they are older than so many seconds.
    fn prune(&self, keep_seconds: i64, batch: u32) -> impl Future<Output = Done<u64>> + Send;
    fn last_seq(&self) -> impl Future<Output = Done<i64>> + Send;

    /// Wakes whoever waits for commits of other processes, for ever.
    fn listen(&self, written: &Notify) -> impl Future<Output = ()> + Send;
    fn close(&self) -> impl Future<Output = ()> + Send;
}
