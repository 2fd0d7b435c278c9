use std::{future::Future, sync::Arc};

use infra_sync::{ActivityType, Query, Relay, RelayStatus};
use serde::Serialize;

use crate::identity;

use super::{RelayState, Store, StoreError, engine::Engine, ownership, spawn_detached::spawn_detached, with_engine};

/// The effect of a write on a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The relay was created.
    Created,
    /// The relay was changed.
    Updated,
    /// The relay is the same as before. Nothing was written.
    Unchanged,
}

/// A relay's row and its sync state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelayView {
    /// The row.
    #[serde(flatten)]
    pub relay: Relay,
    /// Whether zooid has accepted this version of the row.
    pub up_to_date: bool,
    /// Number of failed syncs since the last success.
    pub sync_failures: u32,
    /// How far the sync of the newest version is.
    pub state: RelayState,
    /// Time of the next retry, in unix seconds.
    pub next_attempt_at: Option<i64>,
}

impl Store {
    /// Creates a relay, [generates](crate::identity::complete) missing parts of its identity, and records the activity.
    ///
    /// # Errors
    ///
    /// - [`StoreError::RelayExists`]; [`StoreError::Deleted`] while a relay with this id is being deleted.
    /// - [`StoreError::Taken`] if another relay has the host, the schema or the key; [`StoreError::UsedSchema`] if a deleted
    ///   relay had the schema.
    /// - [`StoreError::Schema`] and [`StoreError::Host`] if these break the rules, unless zooid has the relay already.
    pub async fn create_relay(&self, relay: Relay) -> Result<Relay, StoreError> {
        with_engine!(self, engine => self.write(create(engine.clone(), relay)).await)
    }

    /// Applies `change` to the newest row in one transaction, and records the activity if the row differs. Changes to the
    /// identity (id, schema, secret) and to the sync state are ignored.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`]; [`StoreError::Deleted`]; [`StoreError::Taken`] and [`StoreError::Host`] for a new host; and
    /// the error of `change`.
    pub async fn update_relay<R: From<StoreError> + Send + 'static>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Relay) -> Result<(), R> + Send + 'static,
    ) -> Result<Change, R> {
        let id = id.to_owned();
        with_engine!(self, engine => self.write(update(engine.clone(), id, change)).await)
    }

    /// Creates or updates the given relays in one transaction.
    ///
    /// # Errors
    ///
    /// [`StoreError::Identity`] if a stored relay has another schema or key, and those of
    /// [`create_relay`](Store::create_relay) and [`update_relay`](Store::update_relay).
    pub async fn import_relays(&self, relays: &[Relay]) -> Result<Vec<Change>, StoreError> {
        let relays = relays.to_vec();
        with_engine!(self, engine => self.write(import(engine.clone(), relays)).await)
    }

    /// Forces a sync: resets the failures, and sends a request even if zooid has this version. For a relay that is being deleted,
    /// sends the deletion again.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn resync_relay(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        with_engine!(self, engine => self.write(resync(engine.clone(), id)).await)
    }

    /// Marks a relay as deleted and records the activity. This is final. A service then deletes the relay on zooid, and removes
    /// the row with its key when no earlier request can create the relay again. A relay that zooid never accepted is not
    /// deleted there; only its row is removed. Returns [`Change::Unchanged`] if the relay was marked before.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn delete_relay(&self, id: &str) -> Result<Change, StoreError> {
        let id = id.to_owned();
        with_engine!(self, engine => self.write(delete(engine.clone(), id)).await)
    }

    /// Returns the ids of all relays, in order.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn relay_ids(&self) -> Result<Vec<String>, StoreError> {
        with_engine!(self, engine => engine.answered(engine.relay_ids()).await)
    }

    /// Returns a relay's row, including its secret.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn relay(&self, id: &str) -> Result<Relay, StoreError> {
        self.get_relay(id)
            .await?
            .ok_or_else(|| StoreError::NoSuchRelay(id.to_owned()))
    }

    /// Returns whether any pending relay has not been given up.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn has_work(&self) -> Result<bool, StoreError> {
        with_engine!(self, engine => engine.answered(engine.has_work()).await)
    }

    /// Returns at most `limit` relays after an id, in order of id.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn relay_views(&self, after: &str, limit: u32) -> Result<Vec<RelayView>, StoreError> {
        with_engine!(self, engine => engine.answered(engine.relay_views(after, limit)).await)
    }

    /// Returns a relay with its sync state.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn relay_view(&self, id: &str) -> Result<RelayView, StoreError> {
        let view = with_engine!(self, engine => engine.answered(engine.relay_view(id)).await)?;
        view.ok_or_else(|| StoreError::NoSuchRelay(id.to_owned()))
    }

    /// Completes a write even if the returned future is dropped, then wakes the tail.
    pub(super) fn write<T: Send + 'static, R: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, R>> + Send + 'static,
    ) -> impl Future<Output = Result<T, R>> + Send {
        let written = Arc::clone(&self.written);
        spawn_detached(async move {
            let done = write.await;
            written.notify_one();
            done
        })
    }
}

