//! The migrations, embedded in the program. A released migration is never edited: a store records the checksum of each file.
//!
//! sqlx's macro `migrate!` is not used because it compiles both database drivers a second time.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// A migration: version, description and SQL.
pub(super) type Embedded = (i64, &'static str, &'static str);

#[cfg(feature = "postgres")]
pub(super) const POSTGRES: &[Embedded] = &[
    (1, "relays", include_str!("../../migrations/postgres/0001_relays.sql")),
    (2, "workers", include_str!("../../migrations/postgres/0002_workers.sql")),
    (
        3,
        "zooid contact",
        include_str!("../../migrations/postgres/0003_zooid_contact.sql"),
    ),
    (
        4,
        "ownership",
        include_str!("../../migrations/postgres/0004_ownership.sql"),
    ),
    (
        5,
        "deletion",
        include_str!("../../migrations/postgres/0005_deletion.sql"),
    ),
    (6, "hosts", include_str!("../../migrations/postgres/0006_hosts.sql")),
];

pub(super) const SQLITE: &[Embedded] = &[
    (1, "relays", include_str!("../../migrations/sqlite/0001_relays.sql")),
    (
        2,
        "sync record",
        include_str!("../../migrations/sqlite/0002_sync_record.sql"),
    ),
    (3, "overview", include_str!("../../migrations/sqlite/0003_overview.sql")),
    (
        4,
        "zooid contact",
        include_str!("../../migrations/sqlite/0004_zooid_contact.sql"),
    ),
    (
        5,
        "ownership",
        include_str!("../../migrations/sqlite/0005_ownership.sql"),
    ),
    (6, "deletion", include_str!("../../migrations/sqlite/0006_deletion.sql")),
    (
        7,
        "synced host",
        include_str!("../../migrations/sqlite/0007_synced_host.sql"),
    ),
];

pub(super) fn migrator(files: &[Embedded]) -> Migrator {
    let migrations = files.iter().map(|&(version, description, sql)| {
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}
