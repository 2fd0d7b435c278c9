//! Summaries of relays: counts by state, lists and history.

use std::collections::BTreeMap;

use infra_sync::Activity;
use serde::{Deserialize, Serialize};
use sqlx::{ColumnIndex, Decode, Row, Type};

use super::{Store, StoreError, ZooidStatus, contact, engine::Engine, with_engine};

/// The [`RelayState`] of a row: its rule, stated once.
macro_rules! state {
    () => {
        "CASE
            WHEN deleted AND NOT given_up THEN 'deleting'
            WHEN synced_version = version AND sync_error = '' THEN 'synced'
            WHEN given_up THEN 'gave_up'
            WHEN sync_error <> '' THEN 'retrying'
            WHEN synced <> 0 THEN 'pending'
            ELSE 'new' END"
    };
}

/// The columns that [`relay_summary`] reads.
macro_rules! summary_columns {
    () => {
        concat!(
            "id, host, status, ",
            state!(),
            " AS state, sync_failures, sync_error, next_attempt_at, synced"
        )
    };
}

/// Selects summaries after an id ($1), in a state ($2), whose id or host contains a text ($3), at most $4. The text is not a
/// pattern; the engines have different functions for this search (`$position`).
macro_rules! list {
    ($position:literal) => {
        concat!(
            "SELECT ",
            summary_columns!(),
            " FROM relay WHERE id > $1 AND ($2 = '' OR ",
            state!(),
            " = $2) AND ($3 = '' OR ",
            $position,
            "(lower(id || ' ' || host), $3) > 0) ORDER BY id LIMIT $4"
        )
    };
}
pub(super) use {list, state, summary_columns};

pub(super) const COUNTS_BY_STATE: &str = concat!(
    "SELECT ",
    state!(),
    " AS state, count(*) AS relays FROM relay GROUP BY 1"
);
pub(super) const HISTORY: &str = "SELECT seq, id, tenant_pubkey, created_at, activity_type, resource_type, resource_id \
     FROM activity WHERE resource_id = $1 ORDER BY seq DESC LIMIT $2";

/// How far the sync of a relay is. Whether the relay is active is another fact, the status of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayState {
    /// Never sent to zooid.
    New,
    /// zooid has an older version.
    Pending,
    /// The row is deleted, and zooid may still have the relay.
    Deleting,
    /// The last sync failed and will be retried.
    Retrying,
    /// No retry follows until the relay changes or an operator resyncs it.
    GaveUp,
    /// zooid accepted the newest version. Whether zooid serves it is not observed.
    Synced,
}

/// The state of the whole store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Number of relays in each state. States without relays are omitted.
    pub relays: BTreeMap<RelayState, u64>,
    /// Time of the oldest change that zooid has not accepted, in unix seconds, if its activity is still stored.
    pub oldest_pending: Option<i64>,
    /// Whether the zooid server can be used.
    pub zooid: ZooidStatus,
    /// The workers that share a PostgreSQL store. Empty for SQLite, which has one worker.
    pub workers: Vec<Worker>,
}

/// A process that syncs relays. A killed process is listed for a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Worker {
    /// Its address as the server sees it, its process id and a random suffix.
    pub id: String,
    /// Start time in unix seconds.
    pub started_at: i64,
    /// Time of its last heartbeat to the store, in unix seconds. It sends one every 20 seconds.
    pub seen_at: i64,
    /// Number of relays leased to it.
    pub leases: i64,
}

/// A relay in a list, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelaySummary {
    /// The relay's id.
    pub id: String,
    /// The host of the relay.
    pub host: String,
    /// The status that billing set.
    pub status: String,
    /// The sync state.
    pub state: RelayState,
    /// Number of failed syncs since the last success.
    pub failures: u32,
    /// Error of the last failed sync.
    pub error: String,
    /// Time of the next retry, in unix seconds.
    pub next_attempt_at: Option<i64>,
    /// Time of the last successful sync, in unix seconds; 0 if none.
    pub synced: i64,
}

