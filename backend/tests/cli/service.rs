use zooid_client::emulator::{Emulator, Fault};

use crate::program::Program;

#[tokio::test]
async fn a_relay_made_by_a_command_is_created_updated_deactivated_and_activated_by_the_running_service() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let service = program.start();

    program.create("alice");
    program.until_up_to_date("alice");
    let created = zooid.config("alice").unwrap();
    assert_eq!(created["host"], "alice.relays.example");

    program.done(&["relay", "update", "alice", "--name", "Alice", "--public-join"]);
    program.until_up_to_date("alice");
    let updated = zooid.config("alice").unwrap();
    assert_eq!(
        (&updated["info"]["name"], &updated["policy"]["public_join"]),
        (&"Alice".into(), &true.into())
    );

    program.done(&["relay", "deactivate", "alice"]);
    program.until_up_to_date("alice");
    assert_eq!(zooid.config("alice").unwrap()["inactive"], true);

    program.done(&["relay", "activate", "alice"]);
    program.until_up_to_date("alice");
    let activated = zooid.config("alice").unwrap();
    assert_eq!(activated["inactive"], false);
    assert_eq!(activated["secret"], created["secret"], "the relay keeps its identity");
    assert_eq!(service.stop(), 0);
}

#[tokio::test]
async fn what_was_changed_while_the_service_was_stopped_is_synced_at_its_start() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    program.create("alice");
    let service = program.start();
    program.until_up_to_date("alice");
    drop(service);

    program.done(&["relay", "update", "alice", "--name", "Alice"]);
    program.create("bob");
    let _service = program.start();
    program.until_up_to_date("alice");
    program.until_up_to_date("bob");
    assert_eq!(zooid.config("alice").unwrap()["info"]["name"], "Alice");
    assert_eq!(zooid.relay_ids(), ["alice", "bob"]);
}

#[tokio::test]
async fn a_zooid_that_lost_its_disk_gets_the_relay_back_with_its_identity() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let _service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let before = zooid.config("alice").unwrap();

    zooid.remove("alice");
    program.done(&["relay", "resync", "alice"]);
    program.until_up_to_date("alice");
    assert_eq!(zooid.config("alice").unwrap(), before);
}

#[tokio::test]
async fn a_zooid_that_is_down_is_named_and_the_relay_is_synced_when_it_is_back() {
    let zooid = Emulator::start().await;
    let port = zooid.url().rsplit(':').next().unwrap().parse().unwrap();
    let keys = zooid.keys().clone();
    let program = Program::for_zooid(&zooid)
        .with("INFRA_RETRY_MAX", "1000")
        .with("INFRA_RETRY_CAP", "100ms");
    drop(zooid);
    let service = program.start();
    program.create("alice");
    let down_because = program.until_zooid_is("down")["cause"].take();
    assert!(
        down_because
            .as_str()
            .unwrap()
            .starts_with("zooid is unavailable: zooid cannot be reached: "),
        "{down_because}"
    );
    assert_eq!(program.show("alice")["sync_failures"], 0, "it is not the relay's fault");
    assert!(service.log().contains("zooid cannot be reached"));

    let zooid = Emulator::builder().port(port).keys(keys).start().await.unwrap();
    program.until_up_to_date("alice");
    assert_eq!(zooid.relay_ids(), ["alice"]);
}

#[tokio::test]
async fn a_key_that_is_not_on_the_whitelist_is_told_and_nothing_is_lost() {
    let zooid = Emulator::start().await;
    let stranger = "0000000000000000000000000000000000000000000000000000000000000003";
    let wrong = Program::for_zooid(&zooid).with("ZOOID_API_SECRET", stranger);
    let service = wrong.start();
    wrong.create("alice");
    let cause = wrong.until_zooid_is("down")["cause"].take();
    assert!(cause.as_str().unwrap().contains("pubkey not in whitelist"), "{cause}");
    drop(service);

    let right = wrong.with("ZOOID_API_SECRET", &zooid.keys().secret_key().to_secret_hex());
    let _service = right.start();
    right.until_up_to_date("alice");
    assert_eq!(zooid.relay_ids(), ["alice"]);
}

#[tokio::test]
async fn a_relay_that_was_given_up_is_synced_after_resync() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid).with("INFRA_RETRY_MAX", "2");
    zooid.inject(Fault::status(500).times(2).for_relay("alice"));
    let service = program.start();
    program.create("alice");
    program.until("alice", |relay| relay["sync_failures"] == 2);
    assert!(zooid.relay_ids().is_empty());

    program.done(&["relay", "resync", "alice"]);
    program.until_up_to_date("alice");
    assert!(service.log().contains("gave up"));
}

#[tokio::test]
async fn half_a_configuration_is_warned_about() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid)
        .with("BLOSSOM_S3_BUCKET", "media")
        .with("LIVEKIT_URL", "wss://livekit.example");
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let log = service.log();
    for words in [
        "half a configuration: media stays on zooid's own disk",
        "BLOSSOM_S3_REGION, BLOSSOM_S3_ACCESS_KEY, BLOSSOM_S3_SECRET_KEY",
        "half a configuration: LiveKit is off for every relay",
        "LIVEKIT_API_KEY, LIVEKIT_API_SECRET",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
}
