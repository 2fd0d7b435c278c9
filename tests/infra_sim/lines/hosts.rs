//! Equal hosts and schemas. That no two requests with the same one are under way at once is watched by zooid itself.

use std::time::Duration;

use fastrand::Rng;

use crate::{faults::RequestFault, stage::Stage, world::RETRY};

/// Gives a row this host, without telling.
fn put_at(stage: &Stage, id: &str, host: &str) {
    let name = stage.world.state().rows.get(id).map(|row| row.relay.info_name.clone());
    stage.write(id, name.as_deref().unwrap_or("new"));
    let mut state = stage.world.state();
    let relay = &mut state.rows.get_mut(id).unwrap().relay;
    relay.custom_domain = host.to_owned();
    relay.custom_domain_verified = true;
}

fn move_to(stage: &Stage, id: &str, host: &str) {
    put_at(stage, id, host);
    stage.world.tell("update_relay", id);
}

fn host_on_zooid(stage: &Stage, id: &str) -> String {
    stage.world.state().zooid[id]["host"].as_str().unwrap().to_owned()
}

fn moved_aside(stage: &Stage) -> usize {
    let state = stage.world.state();
    let hosts = state.names.keys().filter(|name| name.ends_with(".invalid"));
    hosts.count()
}

/// Relays at hosts of these names, synced and past the time in which requests may be late.
async fn synced(concurrency: usize, hosts: &[&str]) -> Stage {
    let mut stage = Stage::with(|config| config.concurrency = concurrency);
    stage.world.state().latency = Some(Duration::from_millis(10));
    stage.process.start();
    for host in hosts {
        move_to(&stage, host, &format!("{host}.example"));
    }
    stage.pass(80.0).await;
    assert_eq!(stage.behind(), 0);
    stage
}

