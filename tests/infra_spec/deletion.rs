//! Tests of the reports and previews of deleted relays.

use contract_tests::rows::{activity, row};
use infra_sync::{Preview, Relay, SETTLE_TIME};
use zooid_client::emulator::Fault;

use crate::setup::Setup;

fn deleted(synced: i64) -> Relay {
    Relay {
        synced,
        deleted: true,
        ..row("alice")
    }
}

#[tokio::test]
async fn a_lost_report_of_a_request_without_an_answer_is_repeated_when_the_claim_is_released() {
    let setup = Setup::new().await;
    let synced = Relay {
        synced: 1,
        ..row("alice")
    };
    setup.rows.put(synced);
    setup.rows.fail_reports(1);
    // The answer of a proxy: zooid may still receive the request.
    let fault = Fault::status(502).body("try later", "text/plain");
    setup.zooid.inject(fault.for_relay("alice"));
    setup.infra.handle_activity(&activity("update_relay", "alice")).await;
    assert!(setup.rows.released().is_empty());

    setup.rows.put(deleted(1));
    setup.infra.handle_activity(&activity("delete_relay", "alice")).await;
    let sent: Vec<_> = setup.zooid.relay_requests().into_iter().map(|r| r.method).collect();
    assert_eq!(sent, ["PATCH", "DELETE"]);
    let left = setup.rows.released()[0].record.unsettled_for.unwrap();
    assert!(left <= SETTLE_TIME && left > SETTLE_TIME / 2, "{left:?}");
}

#[tokio::test]
async fn a_preview_of_a_deleted_relay_has_no_body() {
    let setup = Setup::new().await;
    let Preview { method, path, body } = setup.infra.preview(&deleted(1)).unwrap().unwrap();
    assert_eq!((method, &*path, body.is_none()), ("DELETE", "/relay/alice", true));
    assert!(setup.infra.preview(&deleted(0)).unwrap().is_none());
}
