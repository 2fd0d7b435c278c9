use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No row has this id.
    #[error("there is no relay {0}")]
    NoSuchRelay(String),
    /// Somebody else changed, or deleted, the row in the meantime.
    #[error("relay {0} was changed by somebody else meanwhile; look at it and try again")]
    Changed(String),
    /// A row has this id already.
    #[error("relay {0} exists already")]
    RelayExists(String),
    /// A relay keeps its schema and its key for ever.
    #[error("relay {relay}: {field} differs from the stored one, which can never change")]
    Identity {
        /// The relay's id.
        relay: String,
        /// The field that differs.
        field: &'static str,
    },
    /// Another relay has this schema or this key.
    #[error("relay {relay}: another relay has the same {field}")]
    Taken {
        /// The relay's id.
        relay: String,
        /// The field that is the same.
        field: &'static str,
    },
    /// The file cannot be opened or made.
    #[error("cannot open {}; DATABASE_URL says which file to use", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A newer version of this program has changed the file's tables.
    #[error("the store was changed by a newer version of this program; use that one, or restore a backup")]
    Newer,
    /// The tables cannot be made.
    #[error("cannot set up the store's tables")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A setting that keeps data safe did not take effect.
    #[error("SQLite would not take `{pragma}`; is the file on a network file system?")]
    Pragma {
        /// The setting.
        pragma: &'static str,
    },
    /// SQLite's own error.
    #[error("the store failed")]
    Sqlite(#[from] sqlx::Error),
}

impl StoreError {
    /// Tells a uniqueness that was violated from other errors.
    pub(super) fn of_insert(relay: &str, error: sqlx::Error) -> Self {
        let violated = error.as_database_error().filter(|e| e.is_unique_violation());
        let taken = |field| StoreError::Taken {
            relay: relay.to_owned(),
            field,
        };
        match violated.map(|e| e.message().to_owned()) {
            Some(message) if message.contains("relay.schema") => taken("schema"),
            Some(message) if message.contains("relay.secret") => taken("secret"),
            Some(_) => StoreError::RelayExists(relay.to_owned()),
            None => StoreError::Sqlite(error),
        }
    }
}
