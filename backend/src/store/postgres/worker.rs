use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use sqlx::{PgPool, Row, postgres::PgRow};
use tokio::time::{MissedTickBehavior, interval};

use super::{Connections, Leases};
use crate::store::{StoreError, Worker};

/// Interval of renewals. A lease survives five failed renewals.
const EVERY: Duration = Duration::from_secs(20);

const SEEN: &str = "INSERT INTO worker (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = statement_timestamp()";

/// Counts leases without an index: an index on the owner would have to be updated with each claim.
const ALL: &str = "SELECT id, extract(epoch FROM started_at)::bigint AS started_at,
       extract(epoch FROM seen_at)::bigint AS seen_at, coalesce(leases, 0) AS leases
FROM worker LEFT JOIN (SELECT lease_owner, count(*) AS leases FROM relay WHERE lease_owner IS NOT NULL GROUP BY 1) AS held
     ON lease_owner = id
ORDER BY worker.started_at, id";

/// Returns the workers that were seen within a day.
pub(super) async fn all(pool: &PgPool) -> Result<Vec<Worker>, StoreError> {
    let workers = sqlx::query(ALL).try_map(|row: PgRow| {
        Ok(Worker {
            id: row.try_get("id")?,
            started_at: row.try_get("started_at")?,
            seen_at: row.try_get("seen_at")?,
            leases: row.try_get("leases")?,
        })
    });
    Ok(workers.fetch_all(pool).await?)
}

impl Leases {
    /// Starts the renewal task at the first claim. It registers the process as a worker until the store is closed or dropped.
    pub(super) fn keep_renewed(self: &Arc<Self>, pool: &PgPool, connections: &Arc<Connections>) {
        if !self.are_renewed.swap(true, Ordering::Relaxed) {
            tokio::spawn(renew(Arc::downgrade(self), pool.clone(), Arc::clone(connections)));
        }
    }

    async fn be_seen(&self, pool: &PgPool) -> Result<(), StoreError> {
        sqlx::query(SEEN).bind(&self.owner).execute(pool).await?;
        sqlx::query("DELETE FROM worker WHERE seen_at < statement_timestamp() - interval '1 day'")
            .execute(pool)
            .await?;
        sqlx::query(
            "DELETE FROM zooid_contact WHERE seen_at < extract(epoch FROM statement_timestamp())::bigint - 86400",
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}

async fn renew(leases: Weak<Leases>, pool: PgPool, connections: Arc<Connections>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(leases) = leases.upgrade().filter(|_| !pool.is_closed()) else {
            return;
        };
        for renewed in [
            connections.answered(leases.renew(&pool)).await,
            connections.answered(leases.be_seen(&pool)).await,
        ] {
            if let Err(error) = renewed {
                tracing::error!(%error, "cannot renew leases; retrying in 20s");
            }
        }
    }
}
