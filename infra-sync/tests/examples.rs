//! Tests that the examples run and print what they document.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{env, process::Command};

/// Runs an example and returns its output. Cargo builds the examples together with the tests.
fn example(name: &str) -> String {
    let test = env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    let output = Command::new(program).output().unwrap();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_in_memory_backend_creates_changes_and_deletes_a_relay_and_exits() {
    let output = example("in_memory_backend");
    let activities: Vec<&str> = output.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        activities,
        [
            "create_relay alice",
            "complete_relay_sync alice",
            "update_relay alice",
            "fail_relay_sync alice",
            "complete_relay_sync alice",
            "delete_relay alice",
        ]
    );
    assert!(output.contains("zooid has the name \"Alice & friends\""), "{output}");
    assert!(output.ends_with("zooid has no relay\n"), "{output}");
}
