use std::{env, io::Write};

use zooid_client::Keys;

use crate::{contract, target::Target};

const HOW_TO: &str = "\
The contract was NOT tried on a live zooid. To try it, set
  ZOOID_API_URL     the url of its API_HOST, for example http://localhost:3334
  ZOOID_API_SECRET  a secret key, hex or nsec, whose public key is on its API_WHITELIST
It makes a few relays with random names there, and deletes them.
";

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

#[test]
fn the_contract_holds_on_the_live_zooid_of_the_environment() {
    // Written past the test harness, which shows the output of failed tests only.
    #[allow(clippy::disallowed_methods, reason = "the text is this test's own")]
    let mut stderr = std::io::stderr();
    let (url, secret) = match (variable("ZOOID_API_URL"), variable("ZOOID_API_SECRET")) {
        (Some(url), Some(secret)) => (url, secret),
        (None, None) => {
            stderr.write_all(HOW_TO.as_bytes()).unwrap();
            return;
        }
        _ => panic!("ZOOID_API_URL and ZOOID_API_SECRET go together"),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let keys = Keys::parse(secret.trim()).expect("ZOOID_API_SECRET is a secret key");
        let target = Target::probe(&url, keys).await;
        writeln!(
            stderr,
            "Trying the contract on {}, a {:?} zooid.",
            target.url, target.profile
        )
        .unwrap();
        contract::hold(target).await;
    });
}
