//! `Client::heartbeat` changes nothing, and succeeds only if zooid accepts requests.

use zooid_client::{
    Client, HEARTBEAT_ID, Keys,
    emulator::{Emulator, Fault, Profile},
    types::RelayConfig,
};

use crate::names::Names;

async fn emulators_of_both_profiles() -> [Emulator; 2] {
    [
        Emulator::builder().profile(Profile::Old).start().await.unwrap(),
        Emulator::builder().profile(Profile::Current).start().await.unwrap(),
    ]
}

#[tokio::test]
async fn a_heartbeat_succeeds_and_changes_nothing() {
    for zooid in emulators_of_both_profiles().await {
        let client = zooid.client().unwrap();
        client.heartbeat().await.unwrap();
        assert!(zooid.relay_ids().is_empty());

        let mut config: RelayConfig = Names::random().config("a");
        config.info.name = Some("kept".to_owned());
        client
            .create_relay(&HEARTBEAT_ID.parse().unwrap(), &config)
            .await
            .unwrap();
        let before = zooid.config(HEARTBEAT_ID);
        client.heartbeat().await.unwrap();
        assert_eq!(zooid.config(HEARTBEAT_ID), before, "changed, although the id exists");
    }
}

#[tokio::test]
async fn a_heartbeat_detects_a_rejected_key_and_a_wrong_clock() {
    let zooid = Emulator::start().await;
    let other_key_client = Client::builder(&zooid.url(), Keys::generate()).build().unwrap();
    assert!(other_key_client.heartbeat().await.unwrap_err().not_allowed());

    let zooid = Emulator::builder().clock_offset(600).start().await.unwrap();
    let error = zooid.client().unwrap().heartbeat().await.unwrap_err();
    assert!(
        error.clock_skew().is_some_and(|skew| (-601..=-599).contains(&skew)),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .starts_with("zooid is unavailable: zooid returned 401"),
        "{error}"
    );
}

#[tokio::test]
async fn a_heartbeat_accepts_only_zooids_rejection() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let zooids = r#"{"error":"relay not found"}"#;
    let faults = [
        Fault::status(200).body(r#"{"message":"relay patched successfully"}"#, "application/json"),
        Fault::status(200).body("<h1>Welcome</h1>", "text/html"),
        Fault::status(404).body("404 page not found\n", "text/plain"),
        Fault::status(404).body(r#"{"error":"not found"}"#, "application/json"),
        Fault::status(410).body(zooids, "application/json"),
        Fault::status(500).body(zooids, "application/json"),
        Fault::status(403).body("<h1>Forbidden</h1>", "text/html"),
        Fault::status(503),
        Fault::truncated_response(),
        Fault::drop_response(),
        Fault::drop_connection(),
    ];
    for fault in faults {
        zooid.inject(fault.clone());
        client.heartbeat().await.expect_err(&format!("{fault:?}"));
    }
    client.heartbeat().await.unwrap();
}
