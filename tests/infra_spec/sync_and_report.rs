//! Tests of `async fn sync_and_report`.

use contract_tests::rows::{Call, Calls, row};
use zooid_client::emulator::Fault;

use crate::setup::Setup;

/// Returns the report that follows the claim.
async fn report(calls: &mut Calls) -> Call {
    loop {
        match calls.recv().await.unwrap().1 {
            Call::Read(_) => {}
            report => return report,
        }
    }
}

#[tokio::test]
async fn on_success_it_calls_complete_relay_sync() {
    let mut setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.infra.sync_and_report(&row("alice"), true).await;
    assert_eq!(report(&mut setup.calls).await, Call::Completed("alice".to_owned()));
    assert!(setup.calls.try_recv().is_err(), "exactly one report");
}

#[tokio::test]
async fn on_failure_it_calls_fail_relay_sync_with_zooids_message() {
    let mut setup = Setup::new().await;
    setup
        .zooid
        .inject(Fault::status(500).body(r#"{"error":"disk full"}"#, "application/json"));
    setup.rows.put(row("alice"));
    setup.infra.sync_and_report(&row("alice"), true).await;
    let message = "cannot create relay alice: zooid returned 500 Internal Server Error: disk full";
    assert_eq!(
        report(&mut setup.calls).await,
        Call::Failed("alice".to_owned(), message.to_owned())
    );
    assert!(setup.calls.try_recv().is_err(), "exactly one report");
}

#[tokio::test]
async fn on_failure_of_an_update_it_calls_fail_relay_sync() {
    let mut setup = Setup::new().await;
    setup.zooid.inject(Fault::status(503));
    setup.rows.put(row("alice"));
    setup.infra.sync_and_report(&row("alice"), false).await;
    let message = "cannot patch relay alice: zooid returned 503 Service Unavailable: Service Unavailable";
    assert_eq!(
        report(&mut setup.calls).await,
        Call::Failed("alice".to_owned(), message.to_owned())
    );
}

#[tokio::test]
async fn a_refused_connection_is_reported_with_its_cause() {
    let mut setup = Setup::new().await;
    drop(setup.zooid);
    setup.rows.put(row("alice"));
    setup.infra.sync_and_report(&row("alice"), true).await;
    let Call::Failed(_, error) = report(&mut setup.calls).await else {
        panic!("the port is closed");
    };
    assert!(
        error.starts_with("cannot create relay alice: ") && error.to_lowercase().contains("refused"),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_that_would_harm_zooid_fails_without_a_request() {
    let wrong = [
        ("id", "a/b", "id: relay id \"a/b\" has '/'"),
        ("schema", "9-lives", "schema \"9-lives\" has '-'"),
        ("schema", "", "schema is empty"),
        ("tenant_pubkey", "alice", "tenant_pubkey must be"),
        ("subdomain", "", "subdomain is empty"),
        ("zooid_domain", "", "zooid_domain is empty"),
        ("secret", "", "secret is empty"),
    ];
    for (field, value, reason) in wrong {
        let mut setup = Setup::new().await;
        let mut relay = row("alice");
        match field {
            "id" => relay.id = value.to_owned(),
            "schema" => relay.schema = value.to_owned(),
            "tenant_pubkey" => relay.tenant_pubkey = value.to_owned(),
            "subdomain" => relay.subdomain = value.to_owned(),
            "zooid_domain" => relay.zooid_domain = value.to_owned(),
            _ => relay.secret = Some(value.into()),
        }
        setup.rows.put(relay.clone());
        setup.infra.sync_and_report(&relay, true).await;
        let Call::Failed(_, error) = report(&mut setup.calls).await else {
            panic!("a row with a bad {field} was sent");
        };
        assert!(error.contains(reason), "{error}");
        assert!(setup.zooid.requests().is_empty(), "{field}");
    }
}