#[tokio::test(start_paused = true)]
async fn rows_that_swap_hosts_or_pass_them_on_in_a_cycle_end_right_at_once() {
    for concurrency in [1, 2, 16] {
        for relays in [vec!["a", "b"], vec!["a", "b", "c"], vec!["a", "b", "c", "d", "e"]] {
            let mut stage = synced(concurrency, &relays).await;
            let before = stage.requests();
            for (at, id) in relays.iter().enumerate() {
                put_at(&stage, id, &format!("{}.example", relays[(at + 1) % relays.len()]));
            }
            for id in &relays {
                stage.world.tell("update_relay", id);
            }
            stage.pass(0.4).await;
            assert_eq!(stage.behind(), 0, "{relays:?}, {concurrency} at a time");
            assert_eq!(moved_aside(&stage), 1, "one moves aside");
            let sent = stage.requests() - before;
            assert!(sent <= 3 * relays.len() as u64 + 1, "{sent} requests");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_swap_hosts_end_right_also_after_a_restart() {
    for restart_at in [0.0, 0.005, 0.015, 0.025] {
        let mut stage = synced(1, &["a", "b"]).await;
        stage.process.kill().await;
        stage.process.start();
        put_at(&stage, "a", "b.example");
        put_at(&stage, "b", "a.example");
        stage.pass(restart_at).await;
        stage.process.kill().await;
        stage.process.start();
        stage.pass(10.0).await;
        assert_eq!(stage.behind(), 0, "restarted after {restart_at} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_moves_to_another_row_is_taken_at_once() {
    for taker_first in [true, false] {
        let mut stage = synced(1, &["a", "b"]).await;
        put_at(&stage, "a", "elsewhere.example");
        put_at(&stage, "b", "a.example");
        let order = if taker_first { ["b", "a"] } else { ["a", "b"] };
        for id in order {
            stage.world.tell("update_relay", id);
        }
        stage.pass(0.2).await;
        assert_eq!(stage.behind(), 0, "taker first: {taker_first}");
        assert_eq!(moved_aside(&stage), 0, "nobody is disturbed without need");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_becomes_free_while_its_taker_is_being_refused_is_taken_at_once() {
    for seed in 0..20 {
        let mut stage = synced(16, &["a", "b"]).await;
        stage.world.state().latency = None;
        stage.world.state().random = Rng::with_seed(seed);
        put_at(&stage, "a", "elsewhere.example");
        put_at(&stage, "b", "a.example");
        for id in ["b", "a"] {
            stage.world.tell("update_relay", id);
        }
        // Two requests take 0.4 s at most, and a backoff at least 0.5 s.
        stage.pass(0.5).await;
        assert_eq!(stage.behind(), 0, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_was_given_up_for_its_host_is_tried_at_once_when_that_is_free() {
    for deletes in [true, false] {
        let mut stage = synced(16, &["a"]).await;
        move_to(&stage, "b", "a.example");
        stage.pass(600.0).await;
        assert!(stage.is_given_up("b"));
        let before = stage.requests();
        stage.pass(600.0).await;
        assert_eq!(stage.requests(), before, "nothing is sent for it");
        if deletes {
            stage.delete("a");
        } else {
            move_to(&stage, "a", "elsewhere.example");
        }
        stage.pass(0.2).await;
        assert_eq!(stage.behind(), 0, "deletes: {deletes}");
        assert_eq!(stage.requests(), before + 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_fails_again_after_its_host_seemed_free_does_not_count_further() {
    let mut stage = synced(16, &["a"]).await;
    move_to(&stage, "b", "a.example");
    stage.pass(600.0).await;
    assert!(stage.is_given_up("b"));
    stage.order(|id| (id == "b").then_some(RequestFault::Status(500, false, None)));
    move_to(&stage, "a", "elsewhere.example");
    stage.pass(600.0).await;
    assert!(stage.is_given_up("b"));
    assert_eq!(stage.failures("b"), RETRY.max_attempts);
}

/// A library's backend may have rows with the same host, although only one of them can be served.
#[tokio::test(start_paused = true)]
async fn of_many_rows_with_the_same_host_one_is_accepted() {
    let mut stage = Stage::new();
    for n in 0..50 {
        put_at(&stage, &format!("r{n}"), "same.example");
    }
    stage.process.start();
    stage.pass(600.0).await;
    assert_eq!(stage.world.state().zooid.len(), 1);
    let given_up = (0..50).filter(|n| stage.is_given_up(&format!("r{n}"))).count();
    assert_eq!(given_up, 49);
    assert_eq!(moved_aside(&stage), 0);
}

#[tokio::test(start_paused = true)]
async fn of_many_rows_with_the_same_schema_one_is_accepted() {
    let mut stage = Stage::new();
    for n in 0..20 {
        let id = format!("r{n}");
        stage.write(&id, "new");
        stage.world.state().rows.get_mut(&id).unwrap().relay.schema = "same".to_owned();
    }
    stage.process.start();
    stage.pass(600.0).await;
    assert_eq!(stage.world.state().zooid.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_host_of_a_request_without_an_answer_is_not_sent_for_another_relay_until_it_has_settled() {
    let mut stage = synced(16, &["a", "b"]).await;
    stage.order(|id| (id == "a").then_some(RequestFault::Late(Duration::from_secs(59))));
    move_to(&stage, "a", "wanted.example");
    stage.pass(30.3).await;
    // The row no longer wants it, and the late request does.
    stage.no_order();
    move_to(&stage, "a", "a.example");
    move_to(&stage, "b", "wanted.example");
    stage.pass(20.0).await;
    assert_eq!(host_on_zooid(&stage, "b"), "b.example", "it waits");
    stage.pass(100.0).await;
}

#[tokio::test(start_paused = true)]
async fn hosts_of_relays_that_are_not_ours_disturb_nobody() {
    let mut stage = synced(16, &["a", "b"]).await;
    {
        let mut state = stage.world.state();
        for host in ["x.example", "y.example"] {
            let body = serde_json::json!({ "host": host, "schema": host });
            state.zooid.insert(host.to_owned(), body);
            state
                .names
                .entry(format!("host {host}"))
                .or_default()
                .insert(host.to_owned());
        }
    }
    move_to(&stage, "a", "x.example");
    move_to(&stage, "b", "y.example");
    stage.pass(600.0).await;
    assert!(stage.is_given_up("a") && stage.is_given_up("b"));
    assert_eq!(host_on_zooid(&stage, "a"), "a.example");
    assert_eq!(host_on_zooid(&stage, "b"), "b.example");
}
