//! Leases: claims of relays, with an expiry.
//!
//! A lease is stored in the relay's row and expires by the server's clock, so that a killed worker needs no cleanup. Reports are
//! fenced by the lease's token: a report that arrives after another worker has taken over changes nothing.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use infra_sync::{ActivityType, Claim, Relay, SETTLE_TIME};
use sqlx::{PgPool, Row, Transaction, postgres::PgRow};
use tokio::time::Instant;

use super::{Postgres, columns, now};
use crate::store::{
    StoreError,
    engine::Engine,
    sql::{self, pending},
};

/// Maximum time until a claim is tried again, so that a released relay waits at most a second.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Duration of a lease. The statements have the same value.
const LEASE: Duration = Duration::from_secs(120);

/// Longer than any attempt. A lease held for longer belongs to a dropped attempt and is no longer renewed.
const LONGEST: Duration = Duration::from_secs(600);

/// A host can move from a row that is leased to another one. zooid accepts two requests with the same host if they overlap, so
/// the other row waits for the lease. Schemas never move. Within this worker, the scheduler takes care.
macro_rules! host_is_free {
    () => {
        " AND NOT EXISTS (SELECT 1 FROM relay other
             WHERE other.lease_host = relay.host AND other.id <> relay.id AND other.lease_owner <> $2
               AND other.leased_until > statement_timestamp())"
    };
}

const LOST_WORKER: &str = "the worker that was syncing it stopped without a word";

/// A row that is up to date is not claimed. `accepted` is unknown from the claim to the report. A lease of this worker that it
/// has no record of came from a claim whose reply was lost.
const CLAIM: &str = concat!(
    "UPDATE relay SET lease_owner = $2, lease_token = lease_token + 1, lease_version = version,
            lease_accepted = accepted, accepted = NULL, lease_host = host, leased_until = statement_timestamp() + interval '120 seconds'
     WHERE id = $1 AND ",
    pending!(),
    " AND (leased_until IS NULL OR lease_owner = $2 AND (lease_token = $3 OR $4))",
    host_is_free!(),
    " RETURNING lease_token, lease_accepted, ",
    columns!()
);

/// A worker that stopped during an attempt counts as a failure of that version, so that a relay that crashes every worker is
/// eventually given up. The effect of its requests is unknown, but a lease outlasts each request, so none can still take
/// effect.
const TAKE_OVER: &str = concat!(
    "UPDATE relay SET lease_owner = $2, lease_token = lease_token + 1, lease_version = version, lease_accepted = NULL,
            lease_host = host, leased_until = statement_timestamp() + interval '120 seconds',
            sync_failures = sync_failures + (lease_version = version AND NOT given_up)::int,
            sync_error = CASE WHEN lease_version = version AND NOT given_up THEN $3 ELSE sync_error END
     WHERE id = $1 AND leased_until < statement_timestamp() AND ",
    pending!(),
    host_is_free!(),
    " RETURNING lease_token, lease_accepted, ",
    columns!()
);

const LOOK: &str = concat!(
    "SELECT extract(epoch FROM leased_until - statement_timestamp())::float8 AS left, ",
    columns!(),
    " FROM relay WHERE id = $1"
);

/// A report without a claim is accepted while no worker holds one.
const RELEASE: &str = "UPDATE relay SET lease_owner = NULL, lease_accepted = NULL, leased_until = NULL
WHERE id = $1 AND lease_owner IS NOT DISTINCT FROM $2 AND ($3::bigint IS NULL OR lease_token = $3)";

