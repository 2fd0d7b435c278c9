use serde_json::Value;
use zooid_client::{
    HEARTBEAT_ID,
    emulator::{Emulator, Fault},
};

use crate::program::Program;

#[tokio::test]
async fn status_counts_the_relays_and_names_those_that_were_given_up() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    zooid.inject(
        Fault::status(400)
            .body(r#"{"error":"no such luck"}"#, "application/json")
            .for_relay("bob"),
    );
    program.create("alice");
    program.create("bob");
    let _service = program.start();
    program.until_up_to_date("alice");
    program.until("bob", |relay| relay["given_up"] == true);

    let shown = program.done(&["status"]);
    for line in ["given up           1", "served             1", "failing            0"] {
        assert!(shown.contains(line), "{line} is not in {shown}");
    }
    assert!(shown.contains("bob") && shown.contains("no such luck"), "{shown}");
    let json: Value = serde_json::from_str(&program.done(&["status", "--json"])).unwrap();
    assert_eq!(
        (&json["relays"]["given_up"], &json["relays"]["served"]),
        (&1.into(), &1.into())
    );
    assert_eq!(json["given_up"][0]["id"], "bob");
    assert_eq!(json["zooid"]["state"], "up");
    assert!(shown.starts_with("zooid: ok, last contact "), "{shown}");
}

#[tokio::test]
async fn status_tells_of_a_zooid_that_is_away() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    drop(zooid);
    program.create("alice");
    let shown = program.done(&["status"]);
    assert!(
        shown.starts_with("zooid: unknown, no service has observed it yet\n"),
        "{shown}"
    );
    let _service = program.start();
    program.until_zooid_is("down");
    let shown = program.done(&["status"]);
    assert!(
        shown.starts_with("zooid: down for ") && shown.contains("all syncs wait; next check "),
        "{shown}"
    );
    assert!(
        shown.contains("zooid is unavailable: zooid cannot be reached"),
        "{shown}"
    );
    assert!(
        shown.contains("the oldest change that zooid does not have: "),
        "{shown}"
    );
}

/// Also while nothing is pending, and however long zooid asks to wait.
#[tokio::test]
async fn a_zooid_that_asks_to_wait_until_the_year_9999_is_shown_and_resync_ends_the_wait() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid).with("INFRA_LISTEN", "127.0.0.1:0");
    let until = "Fri, 31 Dec 9999 23:59:59 GMT";
    zooid.inject(Fault::status(503).retry_after(until).for_relay(HEARTBEAT_ID));
    let service = program.start();
    let held = program.until_zooid_is("down");
    let (seen, next) = (
        held["seen_at"].as_i64().unwrap(),
        held["next_heartbeat_at"].as_i64().unwrap(),
    );
    assert!((290..=300).contains(&(next - seen)), "{held}");
    let shown = program.done(&["status"]);
    assert!(
        shown.contains("; next check in 4m") || shown.contains("; next check in 5m"),
        "{shown}"
    );
    let ready = crate::http::get(&format!("{}/readyz", service.url())).await;
    let ready = ready.text().await.unwrap();
    assert!(
        ready.contains("all syncs wait: zooid is unavailable: zooid returned 503"),
        "{ready}"
    );
    program.create("alice");
    program.done(&["relay", "resync", "alice"]);
    program.until_up_to_date("alice");
    assert_eq!(program.status()["zooid"]["state"], "up");
}

#[test]
fn status_of_a_store_that_cannot_be_opened_fails() {
    let program = Program::new().with("DATABASE_URL", "no/such/folder/infra.db");
    let failed = program.infra(&["status"]);
    assert_eq!(failed.code, 7);
    assert!(failed.stderr.contains("no/such/folder/infra.db"), "{}", failed.stderr);
}
