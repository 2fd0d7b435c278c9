use std::{
    fmt,
    path::{Path, PathBuf},
};

/// The database of a store: a file or a PostgreSQL url. `Display` and `Debug` omit the password.
#[derive(Clone)]
pub struct DatabaseUrl(pub(super) ConnectOptions);

#[derive(Clone)]
pub(super) enum ConnectOptions {
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
}

/// Error of parsing a PostgreSQL url. It does not contain the url, which may have a password.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDatabaseUrl(String);

impl DatabaseUrl {
    /// Returns the path of a SQLite file.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            ConnectOptions::Sqlite(path) => Some(path),
            #[cfg(feature = "postgres")]
            ConnectOptions::Postgres(_) => None,
        }
    }

    /// Parses the url of a PostgreSQL database.
    ///
    /// # Errors
    ///
    /// If the url is invalid.
    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str) -> Result<Self, InvalidDatabaseUrl> {
        use std::error::Error;

        match url.parse() {
            Ok(options) => Ok(Self(ConnectOptions::Postgres(Box::new(options)))),
            Err(error) => {
                let error: &sqlx::Error = &error;
                let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                Err(InvalidDatabaseUrl(cause))
            }
        }
    }

    /// Refuses PostgreSQL: the feature `postgres` is off.
    ///
    /// # Errors
    ///
    /// Always.
    #[cfg(not(feature = "postgres"))]
    pub fn postgres(_url: &str) -> Result<Self, InvalidDatabaseUrl> {
        Err(InvalidDatabaseUrl(
            "this program was built without PostgreSQL".to_owned(),
        ))
    }
}

impl From<&Path> for DatabaseUrl {
    fn from(file: &Path) -> Self {
        Self(ConnectOptions::Sqlite(file.to_owned()))
    }
}

impl From<&PathBuf> for DatabaseUrl {
    fn from(file: &PathBuf) -> Self {
        Self::from(file.as_path())
    }
}

impl From<&DatabaseUrl> for DatabaseUrl {
    fn from(url: &DatabaseUrl) -> Self {
        url.clone()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ConnectOptions::Sqlite(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            ConnectOptions::Postgres(options) => {
                let database = options.get_database().unwrap_or(options.get_username());
                match options.get_socket() {
                    Some(socket) => write!(f, "PostgreSQL's {database} at {}", socket.display()),
                    None => write!(
                        f,
                        "PostgreSQL's {database} at {}:{}",
                        options.get_host(),
                        options.get_port()
                    ),
                }
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}
