use std::{
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use test_postgres::{NotFound, Programs};

/// Returns the programs of PostgreSQL. A failed download is neither repeated nor reported for each test.
pub fn programs() -> &'static Programs {
    static FOUND: LazyLock<Result<Programs, NotFound>> =
        LazyLock::new(|| Programs::find(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres")));
    static REPORTED: AtomicBool = AtomicBool::new(false);
    match FOUND.as_ref() {
        Ok(programs) => programs,
        Err(error) if !REPORTED.swap(true, Ordering::Relaxed) => panic!("{error}"),
        Err(_) => panic!("no PostgreSQL for the tests: another failed test of this run says why"),
    }
}
