use infra_sync::{ActivityType, Query, Relay, RelayStatus, SyncRecord, zooid_client::Secret};
use serde::Serialize;
use sqlx::{Row, Sqlite, Transaction, query::Query as Sql, sqlite::SqliteArguments, sqlite::SqliteRow};

use crate::identity;

use super::{Store, StoreError, activities};

const INSERT: &str = "INSERT INTO relay
    (id, tenant_pubkey, subdomain, zooid_domain, custom_domain, custom_domain_verified, plan_id, status, info_name,
     info_icon, info_description, policy_public_read, policy_public_write, policy_public_join, policy_strip_signatures,
     groups_enabled, management_enabled, blossom_enabled, livekit_enabled, push_enabled, members_can_invite,
     schema, secret, synced)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)";

/// A change starts the counting of failures anew, and is due at once.
const UPDATE: &str = "UPDATE relay SET
    tenant_pubkey = ?2, subdomain = ?3, zooid_domain = ?4, custom_domain = ?5, custom_domain_verified = ?6,
    plan_id = ?7, status = ?8, info_name = ?9, info_icon = ?10, info_description = ?11, policy_public_read = ?12,
    policy_public_write = ?13, policy_public_join = ?14, policy_strip_signatures = ?15, groups_enabled = ?16,
    management_enabled = ?17, blossom_enabled = ?18, livekit_enabled = ?19, push_enabled = ?20, members_can_invite = ?21,
    version = version + 1, sync_error = '', sync_failures = 0, given_up = 0, next_attempt_at = NULL
    WHERE id = ?1";

/// What became of a relay that was to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Created,
    /// It differs from before.
    Updated,
    /// It is as it was; nothing was written and nobody will be disturbed.
    Unchanged,
}

/// How a relay stands with zooid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The row.
    #[serde(flatten)]
    pub relay: Relay,
    /// Whether zooid has this version of the row.
    pub up_to_date: bool,
    /// How many syncs have failed since the last that went well.
    pub sync_failures: u32,
    /// Whether it is left alone until it changes.
    pub given_up: bool,
    /// When it will be tried again, in unix seconds.
    pub next_attempt_at: Option<i64>,
}

impl Store {
    /// Keeps a new relay, its identity [completed](crate::identity::complete), and tells of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::RelayExists`], and [`StoreError::Taken`] when another relay has its schema or its key.
    pub async fn create_relay(&self, relay: Relay) -> Result<Relay, StoreError> {
        let mut transaction = self.begin().await?;
        let relay = insert(&mut transaction, relay).await?;
        self.commit(transaction).await?;
        Ok(relay)
    }

