use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use zooid_client::{
    Operation,
    emulator::{Emulator, Fault},
};

use crate::{postgres::Schema, program::Program};

async fn program(zooid: &Emulator) -> (Program, Schema) {
    let schema = Schema::new().await;
    (Program::for_zooid(zooid).with("DATABASE_URL", &schema.url), schema)
}

#[tokio::test]
async fn a_relay_is_created_updated_and_shown_by_way_of_postgres() {
    let zooid = Emulator::start().await;
    let (program, _schema) = program(&zooid).await;
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    program.done(&["relay", "update", "alice", "--name", "Alice"]);
    program.until_up_to_date("alice");
    assert_eq!(zooid.config("alice").unwrap()["info"]["name"], "Alice");
    assert!(program.done(&["relay", "list"]).contains(" synced "));
    assert_eq!(program.done(&["activity"]).lines().count(), 4);
    assert_eq!(program.folder.path().read_dir().unwrap().count(), 1, "only the log");
    assert_eq!(service.stop(), 0);
}

#[tokio::test]
async fn the_relay_of_a_killed_worker_is_taken_over_by_another() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let (program, schema) = program(&zooid).await;
    zooid.inject(Fault::hang().for_relay("alice"));
    let mut killed = program.start();
    program.create("alice");
    let deadline = Instant::now() + Duration::from_secs(30);
    while zooid.relay_requests().is_empty() {
        assert!(Instant::now() < deadline, "{}", killed.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    killed.kill();

    let service = program.start();
    program.done(&["relay", "update", "alice", "--name", "Alice"]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(program.show("alice")["up_to_date"], false, "it is leased");
    let mut connection = PgConnection::connect(&schema.url).await.unwrap();
    sqlx::query("UPDATE relay SET leased_until = statement_timestamp() WHERE lease_owner IS NOT NULL")
        .execute(&mut connection)
        .await
        .unwrap();
    program.until_up_to_date("alice");
    assert!(service.log().contains("taken over"), "{}", service.log());
    assert_eq!(zooid.config("alice").unwrap()["info"]["name"], "Alice");
}

/// Whether the last request of a relay deleted it on zooid.
fn is_deleted(zooid: &Emulator, id: &str) -> bool {
    let requests = zooid.relay_requests();
    let mut of_relay = requests.iter().filter(|request| request.path == format!("/relay/{id}"));
    let last = of_relay.next_back();
    last.is_some_and(|last| last.method == "DELETE" && matches!(last.status, 200 | 404))
}

#[tokio::test]
async fn relays_are_deleted_in_the_midst_of_their_changes_while_workers_run() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let (program, _schema) = program(&zooid).await;
    let _workers = [program.start(), program.start()];
    zooid.inject(Fault::delay(Duration::from_millis(30)).times(1_000));
    let ids: Vec<_> = (0..10).map(|round| format!("relay-{round}")).collect();
    for id in &ids {
        program.create(id);
        for name in ["one", "two"] {
            program.done(&["relay", "update", id, "--name", name]);
        }
        program.done(&["relay", "delete", id, "--yes"]);
    }
    program.create("kept");
    program.until_up_to_date("kept");
    let deadline = Instant::now() + Duration::from_secs(60);
    for id in &ids {
        // Whose first request was not sent yet is gone without one.
        while !is_deleted(&zooid, id) && program.infra(&["relay", "show", id]).code != 5 {
            assert!(Instant::now() < deadline, "{id}: {}", program.show(id));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!(zooid.relay_ids(), ["kept"]);
}

#[tokio::test]
async fn a_relay_is_deleted_by_the_worker_that_runs_next() {
    let zooid = Emulator::start().await;
    let (program, _schema) = program(&zooid).await;
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    assert_eq!(service.stop(), 0);
    let said = program.done(&["relay", "delete", "alice", "--yes"]);
    assert!(
        said.starts_with("deleting alice; no service is running, so zooid keeps it"),
        "{said}"
    );
    zooid.inject(Fault::status(503).for_operation(Operation::DeleteRelay));
    let _service = program.start();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !zooid.relay_ids().is_empty() {
        assert!(Instant::now() < deadline, "{}", program.show("alice"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let said = program.done(&["relay", "delete", "alice", "--yes"]);
    assert!(
        said.starts_with("already deleting alice; the running service deletes it"),
        "{said}"
    );
}

#[tokio::test]
async fn the_status_names_the_workers_until_they_end() {
    let zooid = Emulator::start().await;
    let (program, _schema) = program(&zooid).await;
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let status = program.done(&["status"]);
    assert!(status.contains("\nworkers:\n"), "{status}");
    assert!(status.contains(" 0 leases, last seen "), "{status}");
    assert_eq!(service.stop(), 0);
    assert!(!program.done(&["status"]).contains("workers:"));
}

#[tokio::test]
async fn a_store_moves_to_postgres_without_disturbing_a_relay() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let (moved, _schema) = program(&zooid).await;
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    for id in ["alice", "bob"] {
        program.create(id);
        program.until_up_to_date(id);
    }
    let file = program.folder.path().join("infra.db");
    let file = file.to_str().unwrap();
    assert_eq!(moved.infra(&["store", "copy", file]).code, 1, "it is in use");
    assert_eq!(service.stop(), 0);

    assert_eq!(
        moved.done(&["store", "copy", file]),
        "copied 2 relays and 4 activities\n"
    );
    assert_eq!(
        moved.infra(&["store", "copy", file]).code,
        7,
        "it is not empty any longer"
    );
    let requests = zooid.relay_requests().len();
    let _service = moved.start();
    moved.done(&["relay", "update", "bob", "--name", "Bob"]);
    moved.until_up_to_date("bob");
    moved.until_up_to_date("alice");
    assert_eq!(zooid.relay_requests().len(), requests + 1, "only what changed is sent");
    assert_eq!(moved.show("alice")["schema"], program.show("alice")["schema"]);
}

#[test]
fn a_store_that_is_not_there_is_not_made_to_be_copied() {
    let program = Program::new();
    let refused = program.infra(&["store", "copy", "old.db"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (4, "error: there is no store at old.db\n")
    );
    assert_eq!(program.folder.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn no_password_or_key_is_shown_whatever_is_logged() {
    let zooid = Emulator::start().await;
    let password = "planted-password-of-the-database";
    let (program, schema) = program(&zooid).await;
    // The server trusts whoever may open its socket.
    let program = program
        .with("DATABASE_URL", &format!("{}&password={password}", schema.url))
        .with("RUST_LOG", "trace");
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let secret = zooid.config("alice").unwrap()["secret"].as_str().unwrap().to_owned();
    let shown = program.infra(&["relay", "show", "alice"]);
    let all = [shown.stdout, shown.stderr, service.log()].concat();
    assert!(all.contains("TRACE") && all.contains("alice"));
    assert!(!all.contains(password) && !all.contains(&secret));
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let program = Program::new().with("DATABASE_URL", "postgres://me:planted-password@127.0.0.1:9/relays");
    let refused = program.infra(&["relay", "list"]);
    assert_eq!(refused.code, 7);
    assert!(
        refused.stderr.starts_with(
            "error: cannot open PostgreSQL's relays at 127.0.0.1:9; DATABASE_URL says which database to use, and as whom"
        ),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("planted-password"));
}

#[test]
fn a_url_that_is_none_is_refused_without_being_repeated() {
    let program = Program::new().with("DATABASE_URL", "postgres://me:planted-password@host:port/relays");
    let refused = program.infra(&["relay", "list"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            3,
            "error: the environment is not usable:\n  DATABASE_URL: invalid port number\n"
        )
    );
}
