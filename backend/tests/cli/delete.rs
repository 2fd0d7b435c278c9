use std::time::Duration;

use serde_json::{Value, json};
use zooid_client::{
    Operation,
    emulator::{Emulator, Fault},
};

use crate::program::{Program, TENANT};

fn last_activity(program: &Program) -> Value {
    serde_json::from_str(&program.done(&["activity", "--json", "-n", "1"])).unwrap()
}

#[tokio::test]
async fn a_deleted_relay_is_gone_from_zooid_and_from_the_store_while_the_service_runs() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    for id in ["alice", "bob"] {
        program.create(id);
        program.until_up_to_date(id);
    }
    let schema = program.show("alice")["schema"].as_str().unwrap().to_owned();
    assert_eq!(
        program.done(&["relay", "delete", "alice", "--yes"]),
        format!(
            "deleted alice\nzooid keeps its tables with all events (schema {schema}) and its media; only its configuration is \
             gone\n"
        )
    );
    assert_eq!(zooid.relay_ids(), ["bob"]);
    assert_eq!(program.infra(&["relay", "show", "alice"]).code, 5);
    let last = last_activity(&program);
    assert_eq!(
        (&last["activity_type"], &last["resource_id"]),
        (&"delete_relay".into(), &"alice".into())
    );

    program.done(&["relay", "update", "bob", "--name", "Bob"]);
    program.until_up_to_date("bob");
    assert_eq!(service.stop(), 0);
    assert_eq!(zooid.relay_ids(), ["bob"]);
}

#[tokio::test]
async fn a_relay_that_fails_is_deleted_and_not_made_again_by_its_retry() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid)
        .with("INFRA_RETRY_BASE", "1ms")
        .with("INFRA_RETRY_CAP", "1ms")
        .with("INFRA_RETRY_MAX", "100000");
    let _service = program.start();
    program.create("first");
    program.until_up_to_date("first");
    let foreign = json!({
        "host": "taken.relays.example",
        "schema": "taken",
        "secret": "0000000000000000000000000000000000000000000000000000000000000002",
        "info": { "pubkey": TENANT },
    });
    let foreign = serde_json::from_value(foreign).unwrap();
    let client = zooid.client().unwrap();
    client
        .create_relay(&"foreign".parse().unwrap(), &foreign)
        .await
        .unwrap();
    program.create("second");
    program.done(&["relay", "update", "second", "--subdomain", "taken"]);
    program.until("second", |relay| relay["sync_error"] != "");
    program.done(&["relay", "delete", "second", "--yes"]);
    program.done(&["relay", "deactivate", "first"]);
    program.until_up_to_date("first");
    assert_eq!(zooid.relay_ids(), ["first", "foreign"]);
}

#[tokio::test]
async fn a_relay_is_deleted_in_the_midst_of_its_changes_on_a_slow_zooid() {
    let zooid = Emulator::start().await;
    zooid.inject(Fault::delay(Duration::from_millis(200)).share(1.0, 0));
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    program.create("alice");
    for name in ["A", "B", "C"] {
        program.done(&["relay", "update", "alice", "--name", name]);
    }
    program.done(&["relay", "delete", "alice", "--yes"]);
    assert_eq!(service.stop(), 0);
    assert!(zooid.relay_ids().is_empty());
}

#[tokio::test]
async fn without_a_service_a_relay_is_deleted_whether_zooid_has_it_or_not() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    program.create("alice");
    program.done(&["relay", "delete", "alice", "--yes"]);
    assert_eq!(program.done(&["relay", "list", "--json"]), "");
    assert_eq!(last_activity(&program)["activity_type"], "delete_relay");
}

#[tokio::test]
async fn a_relay_that_zooid_does_not_delete_stays_with_its_key() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let secret = zooid.config("alice").unwrap()["secret"].clone();
    for service in [Some(service), None] {
        zooid.inject(Fault::status(503).for_operation(Operation::DeleteRelay));
        let refused = program.infra(&["relay", "delete", "alice", "--yes"]);
        assert_eq!(refused.code, 6);
        assert_eq!(
            refused.stderr,
            "error: relay alice is inactive, but still in the store; try again
  because: cannot delete relay alice: zooid returned 503 Service Unavailable: Service Unavailable\n"
        );
        assert_eq!(program.show("alice")["status"], "inactive");
        drop(service);
    }
    zooid.remove("alice");
    let _service = program.start();
    program.until_up_to_date("alice");
    assert_eq!(zooid.config("alice").unwrap()["secret"], secret);
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
            "error: nobody can be asked here whether to delete relay alice; say so with --yes\n"
        )
    );
    assert_eq!(program.show("alice")["status"], "active");
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
