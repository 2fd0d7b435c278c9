//! 5. Retries. That each waits for its time is watched by the world itself.

use std::{collections::BTreeSet, time::Duration};

use crate::{faults::RequestFault, stage::Stage, world::RETRY};

const FAILS: RequestFault = RequestFault::Status(500, false, None);

#[tokio::test(start_paused = true)]
async fn line_5_relays_that_failed_together_are_not_tried_together() {
    let mut stage = Stage::with(|config| config.concurrency = 100);
    stage.world.state().latency = Some(Duration::from_millis(10));
    let mut first = BTreeSet::new();
    stage.order(move |id| first.insert(id.to_owned()).then_some(FAILS));
    for n in 0..100 {
        stage.write(&format!("r{n}"), "new");
    }
    stage.process.start();
    stage.pass(0.5).await;
    assert_eq!(stage.requests(), 100, "no retry before half the delay");
    stage.pass(0.26).await;
    let middle = stage.requests() - 100;
    assert!((20..=80).contains(&middle), "{middle} of 100 in half the time");
    stage.pass(0.3).await;
    assert_eq!(stage.requests(), 200, "no retry after the delay");
}

#[tokio::test(start_paused = true)]
async fn line_5_a_relay_gets_so_many_attempts_and_one_clear_report_at_the_end() {
    let mut stage = Stage::new();
    stage.world.state().latency = Some(Duration::from_millis(10));
    stage.order(|_| Some(FAILS));
    stage.process.start();
    stage.change("a", "new");
    stage.pass(3600.0).await;
    assert_eq!(stage.requests(), u64::from(RETRY.max_attempts));
    assert!(stage.is_given_up("a"));
    let state = stage.world.state();
    assert_eq!(state.trace().iter().filter(|line| line.contains("GivenUp")).count(), 1);
}

/// As a process leaves it that ends in the midst of the last attempt, or one that allowed more of them.
#[tokio::test(start_paused = true)]
async fn line_5_a_row_that_had_all_its_attempts_is_reported_as_given_up() {
    let mut stage = Stage::new();
    stage.write("a", "new");
    if let Some(row) = stage.world.state().rows.get_mut("a") {
        row.relay.sync_error = "it did not come back".to_owned();
        row.relay.record.failures = RETRY.max_attempts;
    }
    stage.process.start();
    stage.pass(3600.0).await;
    assert_eq!(stage.requests(), 0);
    assert!(stage.is_given_up("a"));
    assert_eq!(stage.failures("a"), RETRY.max_attempts, "it is no attempt of its own");
    let reports = stage
        .world
        .state()
        .trace()
        .iter()
        .filter(|line| line.contains("Exhausted"))
        .count();
    assert_eq!(reports, 1);
}

#[tokio::test(start_paused = true)]
async fn line_5_the_schedule_survives_a_restart() {
    let mut stage = Stage::new();
    stage.world.state().latency = Some(Duration::from_millis(10));
    stage.order(|_| Some(FAILS));
    stage.process.start();
    stage.change("a", "new");
    stage.pass(3.3).await;
    let before = stage.failures("a");
    assert_eq!(before, 3);
    stage.process.kill().await;
    stage.process.start();
    stage.pass(3600.0).await;
    assert_eq!(
        stage.requests(),
        u64::from(RETRY.max_attempts),
        "it was not counted anew"
    );
}

#[tokio::test(start_paused = true)]
async fn line_5_more_activity_neither_shortens_a_delay_nor_counts() {
    let mut stage = Stage::new();
    stage.world.state().latency = Some(Duration::from_millis(10));
    stage.order(|_| Some(FAILS));
    stage.process.start();
    stage.change("a", "new");
    stage.pass(0.3).await;
    for _ in 0..1_000 {
        stage.world.tell("update_relay", "a");
        tokio::task::yield_now().await;
    }
    assert_eq!((stage.requests(), stage.failures("a")), (1, 1));
    stage.pass(3600.0).await;
    assert_eq!(stage.requests(), u64::from(RETRY.max_attempts));
}

