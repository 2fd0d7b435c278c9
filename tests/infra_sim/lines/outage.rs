//! 6. When zooid is down or refuses our key.

use std::time::Duration;

use crate::{faults::RequestFault, stage::Stage, world::RETRY};

fn thousands(stage: &Stage) {
    for n in 0..10_000 {
        stage.write(&format!("r{n}"), "new");
    }
}

fn unharmed(stage: &Stage) {
    let state = stage.world.state();
    let harmed = state.rows.values().map(|row| &row.relay.record);
    let harmed = harmed.filter(|record| record.given_up || record.failures > 0).count();
    assert_eq!(harmed, 0, "relays lost an attempt");
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_of_a_dead_zooid_cost_few_requests_and_no_attempt() {
    let mut stage = Stage::new();
    thousands(&stage);
    stage.world.state().down = true;
    stage.process.start();
    stage.pass(600.0).await;
    assert!(
        stage.requests() <= 16,
        "only those that were in flight: {}",
        stage.requests()
    );
    assert!(stage.heartbeats() <= 60, "{}", stage.heartbeats());
    unharmed(&stage);
    stage.world.state().down = false;
    stage.pass(300.0).await;
    assert_eq!(stage.behind(), 0);
    assert_eq!(stage.world.state().largest_in_flight, 16, "it drains at the cap");
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_costs_few_requests_and_no_attempt() {
    let mut stage = Stage::new();
    thousands(&stage);
    stage.world.state().key_refused = true;
    stage.process.start();
    stage.pass(600.0).await;
    assert!(stage.requests() <= 16, "{}", stage.requests());
    assert!(stage.heartbeats() <= 60, "{}", stage.heartbeats());
    unharmed(&stage);
}

#[tokio::test(start_paused = true)]
async fn a_broken_proxy_costs_few_requests_and_no_attempt() {
    let mut stage = Stage::new();
    thousands(&stage);
    stage.order_all(|_| Some(RequestFault::Status(502, false, None)));
    stage.process.start();
    stage.pass(600.0).await;
    assert!(stage.requests() <= 16, "{}", stage.requests());
    unharmed(&stage);
    stage.no_order();
    stage.pass(300.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn while_zooid_cannot_be_used_only_heartbeats_are_sent() {
    let mut stage = Stage::new();
    thousands(&stage);
    stage.order_all(|_| Some(RequestFault::Hang(false)));
    stage.process.start();
    stage.pass(100.0).await;
    let (requests, heartbeats) = (stage.requests(), stage.heartbeats());
    assert!(requests <= 16, "{requests}");
    stage.pass(600.0).await;
    assert_eq!(stage.requests(), requests);
    assert!(stage.heartbeats() > heartbeats + 5);
}

#[tokio::test(start_paused = true)]
async fn one_relay_that_a_firewall_dislikes_stops_nobody_else_and_has_its_attempts() {
    for status in [403, 503] {
        let mut stage = Stage::new();
        stage.world.state().latency = Some(Duration::from_millis(10));
        stage.order(move |id| (id == "disliked").then_some(RequestFault::Status(status, false, None)));
        stage.process.start();
        stage.change("disliked", "<script>");
        for second in 0..60 {
            stage.change(&format!("r{second}"), "new");
            stage.pass(1.0).await;
            assert_eq!(
                stage.behind(),
                if stage.failures("disliked") > 0 { 2 } else { 1 },
                "{status}"
            );
        }
        stage.pass(3600.0).await;
        assert!(stage.is_given_up("disliked"), "{status}");
        assert_eq!(stage.failures("disliked"), RETRY.max_attempts);
        assert_eq!(stage.world.state().unavailable, None);
    }
}

/// Whatever refuses all writes and lets heartbeats through: none of the relays loses an attempt, few requests are sent, and all
/// relays are synced once it is over.
async fn refuses_all_writes_for_an_hour(relays: u32, fault: RequestFault) {
    let mut stage = Stage::new();
    for n in 0..relays {
        stage.write(&format!("r{n}"), "new");
    }
    stage.order(move |_| Some(fault));
    stage.process.start();
    stage.pass(60.0).await;
    let mut before = stage.requests();
    assert!(before <= 16 + 12, "{before} requests in the first minute");
    for minute in 2..=60 {
        // Changes go on.
        stage.change(&format!("r{}", minute % relays), "newer");
        stage.pass(60.0).await;
        let sent = stage.requests() - before;
        assert!((1..=6).contains(&sent), "{sent} requests in minute {minute}");
        before += sent;
    }
    assert!(stage.heartbeats() <= 60 * 8, "{}", stage.heartbeats());
    unharmed(&stage);
    assert_eq!(stage.world.state().unavailable, None);
    stage.no_order();
    stage.pass(300.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_that_lets_heartbeats_through_costs_few_requests_and_no_attempt() {
    for relays in [2, 3, 40, 1_000] {
        refuses_all_writes_for_an_hour(relays, RequestFault::Status(429, false, None)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_costs_few_requests_and_no_attempt() {
    for relays in [2, 3, 40, 1_000] {
        refuses_all_writes_for_an_hour(relays, RequestFault::DiskFull).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_relay_that_is_always_unavailable_has_its_attempts() {
    let faults = [
        RequestFault::Status(429, false, None),
        RequestFault::Status(503, false, None),
        RequestFault::DiskFull,
    ];
    for fault in faults {
        let mut stage = Stage::new();
        stage.order(move |_| Some(fault));
        stage.process.start();
        stage.change("a", "new");
        stage.pass(600.0).await;
        assert!(stage.is_given_up("a"), "{fault:?}");
        assert_eq!(stage.requests(), u64::from(RETRY.max_attempts), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn relays_that_are_always_unavailable_have_their_attempts_while_others_are_synced() {
    for seed in 0..20 {
        let mut stage = Stage::with(|config| config.seed = Some(seed));
        stage.order(|id| id.starts_with("bad").then_some(RequestFault::Status(503, false, None)));
        stage.process.start();
        stage.change("bad1", "new");
        stage.change("bad2", "new");
        for n in 0..1_200 {
            stage.change(&format!("r{}", n % 7), &format!("name {n}"));
            stage.pass(1.0).await;
        }
        for id in ["bad1", "bad2"] {
            assert!(stage.is_given_up(id), "{id}, seed {seed}");
            assert_eq!(stage.failures(id), RETRY.max_attempts);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_turns_out_to_count_is_reported_once_and_keeps_its_delay() {
    let mut stage = Stage::with(|config| config.concurrency = 1);
    stage.world.state().latency = Some(Duration::from_millis(10));
    let wait = Duration::from_secs(20);
    stage.order(move |id| (id == "a").then_some(RequestFault::Status(503, false, Some(wait))));
    stage.process.start();
    stage.change("a", "new");
    stage.change("b", "new");
    stage.pass(1.0).await;
    assert_eq!(stage.failures("a"), 1, "b was accepted");
    assert_eq!(stage.name_on_zooid("b").as_deref(), Some("new"));
    stage.pass(18.0).await;
    assert_eq!(stage.requests(), 2);
    stage.pass(2.0).await;
    assert_eq!(stage.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_zooid_that_dies_while_nothing_is_pending_is_noticed_within_two_minutes() {
    let mut stage = Stage::new();
    stage.process.start();
    stage.change("a", "new");
    stage.pass(600.0).await;
    assert_eq!(stage.world.state().unavailable, None);
    stage.world.state().down = true;
    stage.pass(120.0).await;
    assert_eq!(stage.world.state().unavailable.as_deref(), Some("0 down"));
    stage.world.state().down = false;
    stage.pass(60.0).await;
    assert_eq!(stage.world.state().unavailable, None);
    assert_eq!(stage.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_sent_only_when_nothing_else_is() {
    let mut stage = Stage::new();
    stage.process.start();
    for n in 0..100 {
        stage.change("a", &format!("name {n}"));
        stage.pass(30.0).await;
    }
    assert_eq!(stage.heartbeats(), 1, "the first");
    stage.pass(600.0).await;
    assert!((10..=12).contains(&stage.heartbeats()), "{}", stage.heartbeats());
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_holds_all_for_five_minutes_at_most_and_an_operator_ends_it() {
    let mut stage = Stage::new();
    stage.world.state().latency = Some(Duration::from_millis(10));
    let year = Duration::from_secs(8_000 * 365 * 24 * 60 * 60);
    stage.order_all(move |_| Some(RequestFault::Status(503, false, Some(year))));
    stage.process.start();
    stage.pass(1.0).await;
    assert_eq!(stage.heartbeats(), 1);
    // The world would have it that nothing is sent for so long.
    stage.world.state().retry_after = None;
    stage.no_order();
    stage.change("a", "new");
    stage.pass(298.0).await;
    assert_eq!((stage.requests(), stage.heartbeats()), (0, 1));
    stage.pass(3.0).await;
    assert_eq!(stage.behind(), 0);

    stage.order_all(move |_| Some(RequestFault::Status(503, false, Some(year))));
    stage.change("a", "newer");
    stage.pass(1.0).await;
    stage.world.state().retry_after = None;
    stage.no_order();
    stage.write("a", "newest");
    stage.world.tell("resync_relay", "a");
    stage.pass(1.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_burst_is_never_held() {
    let mut stage = Stage::new();
    stage.world.state().latency = Some(Duration::from_millis(10));
    let mut nth = 0_u32;
    // One in twenty is lost, never two in a row.
    stage.order(move |_| {
        nth += 1;
        nth.is_multiple_of(20).then_some(RequestFault::Lost(false))
    });
    for n in 0..2_000 {
        stage.write(&format!("r{n}"), "new");
    }
    stage.process.start();
    stage.pass(60.0).await;
    assert_eq!(stage.behind(), 0);
    let state = stage.world.state();
    assert!(!state.trace().iter().any(|line| line.contains("Uncounted")));
}

#[tokio::test(start_paused = true)]
async fn the_backend_is_told_when_zooid_is_away_and_when_it_is_back() {
    let mut stage = Stage::new();
    stage.world.state().down = true;
    stage.process.start();
    stage.change("a", "new");
    stage.pass(5.0).await;
    assert_eq!(stage.world.state().unavailable.as_deref(), Some("0 down"));
    stage.world.state().down = false;
    stage.pass(60.0).await;
    assert_eq!(stage.world.state().unavailable, None);
    assert_eq!(stage.behind(), 0);
}
