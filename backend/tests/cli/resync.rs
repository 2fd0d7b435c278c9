use serde_json::Value;
use zooid_client::emulator::{Emulator, Fault};

use crate::program::Program;

#[tokio::test]
async fn resync_all_rebuilds_a_zooid_that_lost_its_disk() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let _service = program.start();
    for id in ["alice", "bob"] {
        program.create(id);
        program.until_up_to_date(id);
    }
    let before = ["alice", "bob"].map(|id| zooid.config(id).unwrap());
    zooid.remove("alice");
    zooid.remove("bob");
    assert!(program.done(&["resync", "--all"]).contains("2 relays will be synced"));
    for id in ["alice", "bob"] {
        program.until_up_to_date(id);
    }
    assert_eq!(["alice", "bob"].map(|id| zooid.config(id).unwrap()), before);
}

#[tokio::test]
async fn resync_failed_tries_only_those_again() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let program = Program::for_zooid(&zooid);
    let _service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    zooid.inject(
        Fault::status(400)
            .body(r#"{"error":"no"}"#, "application/json")
            .for_relay("bob"),
    );
    program.create("bob");
    program.until("bob", |relay| relay["state"] == "gave_up");
    assert!(
        program
            .done(&["resync", "--failed"])
            .contains("will be synced bob\n1 relay will")
    );
    program.until_up_to_date("bob");
    let of_alice = zooid
        .relay_requests()
        .iter()
        .filter(|request| request.path.ends_with("alice"))
        .count();
    assert_eq!(of_alice, 1);
}

#[test]
fn a_dry_run_prints_what_would_be_sent_without_secrets_and_changes_nothing() {
    let secret = "0000000000000000000000000000000000000000000000000000000000000003";
    let program = Program::new()
        .with("ZOOID_API_URL", "http://127.0.0.1:1")
        .with("ZOOID_API_SECRET", secret)
        .with("BLOSSOM_S3_REGION", "eu")
        .with("BLOSSOM_S3_BUCKET", "media")
        .with("BLOSSOM_S3_ACCESS_KEY", "planted-access")
        .with("BLOSSOM_S3_SECRET_KEY", "planted-secret");
    program.create("alice");
    program.done(&["relay", "update", "alice", "--blossom"]);
    let before = program.show("alice");
    let shown = program.done(&["resync", "alice", "--dry-run"]);
    let preview: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (&preview["method"], &preview["path"]),
        (&"POST".into(), &"/relay/alice".into())
    );
    assert_eq!(preview["body"]["secret"], "[masked]");
    assert_eq!(preview["body"]["blossom"]["s3"]["secret_key"], "[masked]");
    assert_eq!(preview["body"]["blossom"]["s3"]["bucket"], "media");
    assert!(!shown.contains("planted"), "{shown}");
    assert_eq!(program.show("alice"), before);
}

#[test]
fn resync_of_an_unknown_relay_and_of_nothing_fails() {
    let program = Program::new();
    program.create("alice");
    let unknown = program.infra(&["resync", "alise"]);
    assert_eq!(unknown.code, 5);
    assert!(unknown.stderr.contains("alice"), "it suggests: {}", unknown.stderr);
    assert_eq!(program.infra(&["resync"]).code, 2);
    assert_eq!(program.infra(&["resync", "alice", "--all"]).code, 2);
}
