//! 1. Nothing is lost.

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn line_1_rows_that_are_pending_are_synced_at_the_start() {
    let mut stage = Stage::new();
    stage.write("a", "new");
    stage.process.start();
    stage.pass(0.3).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_1_a_change_that_nobody_told_of_is_found_by_a_slow_tick() {
    let mut stage = Stage::new();
    stage.process.start();
    stage.pass(1.0).await;
    stage.write("a", "untold");
    stage.pass(20.0).await;
    assert_eq!(stage.requests(), 0, "nobody told of it");
    stage.pass(60.0).await;
    assert_eq!(stage.name_on_zooid("a").unwrap(), "untold");
}

#[tokio::test(start_paused = true)]
async fn line_1_a_channel_that_overflows_has_the_rows_looked_at() {
    let mut stage = Stage::with(|config| config.rescan = None);
    stage.process.start();
    stage.pass(1.0).await;
    for n in 0..5_000 {
        stage.change(&format!("r{n}"), "new");
    }
    stage.pass(600.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_1_it_listens_before_it_first_looks_at_the_rows() {
    let mut stage = Stage::with(|config| config.rescan = None);
    stage.process.start();
    assert_eq!(stage.world.notify().receiver_count(), 0);
    tokio::task::yield_now().await;
    assert_eq!(stage.world.notify().receiver_count(), 1);
    stage.change("a", "during the look");
    stage.pass(1.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_1_the_rows_are_read_no_faster_than_they_are_synced() {
    let mut stage = Stage::new();
    for n in 0..10_000 {
        stage.write(&format!("r{n}"), "new");
    }
    stage.world.state().latency = Some(std::time::Duration::from_secs(1));
    stage.process.start();
    stage.pass(10.0).await;
    let pages = stage.world.state().pages;
    assert!((1..=2).contains(&pages), "{pages} pages for 160 relays");
    stage.pass(700.0).await;
    assert_eq!(stage.behind(), 0);
}