    /// Changes a relay with the newest row at hand, and tells of it if that made a difference. What makes the relay's
    /// identity (id, schema, secret) and what is known of zooid stay as they were.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`], and what `change` refuses.
    pub async fn update_relay<E: From<StoreError>>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Relay) -> Result<(), E> + Send,
    ) -> Result<Change, E> {
        let mut transaction = self.begin().await?;
        let Some(before) = fetch(&mut transaction, id).await? else {
            return Err(StoreError::NoSuchRelay(id.to_owned()).into());
        };
        let mut after = before.clone();
        change(&mut after)?;
        let outcome = update(&mut transaction, &before, after).await?;
        self.commit(transaction).await?;
        Ok(outcome)
    }

    /// Makes each relay's row as given, in one transaction: all or none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Identity`] when a stored relay has another schema or key, [`StoreError::Taken`] when another has its.
    pub async fn import_relays(&self, relays: &[Relay]) -> Result<Vec<Change>, StoreError> {
        let mut transaction = self.begin().await?;
        let mut changes = Vec::with_capacity(relays.len());
        for relay in relays {
            changes.push(match fetch(&mut transaction, &relay.id).await? {
                None => {
                    insert(&mut transaction, relay.clone()).await?;
                    Change::Created
                }
                Some(before) => {
                    check_identity(&before, relay)?;
                    update(&mut transaction, &before, relay.clone()).await?
                }
            });
        }
        self.commit(transaction).await?;
        Ok(changes)
    }

    /// Has a relay synced once more, its failures forgotten, and whatever zooid may have of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn resync_relay(&self, id: &str) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let Some(relay) = fetch(&mut transaction, id).await? else {
            return Err(StoreError::NoSuchRelay(id.to_owned()));
        };
        sqlx::query("UPDATE relay SET accepted = NULL WHERE id = ?1")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        write(&mut transaction, &relay, &ActivityType::UpdateRelay).await?;
        self.commit(transaction).await
    }

    /// Has a relay no longer served, and looked at by a running service even where that makes no difference. Gives the row
    /// as it is then.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn retire_relay(&self, id: &str) -> Result<Relay, StoreError> {
        let mut transaction = self.begin().await?;
        let Some(mut relay) = fetch(&mut transaction, id).await? else {
            return Err(StoreError::NoSuchRelay(id.to_owned()));
        };
        let mut activity = ActivityType::UpdateRelay;
        if relay.status == RelayStatus::Active {
            relay.status = RelayStatus::Inactive;
            activity = ActivityType::DeactivateRelay;
        }
        write(&mut transaction, &relay, &activity).await?;
        relay.version += 1;
        self.commit(transaction).await?;
        Ok(relay)
    }

    /// Forgets a relay, its key with it, and tells of it, unless the row has another version than this one by now.
    ///
    /// # Errors
    ///
    /// [`StoreError::Changed`].
    pub async fn remove_relay(&self, relay: &Relay) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let removed = sqlx::query("DELETE FROM relay WHERE id = ?1 AND version = ?2")
            .bind(&relay.id)
            .bind(relay.version)
            .execute(&mut *transaction)
            .await?;
        if removed.rows_affected() == 0 {
            return Err(StoreError::Changed(relay.id.clone()));
        }
        let deleted = ActivityType::Other("delete_relay".to_owned());
        activities::record(&mut transaction, &deleted, &relay.tenant_pubkey, &relay.id).await?;
        self.commit(transaction).await
    }

    /// The ids of all relays, in order.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn relay_ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT id FROM relay ORDER BY id")
            .fetch_all(&self.reader)
            .await?)
    }

    /// A relay's row, its secret included.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn relay(&self, id: &str) -> Result<Relay, StoreError> {
        self.get_relay(id)
            .await?
            .ok_or_else(|| StoreError::NoSuchRelay(id.to_owned()))
    }

    /// Whether a relay is to be synced that was not given up.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn has_work(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM relay
                   WHERE (synced_version < version OR sync_error <> '') AND given_up = 0)";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.reader).await?)
    }

    /// All relays after an id, in order of id, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn standings(&self, after: &str, limit: u32) -> Result<Vec<Standing>, StoreError> {
        Ok(sqlx::query("SELECT * FROM relay WHERE id > ?1 ORDER BY id LIMIT ?2")
            .bind(after)
            .bind(limit)
            .try_map(|row| standing(&row))
            .fetch_all(&self.reader)
            .await?)
    }

    /// How one relay stands.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRelay`].
    pub async fn standing(&self, id: &str) -> Result<Standing, StoreError> {
        sqlx::query("SELECT * FROM relay WHERE id = ?1")
            .bind(id)
            .try_map(|row| standing(&row))
            .fetch_optional(&self.reader)
            .await?
            .ok_or_else(|| StoreError::NoSuchRelay(id.to_owned()))
    }
}

async fn fetch(transaction: &mut Transaction<'_, Sqlite>, id: &str) -> Result<Option<Relay>, StoreError> {
    Ok(sqlx::query("SELECT * FROM relay WHERE id = ?1")
        .bind(id)
        .try_map(|row| relay(&row))
        .fetch_optional(&mut **transaction)
        .await?)
}

async fn insert(transaction: &mut Transaction<'_, Sqlite>, relay: Relay) -> Result<Relay, StoreError> {
    let relay = identity::complete(relay);
    bind(sqlx::query(INSERT), &relay)
        .bind(&relay.schema)
        .bind(relay.secret.as_ref().map(|secret| secret.expose().to_owned()))
        .bind(relay.synced)
        .execute(&mut **transaction)
        .await
        .map_err(|error| StoreError::of_insert(&relay.id, error))?;
    activities::record(transaction, &ActivityType::CreateRelay, &relay.tenant_pubkey, &relay.id).await?;
    Ok(relay)
}