async fn create<E: Engine>(engine: E, relay: Relay) -> Result<Relay, StoreError> {
    let mut transaction = engine.begin().await?;
    if let Some(stored) = E::fetch(&mut transaction, &relay.id).await? {
        check_not_deleted(&stored)?;
    }
    let relay = insert::<E>(&mut transaction, relay).await?;
    E::commit(transaction).await?;
    Ok(relay)
}

async fn update<E: Engine, R: From<StoreError>>(
    engine: E,
    id: String,
    change: impl FnOnce(&mut Relay) -> Result<(), R> + Send,
) -> Result<Change, R> {
    let mut transaction = engine.begin().await?;
    let Some(before) = E::fetch(&mut transaction, &id).await? else {
        return Err(StoreError::NoSuchRelay(id).into());
    };
    check_not_deleted(&before)?;
    let mut after = before.clone();
    change(&mut after)?;
    let outcome = replace::<E>(&mut transaction, &before, after).await?;
    E::commit(transaction).await?;
    Ok(outcome)
}

async fn import<E: Engine>(engine: E, relays: Vec<Relay>) -> Result<Vec<Change>, StoreError> {
    let mut transaction = engine.begin().await?;
    let mut changes = Vec::with_capacity(relays.len());
    for relay in relays {
        changes.push(match E::fetch(&mut transaction, &relay.id).await? {
            None => {
                insert::<E>(&mut transaction, relay).await?;
                Change::Created
            }
            Some(before) => {
                check_not_deleted(&before)?;
                check_identity(&before, &relay)?;
                replace::<E>(&mut transaction, &before, relay).await?
            }
        });
    }
    E::commit(transaction).await?;
    Ok(changes)
}

async fn resync<E: Engine>(engine: E, id: String) -> Result<(), StoreError> {
    let mut transaction = engine.begin().await?;
    let Some(relay) = E::fetch(&mut transaction, &id).await? else {
        return Err(StoreError::NoSuchRelay(id));
    };
    E::forget_accepted(&mut transaction, &id).await?;
    E::update(&mut transaction, &relay).await?;
    record::<E>(&mut transaction, &relay, &ActivityType::ResyncRelay).await?;
    E::commit(transaction).await
}

async fn delete<E: Engine>(engine: E, id: String) -> Result<Change, StoreError> {
    let mut transaction = engine.begin().await?;
    let Some(relay) = E::fetch(&mut transaction, &id).await? else {
        return Err(StoreError::NoSuchRelay(id));
    };
    if relay.deleted {
        return Ok(Change::Unchanged);
    }
    E::mark_deleted(&mut transaction, &id).await?;
    record::<E>(&mut transaction, &relay, &ActivityType::DeleteRelay).await?;
    E::commit(transaction).await?;
    Ok(Change::Updated)
}

/// Inserts a new relay. A given `deleted` is ignored.
async fn insert<E: Engine>(transaction: &mut E::Transaction, relay: Relay) -> Result<Relay, StoreError> {
    let relay = Relay {
        deleted: false,
        ..identity::complete(relay)
    };
    let relay = ownership::insert::<E>(transaction, relay).await?;
    record::<E>(transaction, &relay, &ActivityType::CreateRelay).await?;
    Ok(relay)
}

async fn replace<E: Engine>(
    transaction: &mut E::Transaction,
    before: &Relay,
    mut after: Relay,
) -> Result<Change, StoreError> {
    after.id.clone_from(&before.id);
    after.schema.clone_from(&before.schema);
    after.secret.clone_from(&before.secret);
    after.synced = before.synced;
    after.deleted = before.deleted;
    after.sync_error.clone_from(&before.sync_error);
    after.version = before.version;
    after.record.clone_from(&before.record);
    if after == *before {
        return Ok(Change::Unchanged);
    }
    let activity = match (&before.status, &after.status) {
        (same, status) if same == status => ActivityType::UpdateRelay,
        (_, RelayStatus::Active) => ActivityType::ActivateRelay,
        (RelayStatus::Active, _) => ActivityType::DeactivateRelay,
        _ => ActivityType::UpdateRelay,
    };
    ownership::update::<E>(transaction, before, &after).await?;
    record::<E>(transaction, &after, &activity).await?;
    Ok(Change::Updated)
}

async fn record<E: Engine>(
    transaction: &mut E::Transaction,
    relay: &Relay,
    activity: &ActivityType,
) -> Result<(), StoreError> {
    E::record(transaction, activity, &relay.tenant_pubkey, &relay.id).await
}

fn check_not_deleted(stored: &Relay) -> Result<(), StoreError> {
    match stored.deleted {
        true => Err(StoreError::Deleted(stored.id.clone())),
        false => Ok(()),
    }
}

/// Refuses an imported row with another schema or key. Both may be absent.
fn check_identity(stored: &Relay, given: &Relay) -> Result<(), StoreError> {
    let differs = |field| {
        Err(StoreError::Identity {
            relay: stored.id.clone(),
            field,
        })
    };
    if !given.schema.is_empty() && given.schema != stored.schema {
        return differs("schema");
    }
    if given.secret.is_some() && given.secret != stored.secret {
        return differs("secret");
    }
    Ok(())
}
