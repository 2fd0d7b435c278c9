//! 2. One relay at a time, newest wins.

use std::time::Duration;

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn line_2_ten_thousand_updates_of_one_relay_make_three_requests_at_most() {
    let mut stage = Stage::with(|config| config.rescan = None);
    stage.world.state().latency = Some(Duration::from_secs(1));
    stage.process.start();
    stage.pass(1.0).await;
    for n in 0..10_000 {
        stage.change("a", &format!("name {n}"));
        if n % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    stage.pass(60.0).await;
    assert_eq!(stage.name_on_zooid("a").unwrap(), "name 9999");
    assert!(stage.requests() <= 3, "{}", stage.requests());
}

#[tokio::test(start_paused = true)]
async fn line_2_a_change_during_a_request_causes_exactly_one_more() {
    let mut stage = Stage::with(|config| config.rescan = None);
    stage.world.state().latency = Some(Duration::from_secs(1));
    stage.process.start();
    stage.change("a", "first");
    stage.pass(0.5).await;
    for n in 0..50 {
        stage.change("a", &format!("name {n}"));
    }
    stage.pass(60.0).await;
    assert_eq!(stage.requests(), 2);
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_2_at_most_so_many_are_in_flight_as_configured() {
    for concurrency in [1, 5, 16] {
        let mut stage = Stage::with(|config| config.concurrency = concurrency);
        for n in 0..100 {
            stage.write(&format!("r{n}"), "new");
        }
        stage.process.start();
        stage.pass(60.0).await;
        assert_eq!(stage.world.state().largest_in_flight, concurrency);
        assert_eq!(stage.behind(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn line_2_live_changes_overtake_a_backlog_that_still_finishes() {
    let mut stage = Stage::with(|config| config.concurrency = 2);
    stage.world.state().latency = Some(Duration::from_secs(1));
    for n in 0..400 {
        stage.write(&format!("old{n}"), "new");
    }
    stage.process.start();
    stage.pass(5.0).await;
    for second in 0..400 {
        // As many as zooid can take.
        stage.change(&format!("live{}", 2 * second), "new");
        stage.change(&format!("live{}", 2 * second + 1), "new");
        stage.pass(1.0).await;
        if second == 10 {
            assert!(stage.name_on_zooid("live0").is_some(), "it waited for the backlog");
        }
    }
    let old = stage
        .world
        .state()
        .zooid
        .keys()
        .filter(|id| id.starts_with("old"))
        .count();
    assert!(old >= 150, "{old} of the backlog in 400 s");
    stage.pass(500.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_2_first_come_is_first_served() {
    let mut stage = Stage::with(|config| config.concurrency = 1);
    stage.process.start();
    stage.pass(1.0).await;
    let ids: Vec<_> = (0..50).map(|n| format!("r{}", n * 7 % 50)).collect();
    for id in &ids {
        stage.change(id, "new");
    }
    stage.pass(60.0).await;
    let state = stage.world.state();
    let served = state.trace().iter().filter_map(|line| line.split("POST ").nth(1));
    assert!(served.eq(ids.iter().map(String::as_str)));
}
