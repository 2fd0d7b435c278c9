//! Exclusive ownership: a host belongs to one relay while the relay exists, a schema belongs to one relay for ever.
//!
//! The checks need no unique index, because [`Engine::begin`] lets one process write at a time. Rows of older versions may
//! share a host or tables. Such a row is kept, and its other fields can still change.

use infra_sync::{
    ActivityType, Relay,
    zooid_client::{Host, SchemaName},
};
use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::{identity, store::error::Owned};

use super::{StoreError, engine::Engine};

/// Number of rows of an older version to complete in one transaction.
const BATCH: u32 = 500;

/// The [`Engine`] methods for ownership, the same for both engines. `$reader` is the field with the pool for reads.
macro_rules! ownership_statements {
    ($reader:ident) => {
        async fn owner_of_host(
            transaction: &mut Self::Transaction,
            host: &str,
            other_than: &str,
        ) -> Result<Option<String>, StoreError> {
            let sql = "SELECT relay_id FROM relay_host WHERE host = $1 AND relay_id <> $2 ORDER BY relay_id LIMIT 1";
            let owner = sqlx::query_scalar(sql).bind(host).bind(other_than);
            Ok(owner.fetch_optional(&mut **transaction).await?)
        }

        async fn claim_hosts(transaction: &mut Self::Transaction, relay: &Relay) -> Result<(), StoreError> {
            sqlx::query("DELETE FROM relay_host WHERE relay_id = $1")
                .bind(&relay.id)
                .execute(&mut **transaction)
                .await?;
            for host in relay.hosts() {
                sqlx::query("INSERT INTO relay_host (host, relay_id) VALUES ($1, $2)")
                    .bind(host)
                    .bind(&relay.id)
                    .execute(&mut **transaction)
                    .await?;
            }
            Ok(())
        }

        async fn owner_of_secret(
            transaction: &mut Self::Transaction,
            secret: &str,
        ) -> Result<Option<String>, StoreError> {
            let owner = sqlx::query_scalar("SELECT id FROM relay WHERE secret = $1").bind(secret);
            Ok(owner.fetch_optional(&mut **transaction).await?)
        }

        async fn owner_of_schema(
            transaction: &mut Self::Transaction,
            normal_form: &str,
        ) -> Result<Option<String>, StoreError> {
            let sql = "SELECT relay_id FROM used_schema WHERE normal_form = $1";
            let owner = sqlx::query_scalar(sql).bind(normal_form);
            Ok(owner.fetch_optional(&mut **transaction).await?)
        }

        async fn use_schema(transaction: &mut Self::Transaction, used: &UsedSchema) -> Result<(), StoreError> {
            sqlx::query(
                "INSERT INTO used_schema (normal_form, schema, relay_id) VALUES ($1, $2, $3)
                 ON CONFLICT (normal_form) DO NOTHING",
            )
            .bind(&used.normal_form)
            .bind(&used.schema)
            .bind(&used.relay_id)
            .execute(&mut **transaction)
            .await?;
            Ok(())
        }

        async fn used_schemas(&self) -> Result<Vec<UsedSchema>, StoreError> {
            let used = sqlx::query("SELECT normal_form, schema, relay_id FROM used_schema ORDER BY normal_form");
            Ok(used
                .try_map(|row| ownership::used_schema(&row))
                .fetch_all(&self.$reader)
                .await?)
        }

        async fn shared_hosts(&self) -> Result<Vec<(String, String)>, StoreError> {
            let sql = "SELECT host, relay_id FROM relay_host
                 WHERE host IN (SELECT host FROM relay_host GROUP BY host HAVING count(*) > 1) ORDER BY host, relay_id";
            Ok(sqlx::query_as(sql).fetch_all(&self.$reader).await?)
        }

        async fn schemas(&self) -> Result<Vec<(String, String)>, StoreError> {
            let schemas = sqlx::query_as("SELECT schema, id FROM relay ORDER BY id");
            Ok(schemas.fetch_all(&self.$reader).await?)
        }

        async fn has_incomplete(&self) -> Result<bool, StoreError> {
            let sql = "SELECT EXISTS (SELECT 1 FROM relay WHERE host = '')";
            Ok(sqlx::query_scalar(sql).fetch_one(&self.writer).await?)
        }

        async fn incomplete(transaction: &mut Self::Transaction, limit: u32) -> Result<Vec<Relay>, StoreError> {
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM relay WHERE host = '' ORDER BY id LIMIT $1"
            );
            let relays = sqlx::query(sql)
                .bind(i64::from(limit))
                .try_map(|row| sql::relay(&row));
            Ok(relays.fetch_all(&mut **transaction).await?)
        }

        async fn set_host(transaction: &mut Self::Transaction, relay: &Relay) -> Result<(), StoreError> {
            sqlx::query("UPDATE relay SET host = $2 WHERE id = $1")
                .bind(&relay.id)
                .bind(relay.host())
                .execute(&mut **transaction)
                .await?;
            Ok(())
        }
    };
}
pub(super) use ownership_statements;

/// A schema and the relay that first had it. The relay may have been deleted since.
#[derive(Clone, Debug)]
pub(super) struct UsedSchema {
    pub(super) normal_form: String,
    pub(super) schema: String,
    pub(super) relay_id: String,
}

impl UsedSchema {
    fn of(relay: &Relay) -> Self {
        Self {
            normal_form: SchemaName::normal_form(&relay.schema),
            schema: relay.schema.clone(),
            relay_id: relay.id.clone(),
        }
    }
}

