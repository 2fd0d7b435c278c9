use std::{fs, path::PathBuf, process::Child, time::Duration};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use test_postgres::DataDirectory;
use tokio::time::{Instant, sleep};

use crate::{programs::programs, signal};

/// Ends the server also if the tests are killed: the pipe that is its input is closed then.
const RUN: &str = r#"
exec 3<&0
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= >>"$2/log" 2>&1 3<&- &
server=$!
{ cat <&3; kill -QUIT $server; } >/dev/null 2>&1 &
wait $server
"#;

const PATIENCE: Duration = Duration::from_secs(60);

/// A PostgreSQL of a test's own, which it may stop. It flushes what it commits.
pub struct Cluster {
    folder: TempDir,
    data: DataDirectory,
    server: Child,
}

impl Cluster {
    pub async fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("infra-cluster-").tempdir().unwrap();
        let data = DataDirectory::create(programs, folder.path()).unwrap_or_else(|error| panic!("{error}"));
        let server = data.spawn(RUN).unwrap();
        let cluster = Self { folder, data, server };
        cluster.until_started().await;
        cluster
    }

    pub fn url(&self) -> String {
        format!(
            "postgres://postgres@localhost/postgres?host={}",
            self.folder.path().display()
        )
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    /// By INT, which ends all sessions, or QUIT, which is a crash.
    pub fn stop(&mut self, how: &str) {
        let pid = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        signal::send(how, pid.lines().next().unwrap().parse().unwrap());
        self.server.wait().unwrap();
    }

    pub async fn start_again(&mut self) {
        self.server = self.data.spawn(RUN).unwrap();
        self.until_started().await;
    }

    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    async fn until_started(&self) {
        let deadline = Instant::now() + PATIENCE;
        while PgConnection::connect(&self.url()).await.is_err() {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "{}", log());
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}
