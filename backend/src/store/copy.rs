//! Copies a store into an empty one, for example from SQLite to PostgreSQL.

use super::{Store, StoreError, engine::Engine, ownership, with_engine};

const PAGE: u32 = 500;

/// Numbers of copied rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Relays.
    pub relays: u64,
    /// Activities.
    pub activities: u64,
}

impl Store {
    /// Copies all relays with their identity and sync state, all schemas ever used, and all activities into this store, which
    /// must be empty. The copy is one transaction. `progress` is called after each relay.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotEmpty`]; [`StoreError::Busy`] if `source` was written to during the copy.
    pub async fn copy_from(&self, source: &Store, progress: impl FnMut()) -> Result<Copied, StoreError> {
        with_engine!(self, engine => copy(engine, source, progress).await)
    }
}

async fn copy<E: Engine>(engine: &E, source: &Store, mut progress: impl FnMut()) -> Result<Copied, StoreError> {
    let last_seq = source.last_seq().await?;
    let mut transaction = engine.begin().await?;
    if !engine.relay_ids().await?.is_empty() || engine.last_seq().await? > 0 {
        return Err(StoreError::NotEmpty);
    }
    // Schemas first: inserting relays would otherwise assign a schema to its current relay instead of its first one.
    for used in with_engine!(source, engine => engine.answered(engine.used_schemas()).await)? {
        E::use_schema(&mut transaction, &used).await?;
    }
    let mut copied = Copied::default();
    let mut after = String::new();
    loop {
        let page = source.relay_views(&after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.relay.id);
        for view in &page {
            ownership::copy::<E>(&mut transaction, &view.relay).await?;
            E::restore(&mut transaction, view).await?;
            copied.relays += 1;
            progress();
        }
    }
    let mut seq = 0;
    loop {
        let page = source.activities_after(seq, PAGE).await?;
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for record in &page {
            E::record_again(&mut transaction, &record.activity).await?;
            copied.activities += 1;
        }
    }
    if source.last_seq().await? != last_seq {
        return Err(StoreError::Busy);
    }
    E::commit(transaction).await?;
    Ok(copied)
}
