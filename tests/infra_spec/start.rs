//! Tests of `pub async fn start`.

use std::{collections::BTreeSet, time::Duration};

use contract_tests::rows::{Call, row};
use infra_sync::Relay;
use tokio::time::Instant;
use zooid_client::emulator::Fault;

use crate::{
    requests::methods,
    setup::{Setup, assert_jittered},
};

#[tokio::test(start_paused = true)]
async fn it_subscribes_to_command_notify() {
    let setup = Setup::new().await;
    assert_eq!(setup.rows.listeners(), 0);
    let mut running = setup.start();
    tokio::task::yield_now().await;
    assert_eq!(running.rows.listeners(), 1);
    running.rows.put(row("alice"));
    running.rows.tell("create_relay", "alice");
    running.completed("alice").await;
}

#[tokio::test(start_paused = true)]
async fn on_startup_it_schedules_delayed_retries_for_relays_whose_sync_error_is_non_empty() {
    let setup = Setup::new().await;
    for (id, failures) in [("once", 1), ("thrice", 3)] {
        let mut relay = row(id);
        relay.sync_error = "zooid was unavailable".to_owned();
        setup.rows.put(relay);
        setup.rows.set_failures(id, failures);
    }
    let start = Instant::now();
    let mut running = setup.start();
    assert_jittered(running.read("once").await - start, Duration::from_secs(5));
    assert_jittered(running.read("thrice").await - start, Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn on_startup_it_immediately_syncs_relays_that_were_never_synced() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    let start = Instant::now();
    let mut running = setup.start();
    assert_eq!(running.read("alice").await, start);
    running.completed("alice").await;
    assert_eq!(methods(&running.zooid), ["POST /relay/alice"]);
}

#[tokio::test(start_paused = true)]
async fn on_startup_it_does_nothing_for_synced_relays() {
    let setup = Setup::new().await;
    let mut relay = row("alice");
    relay.synced = 1;
    setup.rows.put(relay);
    assert_eq!(setup.start().quiet_hour().await, []);
}

#[tokio::test(start_paused = true)]
async fn on_startup_it_gives_up_a_relay_that_used_all_attempts() {
    let setup = Setup::new().await;
    let mut relay = row("alice");
    relay.sync_error = "no".to_owned();
    setup.rows.put(relay);
    setup.rows.set_failures("alice", 6);
    let mut running = setup.start();
    running.failed("alice").await;
    assert_eq!(running.quiet_hour().await, [], "the failure is reported once");
    assert_eq!(methods(&running.zooid), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn on_startup_it_reads_all_pages_of_rows() {
    let setup = Setup::with_capacity(4096, |config| config.retry.max_attempts = 1).await;
    for n in 0..1_500 {
        // A row without a subdomain fails without a request.
        setup.rows.put(Relay {
            subdomain: String::new(),
            ..row(&format!("r{n}"))
        });
    }
    let mut read = BTreeSet::new();
    for call in setup.start().quiet_hour().await {
        if let Call::Read(id) = call {
            assert!(read.insert(id), "no row is read twice");
        }
    }
    assert_eq!(read.len(), 1_500);
}

#[tokio::test(start_paused = true)]
async fn an_activity_during_the_first_scan_is_not_lost() {
    let setup = Setup::new().await;
    setup.rows.fail_lists(1);
    let mut running = setup.start();
    tokio::task::yield_now().await;
    running.rows.put(Relay {
        synced: 1,
        ..row("alice")
    });
    running.rows.tell("update_relay", "alice");
    running.completed("alice").await;
}

#[tokio::test(start_paused = true)]
async fn it_calls_handle_activity_for_each_received_activity() {
    let mut running = Setup::new().await.start();
    tokio::task::yield_now().await;
    for id in ["a", "b", "c"] {
        running.rows.put(row(id));
        running.rows.tell("create_relay", id);
    }
    running.all_completed(["a", "b", "c"]).await;
    // The three requests are sent concurrently, so their order is undefined.
    let mut sent = methods(&running.zooid);
    sent.sort_unstable();
    assert_eq!(sent, ["POST /relay/a", "POST /relay/b", "POST /relay/c"]);
}

#[tokio::test(start_paused = true)]
async fn a_lagged_channel_causes_a_scan_of_the_rows() {
    let setup = Setup::with_capacity(2, |_| {}).await;
    setup.zooid.inject(Fault::delay(Duration::from_millis(50)));
    let mut running = setup.start();
    tokio::task::yield_now().await;
    for n in 0..20 {
        let id = format!("r{n}");
        running.rows.put(row(&id));
        running.rows.tell("create_relay", &id);
    }
    let mut completed = Vec::new();
    while completed.len() < 20 {
        if let (_, Call::Completed(id)) = running.call().await {
            completed.push(id);
        }
    }
    assert_eq!(running.zooid.relay_ids().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn listing_the_rows_is_retried() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.rows.fail_lists(3);
    let start = Instant::now();
    let mut running = setup.start();
    assert_jittered(running.read("alice").await - start, Duration::from_secs(15));
    running.completed("alice").await;
}
