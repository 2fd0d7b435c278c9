//! A released migration never changes: stores that have it refuse any other.

use crate::database::{Database, on_each_engine};

on_each_engine! {
    no_migration_has_changed,
}

/// Version and checksum of each. A line is added with a migration, and is not edited once it is released.
const SQLITE: &[&str] = &[
    "1 3d0c15df2ca953d8da9acbfd2b2a096d113b0f0d4402c43fe4df159a2e3b52f91e47a13731eccb341a37569c5b4e2595",
    "2 b17e764fe7f7953a14bd1d5ab76928a12c630beb6c75e05cb308eaea007c936bf89a45e732ec7bb4998f55c81ec471a5",
    "3 4d5aa6477d4e1e802415eae8622d0a37789f9c996d5b7a11289f851b9c610aafa2c6eefea1f5c3460023bdb4f14ec3a0",
    "4 9ec1af05991281ff991dace771c536f16fe272febcc51e10ff73ee048521e9377f19e1626d8a8fcd0747ede8277f88d5",
    "5 4c3fff0e9fc6af32f13644f67c3530e0e647a21f1dcd4b613a3057308b5474bc2e74128d7e0953b2fbeb903771ad0340",
    "6 59f70981b50fdf98c1a99f5afc98569967f0868744e732ef9e9f12321421c3c0081e475d528f5751a5c76e7bbf84f355",
    "7 d964e93a29b82ad3b8d0973842d11742057e579e92dd6b74802764a662131a3b78fee6d7d54970d9aa47e44f6eff23a4",
];
const POSTGRES: &[&str] = &[
    "1 c1c4618098226b73993a68f5986030648382844f6dbb68b0fafbf045b8d2d78b2977fd910ecf1a9c0ff9d879d394aa23",
    "2 f66f1a6bc1abdfd7c62ada67c73ed0e5c75e720a60d1bf3763a5de9d5b34beb69dc3f4d8ec6f9536340cf917282cd76e",
    "3 fe7995421ccebb809928e81a516bc343b9650e185cc90031c676282657873a8e0f9692add5043e77e0bb9aa208734634",
    "4 74c54bf194ee013a9103e90d94eaf6ee5acea005cbb7cc56ab11dc832c4a8d7d2b518150ef9bbb98c85e5eb57ca1cc78",
    "5 d5021283d6b45f7e26d3b32eddd4612cf52c0d343ec392450c412a7be882d1ecca19987218a6395a6f137e510142dd7a",
    "6 1cb5aee212572a55279988eb02b32a119097a074ee85089a3355261b95c953b540d6fc1af2fe16025b1e8c159c58c12e",
];

async fn no_migration_has_changed(database: Database) {
    database.open().await.close().await;
    let (sql, expected) = match database.is_file() {
        true => (
            "SELECT version || ' ' || lower(hex(checksum)) FROM _sqlx_migrations ORDER BY version",
            SQLITE,
        ),
        false => (
            "SELECT version || ' ' || encode(checksum, 'hex') FROM _sqlx_migrations ORDER BY version",
            POSTGRES,
        ),
    };
    assert_eq!(database.texts(sql).await, expected);
}
