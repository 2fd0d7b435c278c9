//! What goes wrong on the way to zooid and back.

use std::time::Duration;

use contract_tests::relay;
use zooid_client::{
    Client, Error, ErrorKind, RelayId,
    emulator::{Emulator, Fault},
};

async fn create(zooid: &Emulator, client: &Client, name: &str) -> Result<String, Error> {
    let config = relay::config(&format!("{name}.example"), name);
    let id: RelayId = name.parse().unwrap();
    let done = client.create_relay(&id, &serde_json::from_value(config).unwrap()).await;
    assert!(zooid.requests().is_empty(), "nothing is recorded unless asked for");
    done
}

fn is_lost(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport(error) if !error.is_timeout())
}

#[tokio::test]
async fn a_dropped_connection_leaves_nothing_behind() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::drop_connection());
    assert!(is_lost(&create(&zooid, &client, "a").await.unwrap_err()));
    assert!(zooid.relay_ids().is_empty());
    create(&zooid, &client, "a").await.unwrap();
}

#[tokio::test]
async fn a_dropped_answer_leaves_the_work_done() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::drop_answer());
    assert!(is_lost(&create(&zooid, &client, "a").await.unwrap_err()));
    assert_eq!(zooid.relay_ids(), ["a"]);
    assert!(create(&zooid, &client, "a").await.unwrap_err().already_exists());
}

#[tokio::test]
async fn a_hanging_zooid_never_answers_and_does_nothing() {
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
async fn garbage_is_a_success_nobody_understands() {
    let zooid = Emulator::start().await;
    zooid.inject(Fault::garbage());
    let error = create(&zooid, &zooid.client().unwrap(), "a").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unintelligible(_)));
    assert_eq!(zooid.relay_ids(), ["a"]);
}

/// Which of 100 requests fail.
async fn struck(share: f64, seed: u64) -> Vec<bool> {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::status(503).share(share, seed));
    let id = "a".parse().unwrap();
    let mut struck = Vec::new();
    for _ in 0..100 {
        let error = client.delete_relay(&id).await.unwrap_err();
        struck.push(!error.not_found());
    }
    struck
}

#[tokio::test]
async fn a_share_of_the_requests_goes_wrong_the_same_ones_under_the_same_seed() {
    let some = struck(0.3, 7).await;
    let count = some.iter().filter(|struck| **struck).count();
    assert!((15..=45).contains(&count), "{count} of 100");
    assert_eq!(some, struck(0.3, 7).await);
    assert_ne!(some, struck(0.3, 8).await);
    assert!(!struck(0.0, 7).await.contains(&true));
    assert!(!struck(1.0, 7).await.contains(&false));
}

#[tokio::test]
async fn a_share_ends_after_its_times_and_lets_others_pass_on() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    zooid.inject(Fault::status(503).share(0.0, 1));
    zooid.inject(Fault::status(502).share(1.0, 1).times(2));
    assert_eq!(zooid.pending_faults(), 2, "what goes on for ever is not counted");
    let id = "a".parse().unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(client.delete_relay(&id).await.unwrap_err().status().unwrap().as_u16());
    }
    assert_eq!(statuses, [502, 502, 404]);
}

#[tokio::test]
async fn a_clock_that_is_off_refuses_every_signature_and_says_what_time_it_is() {
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
