//! 6. When zooid is down or refuses our key.

use std::time::Duration;

use crate::{faults::RequestFault, stage::Stage};

fn thousands(stage: &Stage) {
    for n in 0..10_000 {
        stage.write(&format!("r{n}"), "new");
    }
}

fn unharmed(stage: &Stage, lost: usize) {
    let state = stage.world.state();
    let given_up = state.rows.values().filter(|row| row.relay.record.given_up).count();
    let counted = state.rows.values().filter(|row| row.relay.record.failures > 0).count();
    assert_eq!(given_up, 0);
    assert!(counted <= lost, "{counted} relays lost an attempt");
}

#[tokio::test(start_paused = true)]
async fn line_6_ten_minutes_of_a_dead_zooid_cost_sixty_requests_and_no_attempt() {
    let mut stage = Stage::new();
    thousands(&stage);
    stage.world.state().down = true;
    stage.process.start();
    stage.pass(600.0).await;
    assert!(stage.requests() <= 60, "{}", stage.requests());
    unharmed(&stage, 0);
    stage.world.state().down = false;
    stage.pass(300.0).await;
    assert_eq!(stage.behind(), 0);
    assert_eq!(stage.world.state().largest_in_flight, 16, "it drains at the cap");
}

#[tokio::test(start_paused = true)]
async fn line_6_a_refused_key_is_one_problem() {
    let mut stage = Stage::new();
    thousands(&stage);
    stage.world.state().key_refused = true;
    stage.process.start();
    stage.pass(600.0).await;
    assert!(stage.requests() <= 60, "{}", stage.requests());
    unharmed(&stage, 0);
}

#[tokio::test(start_paused = true)]
async fn line_6_a_zooid_behind_a_broken_proxy_costs_no_more_than_what_shows_it() {
    let mut stage = Stage::new();
    thousands(&stage);
    stage.order(|_| Some(RequestFault::Status(502, false, None)));
    stage.process.start();
    stage.pass(600.0).await;
    assert!(stage.requests() <= 60, "{}", stage.requests());
    unharmed(&stage, 4);
    stage.no_order();
    stage.pass(300.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_6_one_probe_at_a_time_goes_out() {
    let mut stage = Stage::with(|config| config.concurrency = 16);
    thousands(&stage);
    stage.order(|_| Some(RequestFault::Hang(false)));
    stage.process.start();
    stage.pass(100.0).await;
    let before = stage.requests();
    assert!(before >= 16);
    stage.world.state().largest_in_flight = 0;
    stage.pass(600.0).await;
    assert_eq!(stage.world.state().largest_in_flight, 1);
    assert!(stage.requests() > before);
}

#[tokio::test(start_paused = true)]
async fn line_6_a_healthy_burst_is_never_held() {
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
async fn line_6_the_backend_is_told_when_zooid_is_away_and_when_it_is_back() {
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