async fn update(
    transaction: &mut Transaction<'_, Sqlite>,
    before: &Relay,
    mut after: Relay,
) -> Result<Change, StoreError> {
    after.id.clone_from(&before.id);
    after.schema.clone_from(&before.schema);
    after.secret.clone_from(&before.secret);
    after.synced = before.synced;
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
    write(transaction, &after, &activity).await?;
    Ok(Change::Updated)
}

async fn write(
    transaction: &mut Transaction<'_, Sqlite>,
    relay: &Relay,
    activity: &ActivityType,
) -> Result<(), StoreError> {
    bind(sqlx::query(UPDATE), relay).execute(&mut **transaction).await?;
    activities::record(transaction, activity, &relay.tenant_pubkey, &relay.id).await
}

/// A file may leave the identity out, but not contradict it.
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

fn bind<'q>(sql: Sql<'q, Sqlite, SqliteArguments>, relay: &Relay) -> Sql<'q, Sqlite, SqliteArguments> {
    sql.bind(relay.id.clone())
        .bind(relay.tenant_pubkey.clone())
        .bind(relay.subdomain.clone())
        .bind(relay.zooid_domain.clone())
        .bind(relay.custom_domain.clone())
        .bind(relay.custom_domain_verified)
        .bind(relay.plan_id.clone())
        .bind(relay.status.as_str().to_owned())
        .bind(relay.info_name.clone())
        .bind(relay.info_icon.clone())
        .bind(relay.info_description.clone())
        .bind(relay.policy_public_read)
        .bind(relay.policy_public_write)
        .bind(relay.policy_public_join)
        .bind(relay.policy_strip_signatures)
        .bind(relay.groups_enabled)
        .bind(relay.management_enabled)
        .bind(relay.blossom_enabled)
        .bind(relay.livekit_enabled)
        .bind(relay.push_enabled)
        .bind(relay.members_can_invite)
}

pub(super) fn relay(row: &SqliteRow) -> sqlx::Result<Relay> {
    Ok(Relay {
        id: row.try_get("id")?,
        tenant_pubkey: row.try_get("tenant_pubkey")?,
        schema: row.try_get("schema")?,
        secret: Some(Secret::from(row.try_get::<String, _>("secret")?)),
        subdomain: row.try_get("subdomain")?,
        zooid_domain: row.try_get("zooid_domain")?,
        custom_domain: row.try_get("custom_domain")?,
        custom_domain_verified: row.try_get("custom_domain_verified")?,
        plan_id: row.try_get("plan_id")?,
        status: row.try_get::<String, _>("status")?.into(),
        sync_error: row.try_get("sync_error")?,
        synced: row.try_get("synced")?,
        info_name: row.try_get("info_name")?,
        info_icon: row.try_get("info_icon")?,
        info_description: row.try_get("info_description")?,
        policy_public_read: row.try_get("policy_public_read")?,
        policy_public_write: row.try_get("policy_public_write")?,
        policy_public_join: row.try_get("policy_public_join")?,
        policy_strip_signatures: row.try_get("policy_strip_signatures")?,
        groups_enabled: row.try_get("groups_enabled")?,
        management_enabled: row.try_get("management_enabled")?,
        blossom_enabled: row.try_get("blossom_enabled")?,
        livekit_enabled: row.try_get("livekit_enabled")?,
        push_enabled: row.try_get("push_enabled")?,
        members_can_invite: row.try_get("members_can_invite")?,
        version: row.try_get("version")?,
        record: SyncRecord {
            version: row.try_get("synced_version")?,
            failures: row.try_get("sync_failures")?,
            given_up: row.try_get("given_up")?,
            // What cannot be read is as good as unknown: the relay is sent once more.
            accepted: row
                .try_get::<Option<&str>, _>("accepted")?
                .and_then(|digest| digest.parse().ok()),
        },
    })
}

fn standing(row: &SqliteRow) -> sqlx::Result<Standing> {
    let relay = relay(row)?;
    Ok(Standing {
        up_to_date: relay.is_up_to_date(),
        sync_failures: relay.record.failures,
        given_up: relay.record.given_up,
        next_attempt_at: row.try_get("next_attempt_at")?,
        relay,
    })
}
