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
    /// A store is only copied into one that has nothing.
    #[error("the store has relays or activity already; copy into a new one")]
    NotEmpty,
    /// A store that is copied must not be written to.
    #[error("the store was written to while it was copied; stop what uses it, and try again")]
    Busy,
    /// The file cannot be opened or made.
    #[error("cannot open {}; DATABASE_URL says which file to use", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The server cannot be reached, or does not let us in.
    #[error("cannot open {location}; DATABASE_URL says which database to use, and as whom")]
    Connect {
        /// The database.
        location: String,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The server is older than any this program was tried with.
    #[error("PostgreSQL 15 or newer is needed, this is {0}")]
    OldServer(String),
    /// A newer version of this program has changed the store's tables.
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
    /// The server is silent. What was asked of it may have been done.
    #[error("PostgreSQL did not answer within {} seconds; is it reachable, and not stuck?", .0.as_secs())]
    NoAnswer(std::time::Duration),
    /// What was to be kept together was not, for one reason.
    #[error(transparent)]
    Shared(std::sync::Arc<StoreError>),
    /// The database's own error.
    #[error("the store failed")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Tells a uniqueness that was violated from other errors.
    pub(super) fn of_insert(relay: &str, error: sqlx::Error) -> Self {
        let violated = error.as_database_error().filter(|e| e.is_unique_violation());
        let taken = |field| StoreError::Taken {
            relay: relay.to_owned(),
            field,
        };
        // SQLite names the column in its message, PostgreSQL the constraint.
        match violated.map(|e| e.constraint().unwrap_or(e.message()).to_owned()) {
            Some(what) if what.contains("relay.schema") || what == "relay_schema_key" => taken("schema"),
            Some(what) if what.contains("relay.secret") || what == "relay_secret_key" => taken("secret"),
            Some(_) => StoreError::RelayExists(relay.to_owned()),
            None => StoreError::Database(error),
        }
    }

    /// Whether it is what was asked that is refused, rather than asking it at all.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(_)))
    }

    /// Tells a store that is ahead of this program from other errors.
    pub(super) fn of_migration(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;

        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => StoreError::Newer,
            other => StoreError::Migrate(other),
        }
    }
}
