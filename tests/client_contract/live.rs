use std::{env, io::Write};

use zooid_client::Keys;

use crate::{contract, target::Target};

fn variable(name: &str) -> String {
    let value = env::var(name).unwrap_or_default();
    assert!(
        !value.trim().is_empty(),
        "{name} is not set: the live contract needs ZOOID_API_URL, the url of a zooid's API_HOST, such as \
         http://localhost:3334, and ZOOID_API_SECRET, a secret key (hex or nsec) whose public key is on its API_WHITELIST"
    );
    value
}

/// Creates and deletes relays with random ids and hosts.
#[tokio::test]
#[ignore = "needs a real zooid; set ZOOID_API_URL and ZOOID_API_SECRET and run with --include-ignored"]
async fn the_contract_holds_for_a_live_zooid() {
    let (url, secret) = (variable("ZOOID_API_URL"), variable("ZOOID_API_SECRET"));
    let keys = Keys::parse(secret.trim()).expect("ZOOID_API_SECRET must be a secret key");
    let target = Target::probe(&url, keys).await;
    // Not `println!`, which the test harness captures.
    #[allow(clippy::disallowed_methods, reason = "the text is this test's own")]
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "testing the contract on {}, a {:?} zooid",
        target.url, target.profile
    )
    .unwrap();
    contract::assert_holds(target).await;
}
