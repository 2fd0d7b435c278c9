//! In which order a worker goes through what is to be synced.
//!
//! If all workers went through it in the same order, each would come to what another is at. So relays are in slots, by a
//! hash of their id, and each worker takes the slots in an order of its own: that of `slot XOR start`, in which two
//! workers are in the same slot only when one is ahead of the other. Starts are given out as far apart as can be.

use infra_sync::Relay;
use sqlx::PgPool;
use tokio::sync::OnceCell;

use super::columns;
use crate::store::{
    StoreError,
    sql::{self, pending},
};

/// The hash is the one that tables are partitioned by, so that it never changes. The index has it too.
macro_rules! slot {
    ($id:literal) => {
        concat!("(hashtextextended(", $id, ", 0) & 31)")
    };
}

const BITS: u32 = 5;
const SLOTS: i64 = 1 << BITS;

/// Of the slots from one turn to another, those that come first. In the first slot, what comes after `$4`.
const LIST: &str = concat!(
    "SELECT relay.* FROM generate_series($1::bigint, $2::bigint) AS turn CROSS JOIN LATERAL (SELECT ",
    columns!(),
    " FROM relay WHERE ",
    slot!("id"),
    " = turn # $3 AND ",
    pending!(),
    " AND NOT given_up AND id > CASE turn WHEN $1 THEN $4 ELSE '' END ORDER BY id LIMIT $5) AS relay
    ORDER BY turn, id LIMIT $5"
);

const SLOT_OF: &str = concat!("SELECT ", slot!("$1::text"));

/// Where this process begins, once it is known.
#[derive(Debug, Default)]
pub(super) struct ScanOrder(OnceCell<i64>);

impl ScanOrder {
    /// The relays to sync that come after this one, or the first ones.
    pub(super) async fn list(&self, pool: &PgPool, after: &str, limit: i64) -> Result<Vec<Relay>, StoreError> {
        let start = *self.0.get_or_try_init(|| start(pool)).await?;
        let mut turn = match after {
            "" => 0,
            after => start ^ slot_of(pool, after).await?,
        };
        let mut relays = Vec::new();
        let (mut after, mut turns) = (after, 1);
        // Where slots are well filled one is enough, and where they are not they are read quickly.
        while turn < SLOTS && (relays.len() as i64) < limit {
            let last = (turn + turns).min(SLOTS) - 1;
            let page = sqlx::query(LIST)
                .bind(turn)
                .bind(last)
                .bind(start)
                .bind(after)
                .bind(limit - relays.len() as i64)
                .try_map(|row| sql::relay(&row));
            relays.extend(page.fetch_all(pool).await?);
            (turn, turns, after) = (last + 1, turns * 4, "");
        }
        Ok(relays)
    }
}

async fn slot_of(pool: &PgPool, id: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(SLOT_OF).bind(id).fetch_one(pool).await?)
}

/// Halves first, then quarters, then eighths, so that workers that follow each other are far apart.
async fn start(pool: &PgPool) -> Result<i64, StoreError> {
    let number: i64 = sqlx::query_scalar("SELECT nextval('worker_number')")
        .fetch_one(pool)
        .await?;
    let mirrored = number.cast_unsigned().reverse_bits() >> (u64::BITS - BITS);
    Ok(mirrored.cast_signed())
}
