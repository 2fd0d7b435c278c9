//! 7. No needless disturbance.

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn line_7_a_change_that_changes_nothing_for_zooid_is_not_sent() {
    let mut stage = Stage::new();
    stage.process.start();
    stage.change("a", "same");
    stage.pass(5.0).await;
    stage.change("a", "same");
    stage.pass(5.0).await;
    assert_eq!(stage.requests(), 1);
    assert_eq!(stage.behind(), 0, "and is known to be synced");
}

#[tokio::test(start_paused = true)]
async fn line_7_activity_of_a_relay_that_is_up_to_date_does_nothing() {
    let mut stage = Stage::new();
    stage.process.start();
    stage.change("a", "same");
    stage.pass(5.0).await;
    for _ in 0..10 {
        stage.world.tell("update_relay", "a");
        stage.pass(1.0).await;
    }
    let state = stage.world.state();
    assert_eq!(state.requests, 1);
    assert_eq!(state.trace().iter().filter(|line| line.ends_with("synced")).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn line_7_a_switch_turns_it_off() {
    let mut stage = Stage::with(|config| config.skip_unchanged = false);
    stage.process.start();
    stage.change("a", "same");
    stage.pass(5.0).await;
    stage.change("a", "same");
    stage.pass(5.0).await;
    assert_eq!(stage.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn line_7_a_resync_can_be_forced() {
    let mut stage = Stage::new();
    stage.process.start();
    stage.change("a", "same");
    stage.pass(5.0).await;
    stage.world.state().rows.get_mut("a").unwrap().relay.record.accepted = None;
    stage.change("a", "same");
    stage.pass(5.0).await;
    assert_eq!(stage.requests(), 2);
}
