//! Detection of zooid's version, without changes.

use zooid_client::{
    Client, Keys, Profile,
    emulator::{Emulator, Fault},
};

#[tokio::test]
async fn one_request_without_effect_detects_the_profile() {
    for profile in [Profile::Old, Profile::Current] {
        let builder = Emulator::builder().profile(profile).record_requests();
        let zooid = builder.start().await.unwrap();
        assert_eq!(zooid.client().unwrap().profile().await.unwrap(), profile);
        let requests = zooid.requests();
        assert_eq!(requests.iter().map(|r| r.method.as_str()).collect::<Vec<_>>(), ["GET"]);
        assert_eq!(zooid.relay_ids(), [""; 0]);
    }
}

#[tokio::test]
async fn a_rejected_key_is_an_error() {
    for profile in [Profile::Old, Profile::Current] {
        let zooid = Emulator::builder().profile(profile).start().await.unwrap();
        let other_key_client = Client::builder(&zooid.url(), Keys::generate()).build().unwrap();
        assert!(other_key_client.profile().await.unwrap_err().not_allowed());
    }
}

#[tokio::test]
async fn a_foreign_response_is_an_error() {
    let zooid = Emulator::start().await;
    let client = zooid.client().unwrap();
    let go = "text/plain; charset=utf-8";
    for fault in [
        Fault::status(404).body("404 page not found\n", go),
        Fault::status(405).body("Method Not Allowed\n", go),
        Fault::status(503),
        Fault::drop_connection(),
        Fault::truncated_response(),
    ] {
        zooid.inject(fault);
        client.profile().await.unwrap_err();
    }
    assert_eq!(client.profile().await.unwrap(), Profile::Current);
}
