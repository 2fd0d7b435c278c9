//! The emulator beside real zooids: the same requests go to both, and status, headers, body, the files written and the
//! NIP-11 documents must be the same.
//!
//! The tests are ignored, since nothing here builds zooid. To run them:
//!
//! ```sh
//! ZOOID_OLD_BIN=/path/to/old-zooid ZOOID_CURRENT_BIN=/path/to/current-zooid \
//!     cargo test -p contract-tests --test zooid_differential -- --ignored --nocapture
//! ```
//!
//! | variable | what it is |
//! |---|---|
//! | `ZOOID_OLD_BIN` | the program of zooid of March 2026 (commit 59a9d11) |
//! | `ZOOID_CURRENT_BIN` | the program of current zooid (commit 6a55fb7) |
//! | `ZOOID_DIFFERENTIAL_SEED` | the seed of the random requests; a fresh one if unset, and printed |
//! | `ZOOID_DIFFERENTIAL_REQUESTS` | how many random requests to send; 300 if unset |
//!
//! Each zooid runs in a temporary folder, on a free port, with the `API_HOST` `api.test`. It ends with the test.
//!
//! # What is not compared
//!
//! [`known`] lists the texts whose end is not compared: those of Go's parsers. Besides:
//!
//! - Segments `.` and `..` of a path: the emulator's HTTP server resolves them before the emulator sees the path.
//! - Ids that lead out of zooid's folder (`..%2Fdata%2Fx`): zooid writes there, the emulator takes the folder for missing.
//! - JSON that only Go takes: lone surrogates, two equal keys whose objects Go merges, more than 128 levels, numbers beyond a double's.
//! - Keys that are not hexadecimal: where the processor has AVX2 zooid takes them and decodes something else, elsewhere
//!   it refuses them, as the emulator does.
//! - Hosts that Go refuses with a 400 before zooid sees the request, and anything but documents at a relay's host.
//! - The moment: reloads, starts, races and kills. The emulator does these on demand, see `Fault` and `Emulator::restart`.

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

/// Each runs with a zooid of its own.
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
fn the_emulator_answers_as_an_old_zooid() {
    compare(Profile::Old, &program("ZOOID_OLD_BIN"));
}

#[test]
#[ignore = "needs a real zooid: set ZOOID_CURRENT_BIN to the program of current zooid"]
fn the_emulator_answers_as_a_current_zooid() {
    compare(Profile::Current, &program("ZOOID_CURRENT_BIN"));
}

#[test]
#[ignore = "needs a real zooid: set ZOOID_OLD_BIN to the program of zooid of March 2026"]
fn configurations_that_terminate_an_old_zooid_terminate_the_emulator() {
    fatal_configs::compare(Profile::Old, &program("ZOOID_OLD_BIN"));
}

#[test]
#[ignore = "needs a real zooid: set ZOOID_CURRENT_BIN to the program of current zooid"]
fn configurations_that_terminate_a_current_zooid_terminate_the_emulator() {
    fatal_configs::compare(Profile::Current, &program("ZOOID_CURRENT_BIN"));
}

fn program(variable: &str) -> PathBuf {
    match env::var_os(variable) {
        Some(path) => path.into(),
        None => panic!("{variable} is not set; set it to the path of that zooid's program"),
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
