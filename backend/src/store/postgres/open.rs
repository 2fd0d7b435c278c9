use std::sync::Arc;

use sqlx::{Connection, PgConnection, Row, postgres::PgConnectOptions};

use super::{Connections, Leases, Postgres};
use crate::store::{
    DatabaseUrl, StoreError,
    database_url::ConnectOptions,
    migrations::{self, migrator},
};

const OLDEST: i32 = 150_000;
/// More writers would only wait for each other.
const WRITERS: u32 = 2;
const OTHERS: u32 = 6;

/// A worker's id: its address as the server sees it, its process id and a random suffix.
const SERVER: &str = "SELECT current_setting('server_version_num')::int4 AS number, version() AS name,
    concat_ws('/', coalesce(host(inet_client_addr()), 'local'), $1, left(gen_random_uuid()::text, 8)) AS owner";

/// Connects and applies missing migrations.
pub(in crate::store) async fn open(mut options: PgConnectOptions) -> Result<Postgres, StoreError> {
    if options.get_application_name().is_none() {
        options = options.application_name("infra");
    }
    // The migrations take a session lock. Closing this connection releases it in every case.
    let mut first = PgConnection::connect_with(&options)
        .await
        .map_err(|source| StoreError::Connect {
            database: DatabaseUrl(ConnectOptions::Postgres(Box::new(options.clone()))).to_string(),
            source,
        })?;
    let server = sqlx::query(SERVER)
        .bind(std::process::id().to_string())
        .fetch_one(&mut first)
        .await?;
    if server.try_get::<i32, _>("number")? < OLDEST {
        return Err(StoreError::OldServer(server.try_get("name")?));
    }
    sqlx::query("SET client_min_messages = 'warning'")
        .execute(&mut first)
        .await?;
    migrator(migrations::POSTGRES)
        .run_direct(None, &mut first, false)
        .await
        .map_err(StoreError::of_migration)?;
    first.close().await?;
    let connections = Arc::new(Connections::default());
    Ok(Postgres {
        writer: connections.pool(WRITERS, &options),
        pool: connections.pool(OTHERS, &options),
        listener: Arc::new(options),
        leases: Arc::new(Leases::of(server.try_get("owner")?)),
        scan_order: Arc::default(),
        connections,
    })
}
