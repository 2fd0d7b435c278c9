use std::{fs, io, path::Path, time::Duration};

use sqlx::{
    Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::{Instant, sleep};

use super::{Sqlite, StoreError};
use crate::store::migrations::{self, migrator};

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const BUSY_PAUSE: Duration = Duration::from_millis(5);
const READERS: u32 = 4;

/// Opens the file, making it (readable by its owner alone) and its tables when they are not there.
pub(in crate::store) async fn open(path: &Path) -> Result<Sqlite, StoreError> {
    make_private(path).map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    let writer = connect(1, options.clone()).await?;
    migrate(&writer).await?;
    read_back(&writer).await?;
    let reader = connect(READERS, options.pragma("query_only", "ON")).await?;
    Ok(Sqlite { writer, reader })
}

/// SQLite does not wait for others while it turns a file to write-ahead logging, so that is done here.
async fn connect(connections: u32, options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        // Connections to a file do not age. sqlx's task that looks for old ones never ends if it reads the number of idle
        // connections while one is released and acquired at the same time, and the process does not exit.
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .idle_timeout(None)
            .max_lifetime(None);
        // SQLite itself ends a transaction when the disk is full, of which the connection does not learn: it would refuse
        // every other.
        let pool = pool.before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }));
        match pool.connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && Instant::now() < give_up => sleep(BUSY_PAUSE).await,
            connected => return connected,
        }
    }
}

/// `SQLITE_BUSY`, whatever its extended code.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<i32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

/// In one transaction, since two processes may find the same new file. `run` would not be `Send` here.
async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    migrator(migrations::SQLITE)
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(StoreError::of_migration)?;
    Ok(transaction.commit().await?)
}

/// SQLite gives its write-ahead log the mode of the file, so it is enough to set that one. A file that is there is not
/// even opened: closing it would drop the locks this process may have on it.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// SQLite ignores a pragma it does not know, and falls back where a file system cannot do what was asked.
async fn read_back(pool: &SqlitePool) -> Result<(), StoreError> {
    let journal_mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await?;
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(pool).await?;
    let busy_timeout: i64 = sqlx::query_scalar("PRAGMA busy_timeout").fetch_one(pool).await?;
    let refused = [
        ("journal_mode=WAL", journal_mode != "wal"),
        ("synchronous=FULL", synchronous != 2),
        ("foreign_keys=ON", foreign_keys != 1),
        (
            "busy_timeout=5000",
            i128::from(busy_timeout) != BUSY_TIMEOUT.as_millis() as i128,
        ),
    ];
    match refused.into_iter().find(|(_, refused)| *refused) {
        Some((pragma, _)) => Err(StoreError::Pragma { pragma }),
        None => Ok(()),
    }
}
