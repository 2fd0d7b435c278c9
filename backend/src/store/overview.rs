//! How the relays stand, all together and in pages.

use std::collections::BTreeMap;

use infra_sync::Activity;
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

use super::{Store, StoreError, activities};

/// A row's standing, as [`Standing::state`](super::Standing::state) has it.
const STATE: &str = "CASE
    WHEN synced_version = version AND sync_error = '' AND status = 'active' THEN 'served'
    WHEN synced_version = version AND sync_error = '' THEN 'not_served'
    WHEN given_up THEN 'given_up'
    WHEN sync_error <> '' THEN 'failing'
    WHEN synced <> 0 THEN 'changing'
    ELSE 'new' END";

const HOST: &str = "CASE WHEN custom_domain_verified AND custom_domain <> '' THEN custom_domain
    ELSE subdomain || '.' || zooid_domain END";

/// How a relay stands with zooid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayState {
    /// zooid has not had it yet.
    New,
    /// zooid has an older version.
    Changing,
    /// The last sync failed; it will be tried again.
    Failing,
    /// It waits for a change, or for an operator.
    GivenUp,
    /// zooid has it, and serves it.
    Served,
    /// zooid has it, inactive.
    NotServed,
}

/// All relays at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// How many relays are in each state; a state without any is left out.
    pub relays: BTreeMap<RelayState, u64>,
    /// Since when the oldest change that zooid does not have waits, in unix seconds, as far as activity is kept.
    pub oldest_pending: Option<i64>,
    /// Why zooid as a whole does not serve us, and since when.
    pub zooid: Option<Outage>,
}

/// zooid as a whole does not serve us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// What the last probe met.
    pub cause: String,
    /// Unix seconds.
    pub since: i64,
}

/// One relay in a list. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The relay's id.
    pub id: String,
    /// The host it answers to.
    pub host: String,
    /// What billing says of it.
    pub status: String,
    /// How it stands.
    pub state: RelayState,
    /// How many syncs have failed since the last that went well.
    pub failures: u32,
    /// What the last failed with.
    pub error: String,
    /// When it will be tried again, in unix seconds.
    pub next_attempt_at: Option<i64>,
    /// When it was last synced, in unix seconds; 0 if never.
    pub synced: i64,
}

/// Which relays are to be listed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Only those in this state.
    pub state: Option<RelayState>,
    /// Only those whose id or host contains this text.
    pub search: String,
    /// Only those after this id.
    pub after: String,
}

impl RelayState {
    /// All of them, in the order in which they want attention.
    pub const ALL: [Self; 6] = [
        Self::GivenUp,
        Self::Failing,
        Self::New,
        Self::Changing,
        Self::Served,
        Self::NotServed,
    ];

    /// As JSON and SQL spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changing => "changing",
            Self::Failing => "failing",
            Self::GivenUp => "given_up",
            Self::Served => "served",
            Self::NotServed => "not_served",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::GivenUp => "given up",
            Self::NotServed => "not served",
            other => other.as_str(),
        }
    }

    fn parse(text: &str) -> sqlx::Result<Self> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| sqlx::Error::Decode(format!("no state is called {text}").into()))
    }
}