#[tokio::test(start_paused = true)]
async fn line_5_a_store_that_fails_meanwhile_does_not_shorten_a_delay() {
    for seed in 0..20 {
        let mut stage = Stage::with(|config| config.seed = Some(seed));
        stage.world.state().latency = Some(Duration::from_millis(10));
        let mut failed = false;
        stage.order(move |_| (!std::mem::replace(&mut failed, true)).then_some(FAILS));
        stage.process.start();
        stage.change("a", "new");
        stage.pass(0.05).await;
        stage.world.state().faults.store = 100;
        stage.world.tell("update_relay", "a");
        stage.pass(0.01).await;
        stage.world.state().faults.store = 0;
        stage.world.tell("update_relay", "a");
        stage.pass(60.0).await;
        assert_eq!(
            (stage.requests(), stage.behind()),
            (2, 0),
            "the world itself watches the delay"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn line_5_a_delay_that_ends_during_a_look_is_not_forgotten() {
    for seed in 0..50 {
        let mut stage = Stage::with(|config| config.seed = Some(seed));
        stage.world.state().latency = Some(Duration::from_millis(10));
        let mut failed = false;
        stage.order(move |_| (!std::mem::replace(&mut failed, true)).then_some(FAILS));
        stage.process.start();
        stage.change("a", "new");
        stage.pass(0.4).await;
        stage.world.state().faults.slow = 100;
        stage.world.tell("update_relay", "a");
        stage.pass(1.5).await;
        stage.world.state().faults.slow = 0;
        stage.pass(60.0).await;
        assert_eq!((stage.requests(), stage.behind()), (2, 0), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn line_5_a_new_version_runs_at_once_and_counts_anew() {
    let mut stage = Stage::new();
    stage.world.state().latency = Some(Duration::from_millis(10));
    stage.order(|_| Some(FAILS));
    stage.process.start();
    stage.change("a", "new");
    stage.pass(3.3).await;
    assert_eq!(stage.failures("a"), 3);
    stage.change("a", "newer");
    stage.pass(0.3).await;
    assert_eq!(stage.failures("a"), 1);
    stage.pass(3600.0).await;
    assert_eq!(stage.requests(), 3 + u64::from(RETRY.max_attempts));
    stage.no_order();
    stage.change("a", "newest");
    stage.pass(0.3).await;
    assert_eq!(stage.behind(), 0, "also after the last attempt");
}

#[tokio::test(start_paused = true)]
async fn line_5_the_retry_after_of_one_relay_delays_this_relay_alone() {
    let mut stage = Stage::new();
    let mut told = false;
    stage.order(move |id| {
        let first = id == "first" && !std::mem::replace(&mut told, true);
        first.then_some(RequestFault::Status(503, false, Some(Duration::from_secs(30))))
    });
    stage.world.state().latency = Some(Duration::from_millis(10));
    stage.process.start();
    stage.change("first", "new");
    stage.pass(0.1).await;
    for n in 0..100 {
        stage.change(&format!("r{n}"), "new");
    }
    stage.pass(5.0).await;
    assert_eq!(stage.requests(), 101);
    stage.pass(24.7).await;
    assert_eq!(stage.requests(), 101, "no second request for it in 30 s");
    stage.pass(5.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_5_a_hundred_relays_wait_for_the_retry_after_of_a_server_that_answers_nobody() {
    let mut stage = Stage::new();
    stage.order_all(|_| Some(RequestFault::Status(503, false, Some(Duration::from_secs(30)))));
    stage.world.state().latency = Some(Duration::from_millis(10));
    stage.process.start();
    stage.pass(0.1).await;
    stage.no_order();
    for n in 0..100 {
        stage.change(&format!("r{n}"), "new");
    }
    stage.pass(29.8).await;
    assert_eq!((stage.requests(), stage.heartbeats()), (0, 1), "no request in 30 s");
    stage.pass(5.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_5_what_cannot_succeed_is_not_tried_again_until_the_row_changes() {
    let mut stage = Stage::new();
    stage.order(|_| Some(RequestFault::Status(400, false, None)));
    stage.process.start();
    stage.change("a", "refused");
    stage.pass(3600.0).await;
    stage.process.kill().await;
    stage.process.start();
    stage.world.tell("update_relay", "a");
    stage.pass(3600.0).await;
    assert_eq!(stage.requests(), 1);
    stage.no_order();
    stage.change("a", "better");
    stage.pass(0.3).await;
    assert_eq!(stage.behind(), 0);
}
