use std::process::Command;

use serde_json::Value;
use zooid_client::emulator::Emulator;

use crate::program::Program;

fn json_lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn relays_are_listed_as_a_table_and_as_json_lines() {
    let program = Program::new();
    program.create("alice");
    program.create("bob");
    let table = program.done(&["relay", "list"]);
    assert!(
        table.contains("alice.relays.example") && table.contains(" new "),
        "{table}"
    );
    let ids: Vec<_> = json_lines(&program.done(&["relay", "list", "--json"]))
        .into_iter()
        .map(|relay| relay["id"].clone())
        .collect();
    assert_eq!(ids, ["alice", "bob"]);
}

#[test]
fn a_flag_alone_means_yes_and_can_be_taken_back() {
    let program = Program::new();
    program.create("alice");
    program.done(&["relay", "update", "alice", "--blossom", "--livekit"]);
    program.done(&["relay", "update", "alice", "--livekit=false"]);
    let relay = program.show("alice");
    assert_eq!(
        (&relay["blossom_enabled"], &relay["livekit_enabled"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn an_update_without_a_difference_says_so() {
    let program = Program::new();
    program.create("alice");
    assert_eq!(program.done(&["relay", "update", "alice", "--push"]), "updated alice\n");
    assert_eq!(
        program.done(&["relay", "update", "alice", "--push"]),
        "unchanged alice\n"
    );
    assert_eq!(program.done(&["relay", "activate", "alice"]), "unchanged alice\n");
}

#[test]
fn what_happened_is_shown_in_order() {
    let program = Program::new();
    program.create("alice");
    program.done(&["relay", "deactivate", "alice"]);
    let types: Vec<_> = json_lines(&program.done(&["activity", "--json"]))
        .into_iter()
        .map(|activity| activity["activity_type"].clone())
        .collect();
    assert_eq!(types, ["create_relay", "deactivate_relay"]);
    let last = program.done(&["activity", "-n", "1"]);
    assert!(last.contains("deactivate_relay") && last.lines().count() == 1, "{last}");
}

#[tokio::test]
async fn the_members_of_a_relay_are_listed() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let _service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    zooid.set_members("alice", vec!["aa".to_owned(), "bb".to_owned()]);
    assert_eq!(program.done(&["zooid", "members", "alice"]), "aa\nbb\n");
    assert_eq!(
        program.done(&["zooid", "members", "alice", "--json"]),
        "[\"aa\",\"bb\"]\n"
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let program = Program::new();
    program.create("alice");
    let piped = Command::new("sh")
        .arg("-c")
        .arg(format!("{} relay list | true", env!("CARGO_BIN_EXE_infra")))
        .current_dir(program.folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(piped.stderr).unwrap(), "");
}
