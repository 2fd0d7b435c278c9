use std::{fmt, path::PathBuf};

use infra_sync::zooid_client::{InvalidHost, InvalidSchemaName};

/// Error of a store operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No row has this id.
    #[error("there is no relay {0}")]
    NoSuchRelay(String),
    /// The relay is being deleted; its id cannot be reused yet.
    #[error(
        "relay {0} is being deleted and can no longer be changed; once `infra relay show {0}` does not find it, the id can be \
         used for a new relay"
    )]
    Deleted(String),
    /// A relay with this id exists.
    #[error("relay {0} exists already")]
    RelayExists(String),
    /// A relay's schema and key never change.
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
        /// The value that both would have.
        field: Owned,
        /// The id of the other relay.
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
        /// The id of the deleted relay.
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
    /// The target of a copy must be empty.
    #[error("the store has relays or activity already; copy into a new one")]
    NotEmpty,
    /// The source of a copy was written to.
    #[error("the store was written to while it was copied; stop what uses it, and try again")]
    Busy,
    /// The file cannot be opened or created.
    #[error("cannot open {}; DATABASE_URL says which file to use", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The server cannot be reached, or refuses the login.
    #[error("cannot open {database}; DATABASE_URL says which database to use, and as whom")]
    Connect {
        /// The database.
        database: String,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The server is older than the oldest supported version.
    #[error("PostgreSQL 15 or newer is needed, this is {0}")]
    OldServer(String),
    /// A newer version of this program has migrated the tables.
    #[error("the store was changed by a newer version of this program; use that one, or restore a backup")]
    Newer,
    /// A migration failed.
    #[error("cannot set up the store's tables")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// SQLite did not accept a setting that protects the data.
    #[error("SQLite would not take `{pragma}`; is the file on a network file system?")]
    Pragma {
        /// The setting.
        pragma: &'static str,
    },
    /// The server did not answer. The statement may have taken effect.
    #[error("PostgreSQL did not answer within {} seconds; is it reachable, and not stuck?", .0.as_secs())]
    NoAnswer(std::time::Duration),
    /// The error of a group commit, shared by all results in the group.
    #[error(transparent)]
    Shared(std::sync::Arc<StoreError>),
    /// The database's own error.
    #[error("the store failed")]
    Database(#[from] sqlx::Error),
}

/// A value that belongs to one relay only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// A host: the platform's or a verified custom domain.
    Host(String),
    /// A schema, or a schema that old versions of zooid map to the same tables.
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
    /// Converts the error of an insert. Only the id can violate a unique constraint: other values are checked before.
    pub(super) fn of_insert(relay: &str, error: sqlx::Error) -> Self {
        let violated = error.as_database_error().filter(|e| e.is_unique_violation());
        // SQLite names the column in its message, PostgreSQL the constraint.
        match violated.map(|e| e.constraint().unwrap_or(e.message())) {
            Some(constraint) if constraint.contains("relay.id") || constraint == "relay_pkey" => {
                StoreError::RelayExists(relay.to_owned())
            }
            _ => StoreError::Database(error),
        }
    }

    /// Whether the database rejected the statement, as opposed to a failed connection.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(_)))
    }

    /// Converts the error of a migration. Unknown versions come from a newer program.
    pub(super) fn of_migration(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;

        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => StoreError::Newer,
            other => StoreError::Migrate(other),
        }
    }
}
