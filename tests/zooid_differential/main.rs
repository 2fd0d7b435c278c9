//! Compares the emulator with real zooids: both receive the same requests, and their statuses, headers, bodies,
//! configuration files and NIP-11 documents must be equal.
//!
//! The tests are ignored by default, because they need the programs of zooid. To run them:
//!
//! ```sh
//! ZOOID_OLD_BIN=/path/to/old-zooid ZOOID_CURRENT_BIN=/path/to/current-zooid \
//!     cargo test -p contract-tests --test zooid_differential -- --ignored --nocapture
//! ```
//!
//! | variable | meaning |
//! |---|---|
//! | `ZOOID_OLD_BIN` | the program of zooid of March 2026 (commit 59a9d11) |
//! | `ZOOID_CURRENT_BIN` | the program of current zooid (commit 6a55fb7) |
//! | `ZOOID_DIFFERENTIAL_SEED` | the seed of the random requests; random if unset, and printed |
//! | `ZOOID_DIFFERENTIAL_REQUESTS` | the number of random requests; 300 if unset |
//!
//! Each zooid runs in a temporary folder on a free port with the `API_HOST` `api.test`, and is killed at the end of
//! the test.
//!
//! # Limits
//!
//! [`uncompared_texts`] lists texts that are compared only in part. Not compared are:
//!
//! - path segments `.` and `..`, which the emulator's HTTP server resolves
//! - ids that lead out of zooid's folder (`..%2Fdata%2Fx`): zooid writes there, for the emulator the folder does not
//!   exist
//! - JSON that only Go accepts: lone surrogates, duplicate keys, more than 128 levels, numbers out of range
//! - keys that are not hexadecimal: zooid accepts them on processors with AVX2 and rejects them on others, like the
//!   emulator
//! - hosts that Go rejects, and requests to a relay's host other than for its document
//! - timing of reloads, starts, races and kills, see `Fault` and `Emulator::restart`

#![allow(clippy::unwrap_used, reason = "tests")]

mod authentication;
mod bodies;
mod broken_files;
mod conflicts;
mod fatal_configs;
mod members;
mod merge;
mod nip11_documents;
mod pair;
mod paths;
mod random;
mod raw_http;
mod uncompared_texts;
mod zooid_process;

use std::{env, path::PathBuf};

use zooid_client::Profile;

use crate::pair::Pair;

type Case = fn(&mut Pair);

/// Each comparison starts its own zooid.
const CASES: [(&str, Case); 9] = [
    ("authentication", authentication::compare),
    ("paths", paths::compare),
    ("bodies", bodies::compare),
    ("merge", merge::compare),
    ("conflicts", conflicts::compare),
    ("broken files", broken_files::compare),
    ("documents", nip11_documents::compare),
    ("members", members::compare),
    ("random", random::compare),
];

#[test]
#[ignore = "needs a real zooid: set ZOOID_OLD_BIN to the program of zooid of March 2026"]
fn the_emulator_matches_old_zooid() {
    compare(Profile::Old, &program("ZOOID_OLD_BIN"));
}

#[test]
#[ignore = "needs a real zooid: set ZOOID_CURRENT_BIN to the program of current zooid"]
fn the_emulator_matches_current_zooid() {
    compare(Profile::Current, &program("ZOOID_CURRENT_BIN"));
}

#[test]
#[ignore = "needs a real zooid: set ZOOID_OLD_BIN to the program of zooid of March 2026"]
fn configurations_that_terminate_old_zooid_terminate_the_emulator() {
    fatal_configs::compare(Profile::Old, &program("ZOOID_OLD_BIN"));
}

#[test]
#[ignore = "needs a real zooid: set ZOOID_CURRENT_BIN to the program of current zooid"]
fn configurations_that_terminate_current_zooid_terminate_the_emulator() {
    fatal_configs::compare(Profile::Current, &program("ZOOID_CURRENT_BIN"));
}

fn program(variable: &str) -> PathBuf {
    match env::var_os(variable) {
        Some(path) => path.into(),
        None => panic!("{variable} is not set; set it to the path of the program"),
    }
}

fn compare(profile: Profile, program: &std::path::Path) {
    let mut requests = 0;
    let mut differences = Vec::new();
    for (name, case) in CASES {
        let mut pair = Pair::start(profile, program);
        case(&mut pair);
        println!(
            "{profile:?}, {name}: {} requests, {} differences",
            pair.requests,
            pair.differences.len()
        );
        requests += pair.requests;
        differences.extend(
            pair.differences
                .into_iter()
                .map(|difference| format!("{name}: {difference}")),
        );
    }
    let mut pair = Pair::start_without_whitelist(profile, program);
    authentication::compare_without_whitelist(&mut pair);
    requests += pair.requests;
    differences.extend(pair.differences);
    println!("{profile:?}: {requests} requests");
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