impl Store {
    /// All relays at a glance.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn overview(&self) -> Result<Overview, StoreError> {
        let sql = format!("SELECT {STATE} AS state, count(*) AS relays FROM relay GROUP BY 1");
        let counted = sqlx::query(sqlx::AssertSqlSafe(sql))
            .try_map(|row: SqliteRow| {
                let relays: i64 = row.try_get("relays")?;
                Ok((RelayState::parse(row.try_get("state")?)?, relays.unsigned_abs()))
            })
            .fetch_all(&self.reader)
            .await?;
        let oldest_pending = sqlx::query_scalar(
            "SELECT min(changed) FROM (
                SELECT (SELECT max(created_at) FROM activity
                        WHERE resource_id = relay.id
                          AND activity_type IN ('create_relay', 'update_relay', 'activate_relay', 'deactivate_relay'))
                       AS changed
                FROM relay INDEXED BY relay_to_sync
                WHERE (synced_version < version OR sync_error <> '') AND given_up = 0 ORDER BY id LIMIT 1000)",
        )
        .fetch_one(&self.reader)
        .await?;
        Ok(Overview {
            relays: counted.into_iter().collect(),
            oldest_pending,
            zooid: self.outage().await?,
        })
    }

    /// Why zooid as a whole does not serve us, if so.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn outage(&self) -> Result<Option<Outage>, StoreError> {
        let outage = sqlx::query("SELECT cause, since FROM zooid").try_map(|row: SqliteRow| {
            Ok(Outage {
                cause: row.try_get("cause")?,
                since: row.try_get("since")?,
            })
        });
        Ok(outage.fetch_optional(&self.reader).await?)
    }

    /// Relays in order of id, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn listed(&self, filter: &Filter, limit: u32) -> Result<Vec<Listed>, StoreError> {
        let mut sql = QueryBuilder::<Sqlite>::new(format!(
            "SELECT id, {HOST} AS host, status, {STATE} AS state, sync_failures, sync_error, next_attempt_at, synced
             FROM relay WHERE id > "
        ));
        sql.push_bind(&filter.after);
        if let Some(state) = filter.state {
            sql.push(format!(" AND {STATE} = ")).push_bind(state.as_str());
        }
        if !filter.search.is_empty() {
            // instr takes the text as it is, where LIKE would see patterns.
            sql.push(format!(" AND instr(lower(id || ' ' || {HOST}), "))
                .push_bind(filter.search.to_lowercase())
                .push(") > 0");
        }
        sql.push(" ORDER BY id LIMIT ").push_bind(limit);
        Ok(sql.build().try_map(listed).fetch_all(&self.reader).await?)
    }

    /// The relays that will be tried again soonest, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn next_attempts(&self, limit: u32) -> Result<Vec<Listed>, StoreError> {
        let sql = format!(
            "SELECT id, {HOST} AS host, status, {STATE} AS state, sync_failures, sync_error, next_attempt_at, synced
             FROM relay INDEXED BY relay_to_sync
             WHERE (synced_version < version OR sync_error <> '') AND given_up = 0 AND next_attempt_at IS NOT NULL
             ORDER BY next_attempt_at, id LIMIT ?1"
        );
        let next = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(limit).try_map(listed);
        Ok(next.fetch_all(&self.reader).await?)
    }

    /// What last happened to a relay, newest first, at most `limit` of it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn history(&self, relay_id: &str, limit: u32) -> Result<Vec<Activity>, StoreError> {
        let sql = "SELECT * FROM activity WHERE resource_id = ?1 ORDER BY seq DESC LIMIT ?2";
        let recorded = sqlx::query(sql)
            .bind(relay_id)
            .bind(limit)
            .try_map(activities::recorded);
        let recorded = recorded.fetch_all(&self.reader).await?;
        Ok(recorded.into_iter().map(|recorded| recorded.activity).collect())
    }

    /// Removes activity older than so many seconds, in small batches; answers how much.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn prune_activity(&self, keep_seconds: u64) -> Result<u64, StoreError> {
        const BATCH: u32 = 500;
        // The order of commits is, nearly, that of time: the oldest come first.
        let sql = "DELETE FROM activity WHERE seq IN (SELECT seq FROM activity ORDER BY seq LIMIT ?1)
                   AND created_at < unixepoch() - ?2";
        let mut pruned = 0;
        loop {
            let mut transaction = self.begin().await?;
            let done = sqlx::query(sql)
                .bind(BATCH)
                .bind(i64::try_from(keep_seconds).unwrap_or(i64::MAX))
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            pruned += done.rows_affected();
            if done.rows_affected() < u64::from(BATCH) {
                return Ok(pruned);
            }
        }
    }
}

fn listed(row: SqliteRow) -> sqlx::Result<Listed> {
    Ok(Listed {
        id: row.try_get("id")?,
        host: row.try_get("host")?,
        status: row.try_get("status")?,
        state: RelayState::parse(row.try_get("state")?)?,
        failures: row.try_get("sync_failures")?,
        error: row.try_get("sync_error")?,
        next_attempt_at: row.try_get("next_attempt_at")?,
        synced: row.try_get("synced")?,
    })
}
