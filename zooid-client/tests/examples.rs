//! Runs the examples against the emulator.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{env, process::Command};

use zooid_client::emulator::{Emulator, Fault};

const OWNER: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

/// Runs an example and returns its output. Cargo builds the examples in a folder next to the tests.
fn example(zooid: &Emulator, name: &str, arguments: &[&str]) -> String {
    let test = env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    let output = Command::new(program)
        .args(arguments)
        .env("ZOOID_API_URL", zooid.url())
        .env("ZOOID_API_SECRET", zooid.keys().secret_key().to_secret_hex())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_examples_create_patch_list_and_delete() {
    let zooid = Emulator::start().await;
    let create = |id, host| example(&zooid, "create_relay", &[id, host, OWNER]);
    assert_eq!(create("alice", "alice.example"), "alice: relay created successfully\n");
    assert_eq!(create("alice", "a.example"), "alice already exists; patch it instead\n");
    assert_eq!(
        create("bob", "alice.example"),
        "bob: another relay has this Host; choose another\n"
    );

    let patched = example(&zooid, "patch_relay", &["alice", "Alice & friends", "false"]);
    assert_eq!(patched, "alice: relay patched successfully\n");
    let held = zooid.config("alice").unwrap();
    assert_eq!(
        (&held["info"]["name"], &held["inactive"]),
        (&"Alice & friends".into(), &true.into())
    );

    zooid.set_members("alice", vec![OWNER.to_owned()]);
    zooid.inject(Fault::status(503).retry_after("0"));
    assert_eq!(example(&zooid, "list_members", &["alice"]), format!("{OWNER}\n"));

    let delete = || example(&zooid, "delete_relay", &["alice"]);
    assert_eq!(delete(), "alice: relay deleted successfully\n");
    assert_eq!(delete(), "alice does not exist\n");
}
