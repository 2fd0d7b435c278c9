//! Faults of the network and of clocks.

use std::time::Duration;

use contract_tests::relay;
use zooid_client::{
    Client, Error, ErrorKind, Operation, RelayId,
    emulator::{Emulator, Fault, Profile, http_client},
};

async fn create(zooid: &Emulator, client: &Client, name: &str) -> Result<String, Error> {
    let config = relay::config(&format!("{name}.example"), name);
    let id: RelayId = name.parse().unwrap();
    let result = client.create_relay(&id, &serde_json::from_value(config).unwrap()).await;
    assert!(zooid.requests().is_empty(), "requests are recorded only on demand");
    result
}

fn is_lost(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport(error) if !error.is_timeout())
}

#[tokio::test]
async fn a_dropped_connection_has_no_effect() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::drop_connection());
    assert!(is_lost(&create(&zooid, &client, "a").await.unwrap_err()));
    assert!(zooid.relay_ids().is_empty());
    create(&zooid, &client, "a").await.unwrap();
}

#[tokio::test]
async fn a_dropped_response_does_not_undo_the_write() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::drop_response());
    assert!(is_lost(&create(&zooid, &client, "a").await.unwrap_err()));
    assert_eq!(zooid.relay_ids(), ["a"]);
    assert!(create(&zooid, &client, "a").await.unwrap_err().already_exists());
}

#[tokio::test]
async fn a_hanging_request_has_no_response_and_no_effect() {
    let zooid = Emulator::start().await;
    let client = Client::builder(&zooid.url(), zooid.keys().clone())
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    zooid.inject(Fault::hang());
    let error = create(&zooid, &client, "a").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Transport(error) if error.is_timeout()));
    assert!(zooid.relay_ids().is_empty());
    create(&zooid, &client, "a").await.unwrap();
}

#[tokio::test]
async fn a_truncated_response_is_an_invalid_response() {
    let zooid = Emulator::start().await;
    zooid.inject(Fault::truncated_response());
    let error = create(&zooid, &zooid.client().unwrap(), "a").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidResponse(_)));
    assert_eq!(zooid.relay_ids(), ["a"]);
}

/// Returns for each of 100 requests whether it fails.
async fn affected_requests(share: f64, seed: u64) -> Vec<bool> {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::status(503).share(share, seed));
    let id = "a".parse().unwrap();
    let mut affected = Vec::new();
    for _ in 0..100 {
        let error = client.delete_relay(&id).await.unwrap_err();
        affected.push(!error.not_found());
    }
    affected
}

#[tokio::test]
async fn the_same_seed_affects_the_same_requests() {
    let some = affected_requests(0.3, 7).await;
    let count = some.iter().filter(|affected| **affected).count();
    assert!((15..=45).contains(&count), "{count} of 100");
    assert_eq!(some, affected_requests(0.3, 7).await);
    assert_ne!(some, affected_requests(0.3, 8).await);
    assert!(!affected_requests(0.0, 7).await.contains(&true));
    assert!(!affected_requests(1.0, 7).await.contains(&false));
}

#[tokio::test]
async fn a_share_ends_after_its_times_and_passes_on_other_requests() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::status(503).share(0.0, 1));
    zooid.inject(Fault::status(502).share(1.0, 1).times(2));
    assert_eq!(zooid.pending_faults(), 2, "faults without limit are not counted");
    let id = "a".parse().unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(client.delete_relay(&id).await.unwrap_err().status().unwrap().as_u16());
    }
    assert_eq!(statuses, [502, 502, 404]);
}

#[tokio::test]
async fn a_wrong_clock_rejects_every_signature_and_is_reported() {
    for offset in [-600, 600] {
        let zooid = Emulator::builder().clock_offset(offset).start().await.unwrap();
        let error = create(&zooid, &zooid.client().unwrap(), "a").await.unwrap_err();
        assert!(error.not_allowed());
        let skew = error.clock_skew().unwrap();
        assert!((skew + offset).abs() <= 5, "{skew} s against {offset} s");
    }
    let nearly = Emulator::builder().clock_offset(50).start().await.unwrap();
    create(&nearly, &nearly.client().unwrap(), "a").await.unwrap();
}

#[tokio::test]
async fn old_zooid_ignores_a_wrong_clock() {
    let builder = Emulator::builder().profile(Profile::Old).clock_offset(-600);
    let zooid = builder.start().await.unwrap();
    create(&zooid, &zooid.client().unwrap(), "a").await.unwrap();
}

#[tokio::test]
async fn every_response_has_one_date_of_the_emulated_clock() {
    let zooid = Emulator::builder().clock_offset(3600).start().await.unwrap();
    zooid.inject(Fault::status(502));
    for status in [502, 401] {
        let response = http_client()
            .build()
            .unwrap()
            .delete(format!("{}/relay/a", zooid.url()))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status);
        let dates: Vec<_> = response.headers().get_all("date").iter().collect();
        let [date] = dates[..] else { panic!("{dates:?}") };
        let date = httpdate::parse_http_date(date.to_str().unwrap()).unwrap();
        let ahead = date.duration_since(std::time::SystemTime::now()).unwrap().as_secs();
        assert!((3590..=3600).contains(&ahead), "{ahead} s");
    }
}

#[tokio::test]
async fn a_request_lost_on_a_reused_connection_is_not_retried() {
    let builder = Emulator::builder().record_requests();
    let zooid = builder.start().await.unwrap();
    let client = Client::builder(&zooid.url(), zooid.keys().clone())
        .timeout(Duration::from_millis(500))
        .build()
        .unwrap();
    let id = "a".parse().unwrap();
    for fault in [Fault::drop_connection(), Fault::drop_response(), Fault::hang()] {
        assert!(client.delete_relay(&id).await.unwrap_err().not_found());
        zooid.inject(fault);
        client.delete_relay(&id).await.unwrap_err();
    }
    let statuses: Vec<_> = zooid.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [404, 0, 404, 0, 404, 0]);
}

#[tokio::test]
async fn a_fault_for_an_operation_affects_only_that_operation() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::status(503).for_operation(Operation::ListRelayMembers));
    zooid.inject(Fault::status(502).for_operation(Operation::DeleteRelay).for_relay("a"));
    create(&zooid, &client, "a").await.unwrap();
    let [a, b] = ["a", "b"].map(|id| id.parse().unwrap());
    assert!(client.delete_relay(&b).await.unwrap_err().not_found());
    assert_eq!(zooid.pending_faults(), 2);
    assert_eq!(client.delete_relay(&a).await.unwrap_err().status().unwrap(), 502);
    assert_eq!(client.list_relay_members(&b).await.unwrap_err().status().unwrap(), 503);
    assert_eq!(zooid.pending_faults(), 0);
}

#[tokio::test]
async fn thousands_of_dropped_connections_have_no_effect() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::drop_connection().times(2_500));
    let id = "a".parse().unwrap();
    for _ in 0..2_500 {
        assert!(is_lost(&client.delete_relay(&id).await.unwrap_err()));
    }
    assert!(client.delete_relay(&id).await.unwrap_err().not_found());
}
