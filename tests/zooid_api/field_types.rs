//! Types of all fields, and their stored values.

use contract_tests::{openapi::assert_request_body, relay::PUBKEY};
use serde_json::{Value, json};
use zooid_client::emulator::Profile;

use crate::test_api::{BOTH, TestApi, config, config_with, set};

const PATH: &str = "/relay/alice";

const TEXTS: [&str; 10] = [
    "/host",
    "/schema",
    "/secret",
    "/info/name",
    "/info/icon",
    "/info/description",
    "/info/pubkey",
    "/livekit/server_url",
    "/livekit/api_key",
    "/livekit/api_secret",
];
const FLAGS: [&str; 7] = [
    "/inactive",
    "/policy/public_join",
    "/policy/strip_signatures",
    "/groups/enabled",
    "/management/enabled",
    "/push/enabled",
    "/blossom/enabled",
];
const CURRENT_TEXTS: [&str; 7] = [
    "/blossom/adapter",
    "/blossom/s3/endpoint",
    "/blossom/s3/region",
    "/blossom/s3/bucket",
    "/blossom/s3/access_key",
    "/blossom/s3/secret_key",
    "/blossom/s3/key_prefix",
];
const CURRENT_FLAGS: [&str; 3] = [
    "/policy/public_read",
    "/policy/public_write",
    "/blossom/authenticated_read",
];

fn texts(profile: Profile) -> Vec<&'static str> {
    let more = if profile == Profile::Current {
        &CURRENT_TEXTS[..]
    } else {
        &[]
    };
    [&TEXTS[..], more].concat()
}

fn flags(profile: Profile) -> Vec<&'static str> {
    let more = if profile == Profile::Current {
        &CURRENT_FLAGS[..]
    } else {
        &[]
    };
    [&FLAGS[..], more].concat()
}

/// Returns the stored configuration after a POST.
async fn kept(profile: Profile, config: &Value) -> Value {
    let api = TestApi::of(profile).await;
    assert_request_body("POST", PATH, config);
    api.send("POST", PATH, config)
        .await
        .assert(201, "relay created successfully");
    api.zooid.config("alice").unwrap()
}

#[tokio::test]
async fn every_text_is_stored() {
    for profile in BOTH {
        let names = [
            "/info/name",
            "/info/icon",
            "/info/description",
            "/livekit/server_url",
            "/livekit/api_key",
        ];
        for pointer in names {
            let kept = kept(profile, &config_with(pointer, json!("some text, é"))).await;
            assert_eq!(kept.pointer(pointer), Some(&json!("some text, é")), "{pointer}");
        }
    }
}

#[tokio::test]
async fn every_flag_is_stored_and_false_if_absent() {
    for profile in BOTH {
        let none = kept(profile, &config("alice")).await;
        for pointer in flags(profile) {
            assert_eq!(none.pointer(pointer), Some(&json!(false)), "{pointer}");
            let one = kept(profile, &config_with(pointer, json!(true))).await;
            assert_eq!(one.pointer(pointer), Some(&json!(true)), "{pointer}");
        }
    }
}

#[tokio::test]
async fn old_zooid_drops_the_fields_of_current_zooid() {
    for pointer in CURRENT_FLAGS.into_iter().chain(CURRENT_TEXTS) {
        let value = if CURRENT_FLAGS.contains(&pointer) {
            json!(true)
        } else {
            json!("local")
        };
        let api = TestApi::of(Profile::Old).await;
        api.send("POST", PATH, &config_with(pointer, value))
            .await
            .assert(201, "relay created successfully");
        assert_eq!(api.zooid.config("alice").unwrap().pointer(pointer), None, "{pointer}");
    }
}

#[tokio::test]
async fn a_text_of_another_type_is_a_bad_request() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for pointer in texts(profile) {
            for wrong in [json!(1), json!(true), json!(["x"]), json!({})] {
                let response = api.send("POST", PATH, &config_with(pointer, wrong)).await;
                response.assert_starts(400, "invalid json config: json: cannot unmarshal ");
            }
        }
    }
}

#[tokio::test]
async fn a_flag_of_another_type_is_a_bad_request() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for pointer in flags(profile) {
            for wrong in [json!("true"), json!(1), json!([]), json!({})] {
                let response = api.send("POST", PATH, &config_with(pointer, wrong)).await;
                response.assert_starts(400, "invalid json config: json: cannot unmarshal ");
            }
        }
    }
}

