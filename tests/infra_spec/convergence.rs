//! Tests that zooid converges to the rows after lost answers, failed reports and concurrent changes.

use std::time::Duration;

use contract_tests::{
    relay::SECRET,
    rows::{Call, row},
};
use infra_sync::Relay;
use zooid_client::emulator::Fault;

use crate::{
    requests::methods,
    setup::{RETRY, Setup, assert_jittered},
};

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_followed_by_a_patch() {
    let setup = Setup::new().await;
    setup.zooid.inject(Fault::lose_response(502).for_relay("alice"));
    setup.infra.sync_relay(&row("alice"), true).await.unwrap_err();
    let renamed = Relay {
        info_name: "Alice".to_owned(),
        ..row("alice")
    };
    setup.infra.sync_relay(&renamed, true).await.unwrap();
    assert_eq!(
        methods(&setup.zooid),
        ["POST /relay/alice", "POST /relay/alice", "PATCH /relay/alice"]
    );
    assert_eq!(setup.zooid.config("alice").unwrap()["info"]["name"], "Alice");
}

#[tokio::test(start_paused = true)]
async fn a_retry_syncs_a_relay_whose_post_got_no_answer() {
    for lost in [
        Fault::lose_response(502),
        Fault::drop_response(),
        Fault::truncated_response(),
    ] {
        let setup = Setup::new().await;
        setup.rows.put(row("alice"));
        setup.zooid.inject(lost.for_relay("alice"));
        let mut running = setup.start();
        let (failed, _) = running.failed("alice").await;
        assert_jittered(running.read("alice").await - failed, RETRY.base);
        running.completed("alice").await;
        assert_eq!(
            methods(&running.zooid),
            ["POST /relay/alice", "POST /relay/alice", "PATCH /relay/alice"]
        );
    }
}

#[tokio::test]
async fn a_relay_that_zooid_lost_is_created_again_with_the_same_secret() {
    let setup = Setup::new().await;
    setup.infra.sync_relay(&row("alice"), true).await.unwrap();
    let before = setup.zooid.config("alice").unwrap();
    setup.zooid.remove("alice");
    setup.infra.sync_relay(&row("alice"), false).await.unwrap();
    assert_eq!(
        methods(&setup.zooid),
        ["POST /relay/alice", "PATCH /relay/alice", "POST /relay/alice"]
    );
    assert_eq!(setup.zooid.config("alice").unwrap(), before);
    assert_eq!(before["secret"], SECRET);
}

#[tokio::test]
async fn a_404_that_is_not_from_zooid_is_an_error() {
    let setup = Setup::new().await;
    let from_proxy = Fault::status(404).body("404 page not found", "text/plain");
    setup.zooid.inject(from_proxy);
    setup.infra.sync_relay(&row("alice"), false).await.unwrap_err();
    assert_eq!(methods(&setup.zooid), ["PATCH /relay/alice"]);
}

#[tokio::test]
async fn a_host_of_another_relay_is_an_error_with_zooids_message() {
    let setup = Setup::new().await;
    setup.infra.sync_relay(&row("alice"), true).await.unwrap();
    let same_host = Relay {
        subdomain: "alice".to_owned(),
        ..row("bob")
    };
    let error = setup.infra.sync_relay(&same_host, true).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with(r#"host "alice.relays.example" is already in use"#),
        "{error}"
    );
    assert_eq!(methods(&setup.zooid), ["POST /relay/alice", "POST /relay/bob"]);
    assert_eq!(setup.zooid.relay_ids(), ["alice"]);
}

#[tokio::test(start_paused = true)]
async fn reading_a_row_is_retried() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.rows.fail_reads(1);
    let mut running = setup.start();
    let first = running.read("alice").await;
    assert_jittered(running.read("alice").await - first, RETRY.base);
    running.completed("alice").await;
}

#[tokio::test(start_paused = true)]
async fn reporting_a_success_is_retried() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.rows.fail_reports(1);
    let mut running = setup.start();
    running.completed("alice").await;
    assert!(!running.rows.relay("alice").unwrap().is_synced());
    running.completed("alice").await;
    assert!(running.rows.relay("alice").unwrap().is_synced());
    assert_eq!(running.quiet_hour().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_relay_whose_failure_could_not_be_reported_is_retried() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.rows.fail_reports(1);
    setup.zooid.inject(Fault::status(503).for_relay("alice"));
    let mut running = setup.start();
    let (failed, _) = running.failed("alice").await;
    assert_jittered(running.read("alice").await - failed, RETRY.base);
    running.completed("alice").await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_changes_during_a_request_is_sent_again() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    let mut running = setup.start();
    running.read("alice").await;
    running.rows.put(Relay {
        info_name: "newer".to_owned(),
        version: 1,
        ..row("alice")
    });
    running.rows.tell("update_relay", "alice");
    running.completed("alice").await;
    assert!(
        !running.rows.relay("alice").unwrap().is_synced(),
        "the report is about the older row"
    );
    running.completed("alice").await;
    assert!(running.rows.relay("alice").unwrap().is_synced());
    assert_eq!(running.zooid.config("alice").unwrap()["info"]["name"], "newer");
}

#[tokio::test(start_paused = true)]
async fn without_versions_a_change_whose_row_could_not_be_read_is_not_lost() {
    let setup = Setup::new().await;
    setup.infra.sync_relay(&row("alice"), true).await.unwrap();
    setup.rows.put(Relay {
        synced: 1,
        info_name: "Alice".to_owned(),
        ..row("alice")
    });
    setup.rows.fail_reads(1);
    let mut running = setup.start();
    tokio::task::yield_now().await;
    running.rows.tell("update_relay", "alice");
    running.completed("alice").await;
    assert_eq!(running.zooid.config("alice").unwrap()["info"]["name"], "Alice");
}

#[tokio::test(start_paused = true)]
async fn without_versions_an_activity_without_a_change_does_not_shorten_the_backoff() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.zooid.inject(Fault::status(500).for_relay("alice"));
    let mut running = setup.start();
    let (failed, _) = running.failed("alice").await;
    running.rows.tell("update_relay", "alice");
    assert_eq!(running.read("alice").await, failed, "the row is read immediately");
    assert_jittered(running.read("alice").await - failed, RETRY.base);
    running.completed("alice").await;
    assert_eq!(methods(&running.zooid).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_during_the_backoff_is_synced_immediately_and_cancels_the_retry() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.zooid.inject(Fault::status(503).for_relay("alice"));
    let mut running = setup.start();
    let (failed, _) = running.failed("alice").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    running.rows.put(Relay {
        info_name: "newer".to_owned(),
        ..running.rows.relay("alice").unwrap()
    });
    running.rows.tell("update_relay", "alice");
    assert_eq!(running.read("alice").await - failed, Duration::from_secs(1));
    running.completed("alice").await;
    assert_eq!(running.quiet_hour().await, []);
}

#[tokio::test(start_paused = true)]
async fn the_newest_row_is_sent_for_any_activity() {
    let setup = Setup::new().await;
    let mut running = setup.start();
    tokio::task::yield_now().await;
    running.rows.put(row("alice"));
    running.rows.tell("create_relay", "alice");
    running.rows.put(Relay {
        info_name: "newest".to_owned(),
        ..row("alice")
    });
    running.completed("alice").await;
    assert_eq!(running.zooid.config("alice").unwrap()["info"]["name"], "newest");
    assert!(!running.quiet_hour().await.contains(&Call::Read("alice".to_owned())));
}
