use serde_json::Value;
use zooid_client::emulator::{Emulator, Fault};

use crate::program::Program;

#[tokio::test]
async fn status_counts_the_relays_and_names_those_that_were_given_up() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    zooid.inject(Fault::status(400).body("no such luck", "text/plain").for_relay("bob"));
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
    assert_eq!(json["zooid"], Value::Null);
}

#[tokio::test]
async fn status_tells_of_a_zooid_that_is_away() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    drop(zooid);
    program.create("alice");
    let _service = program.start();
    program.until("alice", |relay| relay["sync_error"] != "");
    let shown = program.done(&["status"]);
    assert!(shown.starts_with("zooid has not served us for "), "{shown}");
    assert!(
        shown.contains("the oldest change that zooid does not have: "),
        "{shown}"
    );
}

#[test]
fn status_of_a_store_that_cannot_be_opened_fails() {
    let program = Program::new().with("DATABASE_URL", "no/such/folder/infra.db");
    let failed = program.infra(&["status"]);
    assert_eq!(failed.code, 7);
    assert!(failed.stderr.contains("no/such/folder/infra.db"), "{}", failed.stderr);
}