/// `accepted` is restored only if it was not cleared since the claim.
const RELEASE_CLAIM: &str = concat!(
    "UPDATE relay SET accepted = CASE WHEN lease_accepted = $4 THEN $4 END, lease_owner = NULL, lease_accepted = NULL,
       leased_until = NULL, unsettled_until = greatest(unsettled_until, ",
    now!(),
    " + $5)
WHERE id = $1 AND lease_owner = $2 AND lease_token = $3"
);

/// The attempt may have sent a request just before.
const ABANDON: &str = concat!(
    "UPDATE relay SET lease_owner = NULL, lease_accepted = NULL, leased_until = NULL,
       unsettled_until = greatest(unsettled_until, ",
    now!(),
    " + $4)
WHERE id = $1 AND lease_owner = $2 AND lease_token = $3"
);

const RENEW: &str = "UPDATE relay SET leased_until = statement_timestamp() + interval '120 seconds'
WHERE id = $1 AND lease_owner = $2 AND lease_token = $3";

/// The leases of this process.
#[derive(Debug)]
pub(super) struct Leases {
    /// Unique for each process: a restarted process is another worker.
    pub(super) owner: String,
    held: Mutex<HashMap<String, Held>>,
    pub(super) are_renewed: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    token: i64,
    since: Instant,
    /// Expiry by the clock of this process, never later than by the server's clock.
    until: Instant,
    /// The attempt has ended, but the row may still have the lease.
    over: bool,
}

impl Leases {
    pub(super) fn of(owner: String) -> Self {
        Self {
            owner,
            held: Mutex::default(),
            are_renewed: AtomicBool::default(),
        }
    }

    /// Claims a relay that has no lease, or an expired lease.
    pub(super) async fn claim(&self, engine: &Postgres, id: &str) -> Result<Claim, StoreError> {
        let held = self.held().get(id).copied();
        let over = held.filter(|held| held.over).map(|held| held.token);
        let asked = Instant::now();
        let claimed = sqlx::query(CLAIM)
            .bind(id)
            .bind(&self.owner)
            .bind(over)
            .bind(held.is_none())
            .fetch_optional(&engine.pool)
            .await?;
        if let Some(row) = claimed {
            return self.hold(id, &row, asked);
        }
        let Some(row) = sqlx::query(LOOK).bind(id).fetch_optional(&engine.pool).await? else {
            self.forget(id);
            return Ok(Claim::NotFound);
        };
        let relay = sql::relay(&row)?;
        if relay.is_up_to_date() {
            return Ok(Claim::Row(Box::new(relay)));
        }
        match row.try_get::<Option<f64>, _>("left")? {
            Some(left) if left < 0.0 => self.take_over(engine, id).await,
            Some(left) => Ok(Claim::HeldByOther(Duration::from_secs_f64(left).min(ASK_AGAIN))),
            // The lease was released between the two statements.
            None => Ok(Claim::HeldByOther(Duration::ZERO)),
        }
    }

    async fn take_over(&self, engine: &Postgres, id: &str) -> Result<Claim, StoreError> {
        let mut transaction = engine.begin().await?;
        let asked = Instant::now();
        let taken = sqlx::query(TAKE_OVER)
            .bind(id)
            .bind(&self.owner)
            .bind(LOST_WORKER)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = taken else {
            return Ok(Claim::HeldByOther(ASK_AGAIN));
        };
        let relay = sql::relay(&row)?;
        if relay.sync_error == LOST_WORKER && !relay.record.given_up {
            let activity = ActivityType::FailRelaySync;
            Postgres::record(&mut transaction, &activity, &relay.tenant_pubkey, id).await?;
        }
        Postgres::commit(transaction).await?;
        tracing::warn!(
            relay = id,
            failures = relay.record.failures,
            "{LOST_WORKER}; taken over"
        );
        self.hold(id, &row, asked)
    }

    fn hold(&self, id: &str, row: &PgRow, asked: Instant) -> Result<Claim, StoreError> {
        let held = Held {
            token: row.try_get("lease_token")?,
            since: asked,
            until: asked + LEASE,
            over: false,
        };
        self.held().insert(id.to_owned(), held);
        let mut relay = sql::relay(row)?;
        relay.record.accepted = row
            .try_get::<Option<String>, _>("lease_accepted")?
            .and_then(|digest| digest.parse().ok());
        Ok(Claim::Row(Box::new(relay)))
    }

    /// Returns `false` if the lease could expire before a request that is sent now stops being able to take effect. A suspended
    /// worker may have lost its lease without knowing.
    pub(super) fn lasts(&self, id: &str) -> bool {
        let lasts = |held: &Held| !held.over && Instant::now() + SETTLE_TIME <= held.until;
        self.held().get(id).is_some_and(lasts)
    }

    /// Releases the lease of a reported relay in the transaction of the report. Returns `false` if the lease was lost; the report
    /// must then be discarded.
    pub(super) async fn release(
        &self,
        transaction: &mut Transaction<'static, sqlx::Postgres>,
        id: &str,
    ) -> Result<bool, StoreError> {
        let token = self.end(id);
        let released = sqlx::query(RELEASE)
            .bind(id)
            .bind(token.map(|_| self.owner.as_str()))
            .bind(token)
            .execute(&mut **transaction)
            .await?;
        let is_ours = released.rows_affected() > 0;
        if !is_ours {
            tracing::warn!(relay = id, "lease lost to another worker; result discarded");
        }
        Ok(is_ours)
    }

    /// Releases the lease of a relay without a report.
    pub(super) async fn release_claim(&self, pool: &PgPool, relay: &Relay) -> Result<(), StoreError> {
        if let Some(token) = self.end(&relay.id) {
            sqlx::query(RELEASE_CLAIM)
                .bind(&relay.id)
                .bind(&self.owner)
                .bind(token)
                .bind(relay.record.accepted.map(|accepted| accepted.to_string()))
                .bind(relay.record.unsettled_for.map(sql::milliseconds))
                .execute(pool)
                .await?;
            self.forget(&relay.id);
        }
        Ok(())
    }

    /// Releases all leases and unregisters this worker. The effect of the abandoned attempts is unknown.
    pub(super) async fn release_all(&self, pool: &PgPool) -> Result<(), StoreError> {
        let held: Vec<_> = self.held().drain().collect();
        for (id, lease) in held {
            sqlx::query(ABANDON)
                .bind(id)
                .bind(&self.owner)
                .bind(lease.token)
                .bind(sql::milliseconds(SETTLE_TIME))
                .execute(pool)
                .await?;
        }
        if self.are_renewed.load(Ordering::Relaxed) {
            for sql in [
                "DELETE FROM worker WHERE id = $1",
                "DELETE FROM zooid_contact WHERE worker = $1",
            ] {
                sqlx::query(sql).bind(&self.owner).execute(pool).await?;
            }
        }
        Ok(())
    }

    /// Renews each lease whose attempt is running.
    pub(super) async fn renew(&self, pool: &PgPool) -> Result<(), StoreError> {
        // One row per statement: an update of several rows could deadlock with a change.
        for (id, token) in self.under_way() {
            let asked = Instant::now();
            let renewed = sqlx::query(RENEW)
                .bind(&id)
                .bind(&self.owner)
                .bind(token)
                .execute(pool)
                .await?;
            let is_ours = renewed.rows_affected() > 0;
            let until = if is_ours { asked + LEASE } else { asked };
            if self.put_off(&id, token, until) && !is_ours {
                tracing::warn!(relay = id, "another worker has taken over");
            }
        }
        Ok(())
    }

    /// Removes the record of a lease.
    pub(super) fn forget(&self, id: &str) {
        self.held().remove(id);
    }

    /// Marks an attempt as ended and returns the lease's token. The lease is not renewed, and this worker may claim the relay again.
    pub(super) fn end(&self, id: &str) -> Option<i64> {
        let mut held = self.held();
        let lease = held.get_mut(id)?;
        lease.over = true;
        Some(lease.token)
    }

    /// Extends a lease unless its attempt has ended. Returns whether it did.
    fn put_off(&self, id: &str, token: i64, until: Instant) -> bool {
        let mut held = self.held();
        let lease = held.get_mut(id).filter(|lease| lease.token == token && !lease.over);
        lease.map(|lease| lease.until = until).is_some()
    }

    fn under_way(&self) -> Vec<(String, i64)> {
        let held = self.held();
        held.iter()
            .filter(|(_, lease)| !lease.over && lease.since.elapsed() < LONGEST)
            .map(|(id, lease)| (id.clone(), lease.token))
            .collect()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        // Nothing panics under the lock.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