/// Selects the relays of a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Only relays in this state.
    pub state: Option<RelayState>,
    /// Only relays whose id or host contains this text.
    pub search: String,
    /// Only relays after this id.
    pub after: String,
}

impl RelayState {
    /// All states, those that need attention first.
    pub const ALL: [Self; 6] = [
        Self::GaveUp,
        Self::Retrying,
        Self::New,
        Self::Pending,
        Self::Deleting,
        Self::Synced,
    ];

    /// The name in JSON, in SQL and in the metric's label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Deleting => "deleting",
            Self::Retrying => "retrying",
            Self::GaveUp => "gave_up",
            Self::Synced => "synced",
        }
    }

    /// The words in tables and on the page.
    pub fn words(self) -> &'static str {
        match self {
            Self::GaveUp => "gave up",
            other => other.as_str(),
        }
    }

    pub(super) fn parse(text: &str) -> sqlx::Result<Self> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| sqlx::Error::Decode(format!("no state is called {text}").into()))
    }
}

impl Filter {
    pub(super) fn state(&self) -> &'static str {
        self.state.map_or("", RelayState::as_str)
    }
}

impl Store {
    /// Returns the state of the whole store.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn overview(&self) -> Result<Overview, StoreError> {
        Ok(Overview {
            relays: with_engine!(self, engine => engine.answered(engine.counts_by_state()).await)?,
            oldest_pending: with_engine!(self, engine => engine.answered(engine.oldest_pending()).await)?,
            zooid: self.zooid_status().await?,
            workers: with_engine!(self, engine => engine.answered(engine.workers()).await)?,
        })
    }

    /// Returns whether the zooid server can be used, as the workers last observed it.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn zooid_status(&self) -> Result<ZooidStatus, StoreError> {
        let contacts = with_engine!(self, engine => engine.answered(engine.contacts()).await)?;
        Ok(contact::status(contacts))
    }

    /// Returns at most `limit` relays in order of id.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn relay_summaries(&self, filter: &Filter, limit: u32) -> Result<Vec<RelaySummary>, StoreError> {
        with_engine!(self, engine => engine.answered(engine.relay_summaries(filter, limit)).await)
    }

    /// Returns at most `limit` relays that wait for a retry, in order of its time.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn next_attempts(&self, limit: u32) -> Result<Vec<RelaySummary>, StoreError> {
        with_engine!(self, engine => engine.answered(engine.next_attempts(limit)).await)
    }

    /// Returns at most `limit` activities of a relay, newest first.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn history(&self, relay_id: &str, limit: u32) -> Result<Vec<Activity>, StoreError> {
        let records = with_engine!(self, engine => engine.answered(engine.history(relay_id, limit)).await)?;
        Ok(records.into_iter().map(|record| record.activity).collect())
    }

    /// Removes activities older than `keep_seconds` in small batches. Returns how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn prune_activity(&self, keep_seconds: u64) -> Result<u64, StoreError> {
        const BATCH: u32 = 500;
        let keep_seconds = i64::try_from(keep_seconds).unwrap_or(i64::MAX);
        let mut pruned = 0;
        loop {
            let batch = with_engine!(self, engine => engine.answered(engine.prune(keep_seconds, BATCH)).await)?;
            pruned += batch;
            if batch < u64::from(BATCH) {
                return Ok(pruned);
            }
        }
    }
}

pub(super) fn count_of_state<R>(row: R) -> sqlx::Result<(RelayState, u64)>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> &'r str: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let relays: i64 = row.try_get("relays")?;
    Ok((RelayState::parse(row.try_get("state")?)?, relays.unsigned_abs()))
}

pub(super) fn relay_summary<R>(row: R) -> sqlx::Result<RelaySummary>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> &'r str: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(RelaySummary {
        id: row.try_get("id")?,
        host: row.try_get("host")?,
        status: row.try_get("status")?,
        state: RelayState::parse(row.try_get("state")?)?,
        failures: row.try_get::<i64, _>("sync_failures")?.try_into().unwrap_or(u32::MAX),
        error: row.try_get("sync_error")?,
        next_attempt_at: row.try_get("next_attempt_at")?,
        synced: row.try_get("synced")?,
    })
}
