//! A row that is deleted: zooid's relay goes, stays gone, and then the row goes.

use std::time::Duration;

use crate::{faults::RequestFault, stage::Stage};

fn methods(stage: &Stage) -> Vec<String> {
    let state = stage.world.state();
    let requests = state.trace().iter().filter_map(|line| line.trim().split_once(' '));
    requests
        .map(|(_, what)| what.to_owned())
        .filter(|what| {
            ["POST", "PATCH", "DELETE"]
                .iter()
                .any(|method| what.starts_with(method))
        })
        .collect()
}

fn has_row(stage: &Stage, id: &str) -> bool {
    stage.world.state().rows.contains_key(id)
}

async fn synced(stage: &mut Stage, id: &str) {
    stage.process.start();
    stage.change(id, "new");
    stage.pass(1.0).await;
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_deleted_at_once_where_no_request_can_be_on_its_way() {
    let mut stage = Stage::new();
    synced(&mut stage, "a").await;
    stage.pass(80.0).await;
    stage.delete("a");
    stage.pass(1.0).await;
    assert_eq!(methods(&stage), ["POST a", "DELETE a"]);
    assert!(!has_row(&stage, "a"));
    stage.pass(600.0).await;
    assert_eq!(methods(&stage).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_was_never_synced_is_deleted_without_a_request() {
    let mut stage = Stage::new();
    stage.order(|_| Some(RequestFault::Status(409, false, None)));
    stage.process.start();
    stage.change("a", "somebody else's");
    stage.pass(0.3).await;
    assert_eq!(methods(&stage), ["POST a"]);
    stage.delete("a");
    stage.pass(60.0).await;
    assert_eq!(methods(&stage), ["POST a"]);
    assert!(!has_row(&stage, "a"));
}

#[tokio::test(start_paused = true)]
async fn a_late_request_does_not_bring_a_deleted_relay_back() {
    for late in ["POST", "DELETE"] {
        let mut stage = Stage::new();
        synced(&mut stage, "a").await;
        stage.pass(80.0).await;
        // zooid lost the relay, so the update is a PATCH that fails and a POST.
        stage.world.state().zooid.clear();
        let mut nth = 0;
        stage.order(move |_| {
            nth += 1;
            let is_late = nth == if late == "POST" { 2 } else { 3 };
            is_late.then_some(RequestFault::Late(Duration::from_secs(59)))
        });
        stage.change("a", "newer");
        stage.pass(1.0).await;
        stage.delete("a");
        stage.pass(70.0).await;
        assert!(has_row(&stage, "a"), "an earlier {late} may still arrive");
        stage.pass(120.0).await;
        assert!(!has_row(&stage, "a"));
        assert!(!stage.world.state().zooid.contains_key("a"));
        let methods = methods(&stage);
        assert_eq!(methods.last().unwrap(), "DELETE a", "{methods:?}");
        assert!(methods.iter().filter(|method| *method == "DELETE a").count() >= 2);
        // A new relay with the id is safe from what was sent before.
        stage.no_order();
        stage.world.state().gone.clear();
        stage.change("a", "another");
        stage.pass(120.0).await;
        assert_eq!(stage.behind(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_of_an_earlier_process_does_not_bring_a_deleted_relay_back() {
    let mut stage = Stage::new();
    synced(&mut stage, "a").await;
    stage.world.state().zooid.clear();
    let mut nth = 0;
    stage.order(move |_| {
        nth += 1;
        (nth == 2).then_some(RequestFault::Late(Duration::from_secs(59)))
    });
    stage.change("a", "newer");
    stage.pass(1.0).await;
    stage.process.kill().await;
    stage.process.start();
    stage.delete("a");
    stage.pass(70.0).await;
    assert!(has_row(&stage, "a"));
    stage.pass(30.0).await;
    assert!(!has_row(&stage, "a"));
    assert!(!stage.world.state().zooid.contains_key("a"));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_is_retried_and_an_outage_only_delays_it() {
    let mut stage = Stage::new();
    synced(&mut stage, "a").await;
    stage.pass(80.0).await;
    let mut nth = 0;
    stage.order(move |_| {
        nth += 1;
        (nth == 1).then_some(RequestFault::Status(500, false, None))
    });
    stage.delete("a");
    stage.pass(5.0).await;
    assert!(!has_row(&stage, "a"));

    stage.no_order();
    stage.change("b", "new");
    stage.pass(1.0).await;
    stage.world.state().down = true;
    stage.delete("b");
    stage.pass(600.0).await;
    assert!(has_row(&stage, "b"));
    stage.world.state().down = false;
    stage.pass(120.0).await;
    assert!(!has_row(&stage, "b"));
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_slow_deletion_and_a_change_meanwhile_do_not_create_the_relay_again() {
    let mut stage = Stage::new();
    synced(&mut stage, "a").await;
    stage.pass(80.0).await;
    stage.world.state().latency = Some(Duration::from_secs(10));
    stage.delete("a");
    for _ in 0..20 {
        stage.world.tell("update_relay", "a");
        stage.pass(1.0).await;
    }
    stage.pass(120.0).await;
    assert!(methods(&stage).iter().skip(1).all(|method| method == "DELETE a"));
    assert!(!has_row(&stage, "a"));
}
