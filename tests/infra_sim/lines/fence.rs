//! 3. Fenced reports.

use std::time::Duration;

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn line_3_a_change_during_a_request_is_not_marked_as_synced_by_it() {
    let mut stage = Stage::with(|config| config.rescan = None);
    stage.world.state().latency = Some(Duration::from_secs(1));
    stage.process.start();
    stage.change("a", "old");
    stage.pass(0.5).await;
    stage.write("a", "newer, and untold");
    stage.pass(5.0).await;
    assert_eq!(stage.name_on_zooid("a").unwrap(), "old");
    let relay = stage.world.state().rows["a"].relay.clone();
    assert_eq!((relay.version, relay.record.version), (2, 1));
    assert!(!relay.is_up_to_date());
}
