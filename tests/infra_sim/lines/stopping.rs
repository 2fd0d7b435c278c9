//! 8. Stopping, and panics.

use std::time::Duration;

use tokio::time::Instant;

use crate::{faults::RequestFault, stage::Stage};

#[tokio::test(start_paused = true)]
async fn line_8_what_is_in_flight_ends_and_nothing_new_is_begun() {
    let mut stage = Stage::with(|config| config.concurrency = 2);
    stage.world.state().latency = Some(Duration::from_secs(2));
    for n in 0..10 {
        stage.write(&format!("r{n}"), "new");
    }
    stage.process.start();
    stage.pass(0.5).await;
    let begun = Instant::now();
    stage.process.stop().await;
    assert_eq!(begun.elapsed(), Duration::from_millis(1500));
    assert_eq!((stage.requests(), stage.world.state().zooid.len()), (2, 2));
    let state = stage.world.state();
    assert_eq!(state.rows.values().filter(|row| row.relay.is_up_to_date()).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn line_8_a_request_that_takes_too_long_is_abandoned_and_not_reported_as_failed() {
    let mut stage = Stage::new();
    stage.world.state().latency = Some(Duration::from_secs(3600));
    stage.process.start();
    stage.change("a", "new");
    stage.pass(0.5).await;
    let begun = Instant::now();
    stage.process.stop().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(5), "the grace it was given");
    assert_eq!(stage.world.state().rows["a"].relay.sync_error, "");
    stage.world.state().latency = None;
    stage.process.start();
    stage.pass(5.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_8_a_panic_in_one_of_a_thousand_costs_that_relay_one_failure_and_nothing_else() {
    let mut stage = Stage::new();
    let mut first = true;
    stage.order(move |id| (id == "r500" && std::mem::take(&mut first)).then_some(RequestFault::Panic));
    for n in 0..1_000 {
        stage.write(&format!("r{n}"), "new");
    }
    stage.process.start();
    // No retry comes sooner.
    stage.world.state().latency = Some(Duration::from_millis(1));
    stage.pass(0.4).await;
    assert_eq!(stage.world.state().zooid.len(), 999);
    assert_eq!(stage.failures("r500"), 1);
    stage.pass(5.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_8_panics_in_the_backends_own_code_are_survived() {
    let mut stage = Stage::new();
    stage.world.state().faults.panics = 30;
    for n in 0..100 {
        stage.write(&format!("r{n}"), "new");
    }
    stage.process.start();
    stage.pass(30.0).await;
    stage.world.state().faults.panics = 0;
    stage.pass(300.0).await;
    let given_up = stage
        .world
        .state()
        .rows
        .values()
        .filter(|row| row.relay.record.given_up)
        .count();
    assert!(stage.behind() <= 2 * given_up, "only what was given up is behind");
}