#[tokio::test]
async fn a_section_that_is_not_an_object_is_a_bad_request() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for section in [
            "info",
            "policy",
            "groups",
            "management",
            "push",
            "blossom",
            "livekit",
            "roles",
        ] {
            for wrong in [json!(true), json!("x"), json!([])] {
                let response = api
                    .send("POST", PATH, &config_with(&format!("/{section}"), wrong))
                    .await;
                response.assert_starts(400, "invalid json config: ");
            }
        }
    }
}

#[tokio::test]
async fn a_patch_with_a_field_of_the_wrong_type_is_a_bad_request_without_prefix() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        for (pointer, wrong, words) in [
            (
                "/host",
                json!(1),
                "json: cannot unmarshal number into Go struct field Config.host of type string",
            ),
            (
                "/inactive",
                json!("x"),
                "json: cannot unmarshal string into Go struct field Config.inactive of type bool",
            ),
            (
                "/info",
                json!([]),
                "json: cannot unmarshal array into Go struct field Config.info of type struct",
            ),
            (
                "/roles",
                json!({ "x": { "pubkeys": [1] } }),
                "json: cannot unmarshal number into Go struct field Role.roles.pubkeys of type string",
            ),
        ] {
            let mut patch = json!({});
            set(&mut patch, pointer, wrong);
            api.send("PATCH", PATH, &patch).await.assert_starts(400, words);
        }
        assert_eq!(api.zooid.config("alice").unwrap()["host"], "alice.example");
    }
}

#[tokio::test]
async fn unknown_fields_are_dropped() {
    for profile in BOTH {
        let mut body = config("alice");
        set(&mut body, "/colour", json!("blue"));
        set(&mut body, "/info/colour", json!(7));
        let kept = kept(profile, &body).await;
        assert_eq!(kept.pointer("/colour"), None);
        assert_eq!(kept.pointer("/info/colour"), None);
    }
}

#[tokio::test]
async fn field_names_match_in_any_case() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let mut body = config("alice");
        set(&mut body, "/INACTIVE", json!(true));
        set(&mut body, "/info/Name", json!("Alice"));
        api.send("POST", PATH, &body)
            .await
            .assert(201, "relay created successfully");
        let kept = api.zooid.config("alice").unwrap();
        assert_eq!(
            (&kept["inactive"], &kept["info"]["name"]),
            (&json!(true), &json!("Alice"))
        );
    }
}

#[tokio::test]
async fn two_spellings_of_a_section_are_merged() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let mut body = config_with("/LIVEKIT", json!({ "api_key": "upper", "api_secret": "upper" }));
        body["livekit"] = json!({ "api_key": "lower", "api_secret": null });
        api.send("POST", PATH, &body)
            .await
            .assert(201, "relay created successfully");
        let livekit = json!({ "server_url": "", "api_key": "lower", "api_secret": "upper" });
        assert_eq!(api.zooid.config("alice").unwrap()["livekit"], livekit);
    }
}

#[tokio::test]
async fn null_means_absent() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let mut body = config("alice");
        for section in ["inactive", "policy", "groups", "livekit", "roles"] {
            body[section] = Value::Null;
        }
        api.send("POST", PATH, &body)
            .await
            .assert(201, "relay created successfully");
        assert_eq!(
            api.zooid.config("alice").unwrap(),
            kept(profile, &config("alice")).await
        );
    }
}

#[tokio::test]
async fn roles_are_stored_by_name() {
    for profile in BOTH {
        let roles = json!({
            "admin": { "pubkeys": [PUBKEY], "can_invite": true, "can_manage": true },
            "member": { "pubkeys": [], "can_invite": true, "can_manage": false },
        });
        let kept = kept(profile, &config_with("/roles", roles.clone())).await;
        assert_eq!(kept["roles"], roles);
    }
}

#[tokio::test]
async fn absent_permissions_of_a_role_are_false() {
    for profile in BOTH {
        let kept = kept(profile, &config_with("/roles", json!({ "admin": {} }))).await;
        assert_eq!(kept["roles"]["admin"]["can_invite"], false);
        assert_eq!(kept["roles"]["admin"]["can_manage"], false);
    }
}

#[tokio::test]
async fn a_role_of_another_type_is_a_bad_request() {
    let wrong = [
        json!({ "admin": true }),
        json!({ "admin": { "pubkeys": PUBKEY } }),
        json!({ "admin": { "pubkeys": [1] } }),
        json!({ "admin": { "can_invite": "yes" } }),
    ];
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        for roles in &wrong {
            let response = api.send("POST", PATH, &config_with("/roles", roles.clone())).await;
            response.assert_starts(400, "invalid json config: json: cannot unmarshal ");
        }
    }
}
