use std::{fmt, path::PathBuf};

use infra_sync::zooid_client::{InvalidHost, InvalidSchemaName};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No row has this id.
    #[error("there is no relay {0}")]
    NoSuchRelay(String),
    /// The relay is being deleted, and its id is not free yet.
    #[error(
        "relay {0} is being deleted and can no longer be changed; once `infra relay show {0}` does not find it, the id can be \
         used for a new relay"
    )]
    Deleted(String),
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
    /// Another relay has this host, this schema or this key.
    #[error("relay {relay}: {field} belongs to relay {other}; choose another")]
    Taken {
        /// The relay's id.
        relay: String,
        /// What both would have.
        field: Owned,
        /// The id of the relay that has it.
        other: String,
    },
    /// A deleted relay had this schema.
    #[error(
        "relay {relay}: schema {schema:?} was that of relay {other}, whose tables and media zooid keeps; choose another schema"
    )]
    UsedSchema {
        /// The relay's id.
        relay: String,
        /// The schema.
        schema: String,
        /// The id that the deleted relay had.
        other: String,
    },
    /// A new relay's schema breaks the rules.
    #[error("relay {relay} cannot have its schema")]
    Schema {
        /// The relay's id.
        relay: String,
        /// The cause.
        #[source]
        source: InvalidSchemaName,
    },
    /// A relay's new host breaks the rules.
    #[error("relay {relay} cannot have its host")]
    Host {
        /// The relay's id.
        relay: String,
        /// The cause.
        #[source]
        source: InvalidHost,
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

/// What no two relays may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// A host, as the platform's or as a verified custom domain.
    Host(String),
    /// A schema, or one that an old zooid cannot tell from it.
    Schema(String),
    /// The relay's key.
    Secret,
}

impl fmt::Display for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owned::Host(host) => write!(f, "host {host:?}"),
            Owned::Schema(schema) => write!(f, "schema {schema:?}"),
            Owned::Secret => f.write_str("its secret"),
        }
    }
}

impl StoreError {
    /// Tells an id that is taken from other errors. What else must be unique was looked at before.
    pub(super) fn of_insert(relay: &str, error: sqlx::Error) -> Self {
        let violated = error.as_database_error().filter(|e| e.is_unique_violation());
        // SQLite names the column in its message, PostgreSQL the constraint.
        match violated.map(|e| e.constraint().unwrap_or(e.message())) {
            Some(what) if what.contains("relay.id") || what == "relay_pkey" => {
                StoreError::RelayExists(relay.to_owned())
            }
            _ => StoreError::Database(error),
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
