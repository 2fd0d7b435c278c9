//! 9. Seen from outside.

use std::collections::BTreeSet;

use metrics_util::debugging::DebuggingRecorder;

use crate::{faults::RequestFault, stage::Stage};

#[tokio::test(start_paused = true)]
async fn line_9_the_metrics_are_those_that_the_documentation_lists() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);

    let mut stage = Stage::new();
    let mut nth = 0;
    stage.order(move |id| {
        nth += 1;
        match id {
            "refused" => Some(RequestFault::Status(400, false, None)),
            _ if nth < 3 => Some(RequestFault::Status(500, false, None)),
            _ => None,
        }
    });
    stage.process.start();
    stage.pass(0.1).await;
    for n in 0..3_000 {
        stage.change(&format!("r{}", n % 1_500), "new");
    }
    stage.pass(300.0).await;
    for _ in 0..2 {
        stage.change("r0", "new");
    }
    stage.change("refused", "new");
    stage.world.state().faults.store = 60;
    stage.pass(5.0).await;
    stage.world.state().faults.store = 0;
    stage.world.state().down = true;
    stage.change("r1", "newer");
    stage.pass(60.0).await;

    let seen = snapshotter.snapshot().into_vec();
    let seen: BTreeSet<String> = seen.into_iter().map(|(key, ..)| key.key().name().to_owned()).collect();
    let source = include_str!("../../infra-sync/src/metrics.rs");
    let listed = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next());
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    assert_eq!(seen, listed);
    assert_names(&listed);
}

/// Renaming one breaks somebody's alerts.
fn assert_names(names: &BTreeSet<String>) {
    let expected = [
        "infra_activity_to_synced_seconds",
        "infra_attempts_total",
        "infra_backend_errors_total",
        "infra_given_up_total",
        "infra_heartbeats_total",
        "infra_in_flight",
        "infra_missed_activities_total",
        "infra_queue_adds_total",
        "infra_queue_coalesced_total",
        "infra_queue_depth",
        "infra_queue_oldest_seconds",
        "infra_retries_scheduled_total",
        "infra_server_failures_total",
        "infra_sync_seconds",
        "infra_syncs_skipped_total",
        "infra_zooid_next_heartbeat_seconds",
        "infra_zooid_up",
    ];
    assert!(names.iter().map(String::as_str).eq(expected), "{names:?}");
}
