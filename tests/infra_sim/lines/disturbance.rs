//! 7. No needless disturbance.

use crate::{faults::RequestFault, stage::Stage};

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

/// A backend that stores no result and lists every row in each scan, after the requests of an earlier process have settled.
async fn with_a_backend_that_keeps_nothing(uncounted: bool) -> Stage {
    let mut stage = Stage::new();
    stage.world.state().keeps_nothing = true;
    stage.process.start();
    stage.pass(80.0).await;
    for id in ["a", "b"] {
        stage.write(id, "same");
        if uncounted {
            stage.world.state().rows.get_mut(id).unwrap().relay.version = 0;
        }
        stage.world.tell("create_relay", id);
    }
    stage.pass(1.0).await;
    assert_eq!(stage.requests(), 2);
    stage
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_keeps_nothing_is_not_sent_again_at_each_scan() {
    for uncounted in [false, true] {
        let mut stage = with_a_backend_that_keeps_nothing(uncounted).await;
        stage.pass(3600.0).await;
        assert!(stage.world.state().pages > 30);
        assert_eq!(stage.requests(), 2, "uncounted: {uncounted}");

        stage.world.tell("resync_relay", "a");
        stage.pass(1.0).await;
        assert!(stage.requests() > 2, "a resync is sent");
        let sent = stage.requests();
        stage.pass(3600.0).await;
        assert_eq!(stage.requests(), sent);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_is_not_trusted_after_a_request_without_an_answer() {
    let mut stage = with_a_backend_that_keeps_nothing(true).await;
    let rename = |stage: &Stage, name: &str| {
        let mut state = stage.world.state();
        state.rows.get_mut("a").unwrap().relay.info_name = name.to_owned();
    };
    let mut nth = 0;
    // The POST of a relay that exists is refused, and the PATCH that follows loses its answer.
    stage.order(move |_| {
        nth += 1;
        (nth == 2).then_some(RequestFault::Lost(true))
    });
    rename(&stage, "other");
    stage.world.tell("update_relay", "a");
    stage.pass(0.4).await;
    assert_eq!(stage.name_on_zooid("a").as_deref(), Some("other"));
    stage.no_order();
    rename(&stage, "same");
    stage.pass(120.0).await;
    assert_eq!(stage.name_on_zooid("a").as_deref(), Some("same"));
}

#[tokio::test(start_paused = true)]
async fn missed_activities_may_have_been_resyncs() {
    let mut stage = with_a_backend_that_keeps_nothing(true).await;
    let sent = stage.requests();
    for _ in 0..2_000 {
        stage.world.tell("other", "a");
    }
    stage.pass(10.0).await;
    assert!(stage.requests() > sent);
}
