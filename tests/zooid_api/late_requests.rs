//! Requests that are handled after their client has given up.

use std::time::Duration;

use serde_json::json;
use zooid_client::emulator::{Fault, Profile};

use crate::test_api::{BOTH, TestApi, config};

/// Renames `alice` with a late request.
async fn rename_late(api: &TestApi, name: &str) {
    api.zooid.inject(Fault::late());
    let header = api.authorization("PATCH", "/relay/alice").header();
    let request = api.request("PATCH", "/relay/alice").header("authorization", header);
    let patch = json!({ "info": { "name": name } });
    assert!(request.body(patch.to_string()).send().await.is_err());
}

fn name(api: &TestApi) -> String {
    api.zooid.config("alice").unwrap()["info"]["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_late_request_is_handled_after_newer_ones() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        rename_late(&api, "late").await;
        assert_eq!(name(&api), "");
        api.rename("newer").await.assert(200, "relay patched successfully");
        assert_eq!(api.zooid.apply_late_requests(Duration::ZERO), [200]);
        assert_eq!(name(&api), "late");
        assert_eq!(api.served_name("alice.example").await.unwrap(), "late");
        assert!(api.zooid.apply_late_requests(Duration::ZERO).is_empty());
    }
}

#[tokio::test]
async fn late_requests_are_handled_in_order() {
    let api = TestApi::with_alice(Profile::Current).await;
    for name in ["one", "two"] {
        rename_late(&api, name).await;
    }
    api.zooid.inject(Fault::late().for_relay("bob"));
    let header = api.authorization("POST", "/relay/bob").header();
    let request = api.request("POST", "/relay/bob").header("authorization", header);
    assert!(request.body(config("alice").to_string()).send().await.is_err());
    assert_eq!(api.zooid.apply_late_requests(Duration::from_secs(30)), [200, 200, 409]);
    assert_eq!(name(&api), "two");
}

#[tokio::test]
async fn current_zooid_rejects_a_request_that_is_a_minute_late_and_old_zooid_accepts_it() {
    for (profile, status, held) in [(Profile::Old, 200, "late"), (Profile::Current, 401, "newer")] {
        let api = TestApi::with_alice(profile).await;
        rename_late(&api, "late").await;
        api.rename("newer").await;
        assert_eq!(api.zooid.apply_late_requests(Duration::from_secs(90)), [status]);
        assert_eq!(name(&api), held);
    }
}
