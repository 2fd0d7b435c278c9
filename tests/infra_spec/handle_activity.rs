//! Tests of `async fn handle_activity`.

use std::time::Duration;

use contract_tests::rows::{Call, activity, row};
use infra_sync::{Relay, RetryPolicy};
use tokio::time::Instant;
use zooid_client::emulator::Fault;

use crate::{
    requests::methods,
    setup::{RETRY, Setup, assert_jittered},
};

#[tokio::test(start_paused = true)]
async fn create_update_activate_and_deactivate_relay_are_synced_immediately() {
    for activity_type in ["create_relay", "update_relay", "activate_relay", "deactivate_relay"] {
        let setup = Setup::new().await;
        setup.rows.put(row("alice"));
        let start = Instant::now();
        setup.infra.handle_activity(&activity(activity_type, "alice")).await;
        assert_eq!(methods(&setup.zooid), ["POST /relay/alice"], "{activity_type}");
        assert_eq!(start.elapsed(), Duration::ZERO, "{activity_type}");
    }
}

#[tokio::test(start_paused = true)]
async fn fail_relay_sync_schedules_a_delayed_retry_that_doubles_with_each_consecutive_failure() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.zooid.inject(Fault::status(500).times(4).for_relay("alice"));
    let mut running = setup.start();
    let mut delays = Vec::new();
    for _ in 0..4 {
        let (failed, _) = running.failed("alice").await;
        delays.push(running.read("alice").await - failed);
    }
    running.completed("alice").await;
    for (delay, full) in delays.into_iter().zip([5, 10, 20, 30]) {
        assert_jittered(delay, Duration::from_secs(full));
    }
    assert_eq!(running.quiet_hour().await, []);
}

#[tokio::test(start_paused = true)]
async fn the_default_delays_grow_from_5_seconds_to_15_minutes_in_ten_attempts() {
    let setup = Setup::with(|config| config.retry = RetryPolicy::default()).await;
    setup.rows.put(row("alice"));
    setup.zooid.inject(Fault::status(500).times(10).for_relay("alice"));
    let mut running = setup.start();
    let mut delays = Vec::new();
    for _ in 1..10 {
        let (failed, _) = running.failed("alice").await;
        delays.push(running.read("alice").await - failed);
    }
    running.failed("alice").await;
    for (delay, full) in delays.into_iter().zip([5, 10, 20, 40, 80, 160, 320, 640, 900]) {
        assert_jittered(delay, Duration::from_secs(full));
    }
    assert_eq!(running.quiet_hour().await, []);
}

#[tokio::test(start_paused = true)]
async fn two_activities_of_one_failure_cause_one_retry() {
    let mut running = Setup::new().await.start();
    tokio::task::yield_now().await;
    running.rows.put(Relay {
        sync_error: "zooid was unavailable".to_owned(),
        ..row("alice")
    });
    running.rows.set_failures("alice", 2);
    let received = Instant::now();
    for _ in 0..2 {
        running.rows.tell("fail_relay_sync", "alice");
        tokio::task::yield_now().await;
    }
    assert_eq!(
        running.read("alice").await,
        received,
        "the row is read to schedule the retry"
    );
    assert_jittered(running.read("alice").await - received, Duration::from_secs(10));
    running.completed("alice").await;
    assert_eq!(running.quiet_hour().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_success_resets_the_number_of_failures() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.zooid.inject(Fault::status(500).times(2).for_relay("alice"));
    let mut running = setup.start();
    running.completed("alice").await;

    running.zooid.inject(Fault::status(500).for_relay("alice"));
    running.rows.put(Relay {
        info_name: "newer".to_owned(),
        ..running.rows.relay("alice").unwrap()
    });
    running.rows.tell("update_relay", "alice");
    let (failed, _) = running.failed("alice").await;
    assert_jittered(running.read("alice").await - failed, Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn retry_scheduling_stops_after_the_configured_max_attempts() {
    let setup = Setup::new().await;
    setup.rows.put(row("alice"));
    setup.zooid.inject(Fault::status(500).times(100).for_relay("alice"));
    let mut running = setup.start();
    for _ in 0..RETRY.max_attempts {
        running.failed("alice").await;
    }
    assert_eq!(running.quiet_hour().await, []);
    assert_eq!(methods(&running.zooid).len(), RETRY.max_attempts as usize);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_gave_up_is_retried_when_its_row_changes() {
    let setup = Setup::with(|config| config.retry.max_attempts = 1).await;
    setup.rows.put(row("alice"));
    setup.zooid.inject(Fault::status(500).for_relay("alice"));
    let mut running = setup.start();
    running.failed("alice").await;
    assert_eq!(running.quiet_hour().await, []);

    running.rows.tell("update_relay", "alice");
    running.completed("alice").await;
}

#[tokio::test(start_paused = true)]
async fn other_activity_types_are_ignored() {
    for activity_type in ["complete_relay_sync", "create_tenant", "update_tenant", "something_new"] {
        let mut setup = Setup::new().await;
        setup.rows.put(row("alice"));
        setup.infra.handle_activity(&activity(activity_type, "alice")).await;
        assert!(setup.calls.try_recv().is_err(), "{activity_type}");
        assert!(methods(&setup.zooid).is_empty(), "{activity_type}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_activity_of_an_unknown_relay_is_ignored() {
    let mut running = Setup::new().await.start();
    tokio::task::yield_now().await;
    running.rows.tell("create_relay", "nobody");
    assert_eq!(running.quiet_hour().await, [Call::Read("nobody".to_owned())]);
}
