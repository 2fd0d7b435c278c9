use std::time::{Duration, Instant};

use infra_sync::SETTLE_TIME;
use serde_json::{Value, json};
use zooid_client::{
    Operation, RelayId,
    emulator::{Emulator, Fault},
};

use crate::program::{Program, TENANT, relay};

const PATIENCE: Duration = Duration::from_secs(60);

fn last_activity(program: &Program) -> Value {
    serde_json::from_str(&program.done(&["activity", "--json", "-n", "1"])).unwrap()
}

/// A zooid that tells which requests it received.
async fn recording() -> Emulator {
    Emulator::builder().record_requests().start().await.unwrap()
}

/// The methods of a relay's requests, and what they were answered.
fn requests(zooid: &Emulator, id: &str) -> Vec<(String, u16)> {
    let requests = zooid.relay_requests().into_iter();
    requests
        .filter(|request| request.path == format!("/relay/{id}"))
        .map(|request| (request.method, request.status))
        .collect()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Creates a relay on zooid, as somebody else does.
async fn create_on_zooid(zooid: &Emulator, id: &str, host: &str) {
    let config = json!({
        "host": host,
        "schema": id,
        "secret": "0000000000000000000000000000000000000000000000000000000000000002",
        "info": { "pubkey": TENANT },
    });
    let id: RelayId = id.parse().unwrap();
    let client = zooid.client().unwrap();
    client
        .create_relay(&id, &serde_json::from_value(config).unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_running_service_deletes_a_relay_on_zooid() {
    let zooid = recording().await;
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    for id in ["alice", "bob"] {
        program.create(id);
        program.until_up_to_date(id);
    }
    let schema = program.show("alice")["schema"].as_str().unwrap().to_owned();
    let keeps = format!(
        "zooid keeps its tables with all events (schema {schema}) and its media; only its configuration is deleted\n"
    );
    assert_eq!(
        program.done(&["relay", "delete", "alice", "--yes"]),
        format!("deleting alice; the running service deletes it on zooid\n{keeps}")
    );
    until("deleted", || zooid.relay_ids() == ["bob"]).await;
    // The row of a service that has just started stays, since an earlier one may have sent a request.
    assert_eq!(program.show("alice")["deleted"], 1);
    assert!(program.done(&["relay", "show", "alice"]).contains("deleting"));
    assert!(program.done(&["relay", "list"]).contains(" deleting "));
    assert_eq!(program.status()["relays"], json!({ "deleting": 1, "synced": 1 }));
    let last = last_activity(&program);
    assert_eq!(
        (&last["activity_type"], &last["resource_id"]),
        (&"delete_relay".into(), &"alice".into())
    );
    assert_eq!(
        program.done(&["relay", "delete", "alice"]),
        format!("already deleting alice; the running service deletes it on zooid\n{keeps}")
    );
    program.done(&["relay", "update", "bob", "--name", "Bob"]);
    program.until_up_to_date("bob");
    assert_eq!(service.stop(), 0);
    assert_eq!(zooid.relay_ids(), ["bob"]);
    assert_eq!(program.infra(&["verify", "alice"]).code, 0, "it is to be gone, and is");
}

#[tokio::test]
async fn a_deleted_relay_stays_until_a_request_that_was_cut_off_can_no_longer_bring_it_back() {
    let zooid = recording().await;
    let program = Program::for_zooid(&zooid);
    let mut killed = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    zooid.remove("alice");
    zooid.inject(Fault::hang().for_relay("alice").for_operation(Operation::CreateRelay));
    program.done(&["relay", "update", "alice", "--name", "Alice"]);
    let is_post = |(method, _): &(String, u16)| method == "POST";
    let creations = || requests(&zooid, "alice").into_iter().filter(is_post).count();
    until("created again", || creations() == 2).await;
    let cut_off = Instant::now();
    killed.kill();

    // Before the next service starts, or that could create the relay again first.
    program.done(&["relay", "delete", "alice", "--yes"]);
    let _service = program.start();
    until("deleted", || {
        requests(&zooid, "alice").last() == Some(&("DELETE".to_owned(), 404))
    })
    .await;
    // The request arrives at last.
    create_on_zooid(&zooid, "alice", "alice.relays.example").await;
    program.until_gone("alice", 3 * SETTLE_TIME);
    assert!(cut_off.elapsed() >= SETTLE_TIME, "{:?}", cut_off.elapsed());
    assert_eq!(zooid.relay_ids(), Vec::<String>::new());
    // Another deletion may follow the one that took effect.
    let sent = requests(&zooid, "alice");
    assert!(sent.contains(&("DELETE".to_owned(), 200)), "{sent:?}");
    assert_eq!(creations(), 3, "two of the service, and the late one");
    assert_eq!(last_activity(&program)["activity_type"], "complete_relay_sync");

    program.create("alice");
    program.until_up_to_date("alice");
}

#[tokio::test]
async fn a_relay_that_zooid_never_confirmed_is_not_deleted_there() {
    let zooid = recording().await;
    create_on_zooid(&zooid, "alice", "somebody.example").await;
    create_on_zooid(&zooid, "taken", "alice.relays.example").await;
    let before = zooid.config("alice");
    let program = Program::for_zooid(&zooid);
    let _service = program.start();
    program.create("alice");
    program.until("alice", |relay| relay["sync_error"] != "");
    let said = program.done(&["relay", "delete", "alice", "--yes"]);
    assert!(said.contains("zooid never confirmed that it has alice"), "{said}");
    program.until_gone("alice", PATIENCE);
    let requests = requests(&zooid, "alice");
    assert!(requests.iter().all(|(method, _)| method != "DELETE"), "{requests:?}");
    assert_eq!(zooid.config("alice"), before, "it is somebody else's");
}

#[tokio::test]
async fn a_relay_that_zooid_lost_is_deleted_without_an_error() {
    let zooid = recording().await;
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    zooid.remove("alice");
    program.done(&["relay", "delete", "alice", "--yes"]);
    until("deleted", || {
        requests(&zooid, "alice").last() == Some(&("DELETE".to_owned(), 404))
    })
    .await;
    assert_eq!(service.stop(), 0);
    let relay = program.show("alice");
    assert_eq!((&relay["sync_error"], &relay["sync_failures"]), (&json!(""), &json!(0)));
}

#[tokio::test]
async fn without_a_service_a_relay_is_deleted_by_the_next_that_runs() {
    let zooid = recording().await;
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    assert_eq!(service.stop(), 0);
    let said = program.done(&["relay", "delete", "alice", "--yes"]);
    let words = "deleting alice; no service is running, so zooid keeps it until `infra run` runs next\n";
    assert!(said.starts_with(words), "{said}");
    assert_eq!(zooid.relay_ids(), ["alice"]);
    let differs = program.infra(&["verify", "alice"]);
    assert!(
        differs.stdout.starts_with("differs alice (deleting): served is"),
        "{}",
        differs.stdout
    );
    let preview: Value = serde_json::from_str(&program.done(&["resync", "alice", "--dry-run"])).unwrap();
    assert_eq!(preview, json!({ "method": "DELETE", "path": "/relay/alice" }));

    let _service = program.start();
    until("deleted", || zooid.relay_ids().is_empty()).await;
}

#[tokio::test]
async fn a_relay_that_was_never_sent_is_gone_with_the_next_service() {
    let zooid = recording().await;
    let program = Program::for_zooid(&zooid);
    program.create("alice");
    program.done(&["relay", "delete", "alice", "--yes"]);
    assert_eq!(
        program.done(&["resync", "alice", "--dry-run"]),
        "alice is deleted without a request\n"
    );
    let _service = program.start();
    program.until_gone("alice", PATIENCE);
    assert!(requests(&zooid, "alice").is_empty());
}

#[tokio::test]
async fn a_deletion_that_fails_is_retried_and_keeps_the_relay_until_then() {
    let zooid = recording().await;
    let program = Program::for_zooid(&zooid).with("INFRA_RETRY_MAX", "2");
    let _service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let refused = json!({ "error": "failed to delete config" }).to_string();
    let fault = Fault::status(500).body(refused, "application/json");
    zooid.inject(fault.for_operation(Operation::DeleteRelay).times(2));
    program.done(&["relay", "delete", "alice", "--yes"]);
    let gave_up = program.until("alice", |relay| relay["state"] == "gave_up");
    assert_eq!(
        gave_up["sync_error"],
        "cannot delete relay alice: zooid returned 500 Internal Server Error: failed to delete config"
    );
    assert_eq!(program.status()["gave_up"][0]["id"], "alice");
    assert_eq!(zooid.relay_ids(), ["alice"]);
    program.done(&["resync", "--failed"]);
    until("deleted", || zooid.relay_ids().is_empty()).await;
}

#[tokio::test]
async fn a_deleted_relay_can_no_longer_be_changed() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    program.create("alice");
    program.done(&["relay", "delete", "alice", "--yes"]);
    let create = [
        "relay",
        "create",
        "--tenant",
        TENANT,
        "--subdomain",
        "other",
        "--domain",
        "relays.example",
        "--id",
        "alice",
    ];
    for args in [
        &["relay", "update", "alice", "--name", "Alice"][..],
        &["relay", "activate", "alice"],
        &["relay", "deactivate", "alice"],
        &create,
    ] {
        let refused = program.infra(args);
        assert_eq!(refused.code, 4, "{args:?}");
        assert!(
            refused
                .stderr
                .starts_with("error: relay alice is being deleted and can no longer be changed; once"),
            "{args:?}: {}",
            refused.stderr
        );
    }
    program.file("relays.json", &json!([relay("bob"), relay("alice")]).to_string());
    let refused = program.infra(&["relay", "import", "relays.json"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            4,
            "error: nothing was imported, the file is not usable:\n  line 1: id: is that of a relay that is being deleted; \
             remove it from the file, or wait until it is gone\n"
        )
    );
    assert_eq!(program.done(&["relay", "list", "--json"]).lines().count(), 1);
    program.done(&["relay", "resync", "alice"]);
    assert_eq!(program.show("alice")["deleted"], 1);
}

#[test]
fn a_file_does_not_delete_relays() {
    let program = Program::new();
    let mut deleted = relay("alice");
    deleted["deleted"] = json!(1);
    program.file("relays.json", &json!([deleted]).to_string());
    let refused = program.infra(&["relay", "import", "relays.json"]);
    let words = "line 1: deleted: must be 0 or absent; `infra relay delete` deletes a relay\n";
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.ends_with(words), "{}", refused.stderr);
}

#[tokio::test]
async fn a_relay_is_deleted_in_the_midst_of_its_changes_on_a_slow_zooid() {
    let zooid = recording().await;
    zooid.inject(Fault::delay(Duration::from_millis(200)).share(1.0, 0));
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    program.create("alice");
    until("sent", || !requests(&zooid, "alice").is_empty()).await;
    for name in ["A", "B", "C"] {
        program.done(&["relay", "update", "alice", "--name", name]);
    }
    program.done(&["relay", "delete", "alice", "--yes"]);
    until("deleted", || {
        requests(&zooid, "alice").last() == Some(&("DELETE".to_owned(), 200))
    })
    .await;
    assert_eq!(service.stop(), 0);
    assert!(zooid.relay_ids().is_empty());
}

#[tokio::test]
async fn nothing_is_deleted_where_nobody_can_be_asked() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    program.create("alice");
    let refused = program.infra(&["relay", "delete", "alice"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            4,
            "error: cannot ask for confirmation without a terminal; pass --yes to delete relay alice\n"
        )
    );
    assert_eq!(program.show("alice")["deleted"], Value::Null);
}

#[tokio::test]
async fn an_id_that_is_not_there_is_answered_with_those_like_it() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    for id in ["alice", "alicia", "bob"] {
        program.create(id);
    }
    for command in ["delete", "show"] {
        let refused = program.infra(&["relay", command, "alici"]);
        assert_eq!(
            (refused.code, refused.stderr.as_str()),
            (5, "error: there is no relay alici; did you mean alicia or alice?\n")
        );
    }
    let refused = program.infra(&["relay", "delete", "zoe", "--yes"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (5, "error: there is no relay zoe\n")
    );
}

#[tokio::test]
async fn a_second_service_waits_for_the_first() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let first = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let second = program.start_with(&["run"], "second.log");
    second.until_logged("another `infra run` works on this store");
    assert_eq!(first.stop(), 0);
    second.until_logged("listening for activity");
    assert_eq!(second.stop(), 0);
}
