use std::path::PathBuf;

use backend::store::{DatabaseUrl, Store};
#[cfg(feature = "postgres")]
use sqlx::PgConnection;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

/// An empty store on one of the engines.
pub struct Database {
    pub location: DatabaseUrl,
    folder: Option<TempDir>,
    #[cfg(feature = "postgres")]
    schema: Option<crate::postgres::Schema>,
}

impl Database {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            location: DatabaseUrl::from(&folder.path().join("infra.db")),
            folder: Some(folder),
            #[cfg(feature = "postgres")]
            schema: None,
        }
    }

    #[cfg(feature = "postgres")]
    pub async fn postgres() -> Self {
        let schema = crate::postgres::Schema::new().await;
        Self {
            location: DatabaseUrl::postgres(&schema.url).unwrap(),
            folder: None,
            schema: Some(schema),
        }
    }

    /// As another process would, if it is open already.
    pub async fn open(&self) -> Store {
        Store::open(&self.location).await.unwrap()
    }

    pub fn file(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().join("infra.db")
    }

    /// Makes it a store that a program of version 0.1.0 wrote, before hosts and schemas belonged to one relay.
    pub async fn become_old(&self) {
        #[cfg(feature = "postgres")]
        if let Some(schema) = &self.schema {
            let dump = include_str!("old_stores/postgres_2.sql").replace("released.", &format!("{}.", schema.name));
            let mut connection = PgConnection::connect(&schema.url).await.unwrap();
            let sql = sqlx::AssertSqlSafe(dump);
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            return connection.close().await.unwrap();
        }
        std::fs::write(self.file(), include_bytes!("old_stores/sqlite_3.sqlite")).unwrap();
    }

    /// A column of texts in the tables.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        #[cfg(feature = "postgres")]
        if let Some(schema) = &self.schema {
            let mut connection = PgConnection::connect(&schema.url).await.unwrap();
            let texts = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            return texts;
        }
        let mut connection = self.connect().await;
        sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.folder.is_some()
    }

    /// What other programs do to the tables.
    pub async fn execute(&self, sql: &'static str) {
        #[cfg(feature = "postgres")]
        if let Some(schema) = &self.schema {
            let mut connection = PgConnection::connect(&schema.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            return connection.close().await.unwrap();
        }
        let mut connection = self.connect().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }

    /// A number in the tables.
    pub async fn count(&self, sql: &'static str) -> i64 {
        #[cfg(feature = "postgres")]
        if let Some(schema) = &self.schema {
            let mut connection = PgConnection::connect(&schema.url).await.unwrap();
            let count = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            return count;
        }
        let mut connection = self.connect().await;
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect(self.file().to_str().unwrap()).await.unwrap()
    }

    /// Counts until there are so many.
    #[cfg(feature = "postgres")]
    pub async fn until(&self, sql: &'static str, expected: i64) {
        let counted = async {
            while self.count(sql).await != expected {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let patience = std::time::Duration::from_secs(30);
        tokio::time::timeout(patience, counted).await.expect(sql);
    }
}

/// Holds each engine to the same promises.
macro_rules! on_each_engine {
    ($($promise:ident,)*) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::$promise(crate::database::Database::sqlite().await).await;
                }
            )*
        }
        #[cfg(feature = "postgres")]
        mod postgres {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::$promise(crate::database::Database::postgres().await).await;
                }
            )*
        }
    };
}
pub(crate) use on_each_engine;
