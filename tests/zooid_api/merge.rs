//! PATCH merges JSON into the stored configuration.

use contract_tests::relay::{PUBKEY, SECRET};
use serde_json::{Value, json};
use zooid_client::emulator::Profile;

use crate::test_api::{BOTH, TestApi, config, config_with};

const PATH: &str = "/relay/alice";

/// Starts an emulator with a relay `alice` that has all sections.
async fn with_full_alice(profile: Profile) -> TestApi {
    let api = TestApi::of(profile).await;
    let mut body = config("alice");
    body["info"]["name"] = json!("Alice");
    body["info"]["icon"] = json!("https://alice.example/icon.png");
    body["groups"]["enabled"] = json!(true);
    body["livekit"] = json!({ "server_url": "wss://l.example", "api_key": "k", "api_secret": "s" });
    body["roles"] = json!({
        "admin": { "pubkeys": [PUBKEY], "can_invite": true, "can_manage": true },
        "helper": { "pubkeys": [PUBKEY, PUBKEY], "can_invite": true, "can_manage": false },
    });
    api.send("POST", PATH, &body)
        .await
        .assert(201, "relay created successfully");
    api
}

/// Returns the stored configuration before and after a patch.
async fn patched(profile: Profile, patch: Value) -> (Value, Value) {
    let api = with_full_alice(profile).await;
    let before = api.zooid.config("alice").unwrap();
    api.send("PATCH", PATH, &patch)
        .await
        .assert(200, "relay patched successfully");
    (before, api.zooid.config("alice").unwrap())
}

#[tokio::test]
async fn an_empty_patch_changes_nothing() {
    for profile in BOTH {
        for patch in [json!({}), json!(null), json!({ "info": {}, "roles": {} })] {
            let (before, after) = patched(profile, patch).await;
            assert_eq!(before, after);
        }
    }
}

#[tokio::test]
async fn objects_merge_and_absent_fields_stay() {
    for profile in BOTH {
        let (mut before, after) = patched(profile, json!({ "info": { "name": "New" } })).await;
        before["info"]["name"] = json!("New");
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn a_patch_without_the_secret_keeps_it() {
    for profile in BOTH {
        let (_, after) = patched(profile, json!({ "inactive": true })).await;
        assert_eq!(after["secret"], SECRET);
    }
}

#[tokio::test]
async fn a_patch_with_a_secret_changes_it() {
    for profile in BOTH {
        let (_, after) = patched(profile, json!({ "secret": "a".repeat(64) })).await;
        assert_eq!(after["secret"], "a".repeat(64));
    }
}

#[tokio::test]
async fn null_removes_a_text_a_section_and_a_role() {
    for profile in BOTH {
        let patch = json!({ "info": { "icon": null }, "livekit": null, "roles": { "helper": null } });
        let (before, after) = patched(profile, patch).await;
        assert_eq!(after["info"]["icon"], "");
        assert_eq!(after["info"]["name"], before["info"]["name"]);
        assert_eq!(
            after["livekit"],
            json!({ "server_url": "", "api_key": "", "api_secret": "" })
        );
        assert_eq!(after["roles"], json!({ "admin": before["roles"]["admin"] }));
    }
}

#[tokio::test]
async fn null_for_an_absent_key_changes_nothing() {
    for profile in BOTH {
        let (before, after) = patched(profile, json!({ "roles": { "nobody": null }, "colour": null })).await;
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn a_patch_that_removes_the_host_is_a_bad_request() {
    for profile in BOTH {
        let api = with_full_alice(profile).await;
        api.send("PATCH", PATH, &json!({ "host": null }))
            .await
            .assert(400, "host is required");
        api.send("PATCH", PATH, &json!({ "schema": null }))
            .await
            .assert(400, "schema is required");
        assert_eq!(api.zooid.config("alice").unwrap()["host"], "alice.example");
    }
}

#[tokio::test]
async fn a_patch_that_removes_the_secret_is_a_bad_request() {
    for (profile, words) in [
        (Profile::Old, "secret is required"),
        (Profile::Current, "invalid secret key: "),
    ] {
        let api = with_full_alice(profile).await;
        api.send("PATCH", PATH, &json!({ "secret": null }))
            .await
            .assert_starts(400, words);
    }
}

#[tokio::test]
async fn an_array_replaces_the_whole_array() {
    for profile in BOTH {
        let patch = json!({ "roles": { "helper": { "pubkeys": [SECRET] } } });
        let (_, after) = patched(profile, patch).await;
        assert_eq!(after["roles"]["helper"]["pubkeys"], json!([SECRET]));
        assert_eq!(after["roles"]["helper"]["can_invite"], true);

        let (_, after) = patched(profile, json!({ "roles": { "helper": { "pubkeys": [] } } })).await;
        assert_eq!(after["roles"]["helper"]["pubkeys"], json!([]));
    }
}

#[tokio::test]
async fn a_new_role_is_added_beside_the_others() {
    for profile in BOTH {
        let (before, after) = patched(profile, json!({ "roles": { "new": { "can_invite": true } } })).await;
        assert_eq!(after["roles"]["new"]["can_invite"], true);
        assert_eq!(after["roles"]["new"]["can_manage"], false);
        assert_eq!(after["roles"]["admin"], before["roles"]["admin"]);
    }
}

#[tokio::test]
async fn empty_strings_disable_livekit() {
    for profile in BOTH {
        let off = json!({ "server_url": "", "api_key": "", "api_secret": "" });
        let (_, after) = patched(profile, json!({ "livekit": off })).await;
        assert_eq!(after["livekit"], off);
    }
}

#[tokio::test]
async fn removing_a_role_from_a_relay_without_roles_creates_an_empty_role() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        api.send("PATCH", PATH, &json!({ "roles": { "helper": null } }))
            .await
            .assert(200, "relay patched successfully");
        let empty = json!({ "pubkeys": null, "can_invite": false, "can_manage": false });
        assert_eq!(api.zooid.config("alice").unwrap()["roles"], json!({ "helper": empty }));
    }
}

#[tokio::test]
async fn removing_a_role_from_an_empty_set_of_roles_changes_nothing() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        api.send("POST", PATH, &config_with("/roles", json!({})))
            .await
            .assert(201, "relay created successfully");
        api.send("PATCH", PATH, &json!({ "roles": { "helper": null } }))
            .await
            .assert(200, "relay patched successfully");
        assert_eq!(api.zooid.config("alice").unwrap()["roles"], json!({}));
    }
}

#[tokio::test]
async fn unknown_fields_of_a_patch_are_ignored() {
    for profile in BOTH {
        let (before, after) = patched(profile, json!({ "colour": "blue", "info": { "colour": 7 } })).await;
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn a_field_in_another_case_does_not_replace_the_stored_one() {
    for profile in BOTH {
        let (before, after) = patched(profile, json!({ "Inactive": true, "info": { "Name": "New" } })).await;
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn a_rejected_patch_changes_nothing() {
    for profile in BOTH {
        let api = with_full_alice(profile).await;
        let before = api.zooid.config("alice");
        let patch = json!({ "info": { "name": "New", "pubkey": "x" } });
        api.send("PATCH", PATH, &patch)
            .await
            .assert_starts(400, "invalid info.pubkey: ");
        assert_eq!(api.zooid.config("alice"), before);
    }
}