/// Inserts a new relay after checking that its key, schema and hosts belong to no other relay. A relay that zooid has already
/// may break the rules for the form of schemas and hosts.
pub(super) async fn insert<E: Engine>(transaction: &mut E::Transaction, mut relay: Relay) -> Result<Relay, StoreError> {
    if let Some(secret) = &relay.secret
        && let Some(other) = E::owner_of_secret(transaction, secret.expose()).await?
        && other != relay.id
    {
        return Err(taken(&relay, Owned::Secret, other));
    }
    if relay.schema.is_empty() {
        relay.schema = unused_schema::<E>(transaction, &relay).await?;
    } else {
        check_schema::<E>(transaction, &relay).await?;
    }
    for host in relay.hosts() {
        check_host::<E>(transaction, &relay, host).await?;
    }
    E::insert(transaction, &relay).await?;
    record::<E>(transaction, &relay).await?;
    Ok(relay)
}

/// Inserts a relay of another store without checks.
pub(super) async fn copy<E: Engine>(transaction: &mut E::Transaction, relay: &Relay) -> Result<(), StoreError> {
    E::insert(transaction, relay).await?;
    record::<E>(transaction, relay).await
}

/// Writes a changed relay as a new version after checking that its new hosts belong to no other relay.
pub(super) async fn update<E: Engine>(
    transaction: &mut E::Transaction,
    before: &Relay,
    after: &Relay,
) -> Result<(), StoreError> {
    let (old, new) = (before.hosts(), after.hosts());
    for host in new.iter().filter(|host| !old.contains(host)) {
        check_new_host::<E>(transaction, after, host.clone()).await?;
    }
    E::update(transaction, after).await?;
    if old != new {
        E::claim_hosts(transaction, after).await?;
    }
    Ok(())
}

/// Completes the rows of an older version. A relay whose host was sent to zooid in another spelling is synced again, because
/// browsers cannot reach it.
pub(super) async fn complete<E: Engine>(engine: &E) -> Result<(), StoreError> {
    while engine.answered(engine.has_incomplete()).await? {
        let mut transaction = engine.begin().await?;
        for relay in E::incomplete(&mut transaction, BATCH).await? {
            record::<E>(&mut transaction, &relay).await?;
            if relay.is_synced() && relay.host() != relay.host_as_given() {
                E::update(&mut transaction, &relay).await?;
                let (activity, tenant) = (ActivityType::UpdateRelay, &relay.tenant_pubkey);
                E::record(&mut transaction, &activity, tenant, &relay.id).await?;
            } else {
                E::set_host(&mut transaction, &relay).await?;
            }
        }
        E::commit(transaction).await?;
    }
    Ok(())
}

/// Records the hosts and the schema of a stored relay.
async fn record<E: Engine>(transaction: &mut E::Transaction, relay: &Relay) -> Result<(), StoreError> {
    E::claim_hosts(transaction, relay).await?;
    E::use_schema(transaction, &UsedSchema::of(relay)).await
}

async fn unused_schema<E: Engine>(transaction: &mut E::Transaction, relay: &Relay) -> Result<String, StoreError> {
    let mut attempt = 0;
    loop {
        let schema = identity::schema(relay, attempt);
        if E::owner_of_schema(transaction, &schema).await?.is_none() {
            return Ok(schema);
        }
        attempt += 1;
    }
}

async fn check_schema<E: Engine>(transaction: &mut E::Transaction, relay: &Relay) -> Result<(), StoreError> {
    if !relay.is_synced() {
        SchemaName::try_from(relay.schema.as_str()).map_err(|source| StoreError::Schema {
            relay: relay.id.clone(),
            source,
        })?;
    }
    let normal_form = SchemaName::normal_form(&relay.schema);
    let Some(other) = E::owner_of_schema(transaction, &normal_form).await? else {
        return Ok(());
    };
    let owner = E::fetch(transaction, &other).await?;
    if owner.is_some_and(|owner| SchemaName::normal_form(&owner.schema) == normal_form) {
        return Err(taken(relay, Owned::Schema(relay.schema.clone()), other));
    }
    Err(StoreError::UsedSchema {
        relay: relay.id.clone(),
        schema: relay.schema.clone(),
        other,
    })
}

async fn check_host<E: Engine>(
    transaction: &mut E::Transaction,
    relay: &Relay,
    host: String,
) -> Result<(), StoreError> {
    if !relay.is_synced() {
        return check_new_host::<E>(transaction, relay, host).await;
    }
    check_owner::<E>(transaction, relay, host).await
}

async fn check_new_host<E: Engine>(
    transaction: &mut E::Transaction,
    relay: &Relay,
    host: String,
) -> Result<(), StoreError> {
    Host::try_from(host.as_str()).map_err(|source| StoreError::Host {
        relay: relay.id.clone(),
        source,
    })?;
    check_owner::<E>(transaction, relay, host).await
}

async fn check_owner<E: Engine>(
    transaction: &mut E::Transaction,
    relay: &Relay,
    host: String,
) -> Result<(), StoreError> {
    match E::owner_of_host(transaction, &host, &relay.id).await? {
        Some(other) => Err(taken(relay, Owned::Host(host), other)),
        None => Ok(()),
    }
}

fn taken(relay: &Relay, field: Owned, other: String) -> StoreError {
    StoreError::Taken {
        relay: relay.id.clone(),
        field,
        other,
    }
}

pub(super) fn used_schema<R>(row: &R) -> sqlx::Result<UsedSchema>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(UsedSchema {
        normal_form: row.try_get("normal_form")?,
        schema: row.try_get("schema")?,
        relay_id: row.try_get("relay_id")?,
    })
}
