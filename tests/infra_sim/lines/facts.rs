//! 4. Create or update by the facts.

use crate::{faults::RequestFault, stage::Stage};

#[tokio::test(start_paused = true)]
async fn line_4_a_creation_whose_answer_was_lost_becomes_an_update() {
    let mut stage = Stage::new();
    let mut first = true;
    stage.order(move |_| std::mem::take(&mut first).then_some(RequestFault::Lost(true)));
    stage.process.start();
    stage.change("a", "new");
    stage.pass(10.0).await;
    assert_eq!(stage.requests(), 3, "POST, POST again, PATCH");
    assert_eq!(stage.behind(), 0);
}

#[tokio::test(start_paused = true)]
async fn line_4_a_zooid_that_lost_its_disk_is_rebuilt_with_every_relays_identity() {
    let mut stage = Stage::new();
    for n in 0..100 {
        stage.write(&format!("r{n}"), "new");
    }
    stage.process.start();
    stage.pass(60.0).await;
    let before = std::mem::take(&mut stage.world.state().zooid);
    for n in 0..100 {
        let id = format!("r{n}");
        // What `infra resync` does.
        stage.world.state().rows.get_mut(&id).unwrap().relay.record.accepted = None;
        stage.change(&id, "new");
    }
    stage.pass(60.0).await;
    assert_eq!(stage.world.state().zooid, before);
}

#[tokio::test(start_paused = true)]
async fn line_4_a_host_of_another_relay_stays_an_error_in_zooids_words() {
    let mut stage = Stage::new();
    stage.process.start();
    stage.change("a", "new");
    stage.pass(5.0).await;
    stage.write("b", "same host");
    stage.world.state().rows.get_mut("b").unwrap().relay.subdomain = "a".to_owned();
    stage.world.tell("create_relay", "b");
    stage.pass(0.5).await;
    let error = stage.world.state().rows["b"].relay.sync_error.clone();
    assert!(error.contains("host is already in use"), "{error}");
    stage.pass(300.0).await;
    assert!(stage.is_given_up("b"));
}
