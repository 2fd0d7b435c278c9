//! A PostgreSQL for tests: the one `TEST_DATABASE_URL` names, else one that is started for them and ends with them. Its
//! programs are installed or downloaded.

mod programs;
mod server;

use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::{
    sync::OnceCell,
    time::{Instant, sleep},
};

const PATIENCE: Duration = Duration::from_secs(60);

static SERVER: OnceCell<String> = OnceCell::const_new();
static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// An empty schema for one test. It is dropped with it where others use the server too.
pub struct Schema {
    pub url: String,
    pub name: String,
    server: &'static str,
}

impl Schema {
    pub async fn new() -> Self {
        let server = SERVER.get_or_init(start).await.as_str();
        let name = format!(
            "infra_test_{}_{}",
            std::process::id(),
            SCHEMAS.fetch_add(1, Ordering::Relaxed)
        );
        let mut connection = connect(server).await;
        let sql = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
        let and = if server.contains('?') { '&' } else { '?' };
        Self {
            url: format!("{server}{and}options[search_path]={name}&application_name={name}"),
            name,
            server,
        }
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if named().is_none() {
            return;
        }
        let sql = format!("DROP SCHEMA {} CASCADE", self.name);
        let server = self.server;
        // The runtime of the test cannot wait here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let mut connection = connect(server).await;
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await
            })
        });
        let _ = dropping.join();
    }
}

async fn start() -> String {
    let url = named().unwrap_or_else(server::start);
    connect(&url).await.close().await.unwrap();
    url
}

fn named() -> Option<String> {
    env::var("TEST_DATABASE_URL").ok().filter(|url| !url.trim().is_empty())
}

/// Waits for a server that has just been started.
async fn connect(url: &str) -> PgConnection {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match PgConnection::connect(url).await {
            Ok(connection) => return connection,
            Err(error) if Instant::now() > deadline => panic!("{url} cannot be reached: {error}"),
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
