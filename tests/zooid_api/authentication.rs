use contract_tests::nip98::{self, Authorization};
use serde_json::{Value, json};
use zooid_client::{
    Keys,
    emulator::{Emulator, Profile},
};

use crate::test_api::{BOTH, TestApi, config, described};

const PATH: &str = "/relay/alice";
const TOO_OLD: &str = "event created_at is too far from the current time";

/// Asserts that a POST with the header that `spoil` makes from a valid one is a 401.
async fn unauthorized(profile: Profile, words: &str, spoil: impl Fn(Authorization) -> String) {
    let api = TestApi::of(profile).await;
    let header = spoil(api.authorization("POST", PATH));
    api.send_with_header(&header, "POST", PATH)
        .await
        .assert_starts(401, words);
    assert_eq!(api.zooid.relay_ids(), [""; 0]);
}

/// Asserts that a POST with the header that `change` makes from a valid one succeeds.
async fn authorized(profile: Profile, change: impl Fn(Authorization) -> String) {
    let api = TestApi::of(profile).await;
    let header = change(api.authorization("POST", PATH));
    api.send_with_header(&header, "POST", PATH)
        .await
        .assert(201, "relay created successfully");
}

fn changed(authorization: &Authorization, key: &str, value: Value) -> String {
    let mut event = authorization.event();
    event[key] = value;
    nip98::header(&event)
}

#[tokio::test]
async fn a_request_without_the_header_is_unauthorized() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let response = described("POST", PATH, api.request("POST", PATH)).await;
        response.assert(401, "missing authorization header");
        unauthorized(profile, "missing authorization header", |_| String::new()).await;
    }
}

#[tokio::test]
async fn the_scheme_must_be_nostr() {
    for profile in BOTH {
        for header in ["Bearer e30=", "Nostr", "Nostre30="] {
            unauthorized(profile, "invalid authorization header format", |_| header.to_owned()).await;
        }
    }
}

#[tokio::test]
async fn the_scheme_is_compared_without_case() {
    for profile in BOTH {
        authorized(profile, |good| good.header().replace("Nostr", "nOSTR")).await;
    }
}

#[tokio::test]
async fn the_event_must_be_standard_base64() {
    for profile in BOTH {
        for header in ["Nostr not-base64!", "Nostr  e30=", "Nostr e30"] {
            unauthorized(profile, "invalid base64 encoding: ", |_| header.to_owned()).await;
        }
    }
}

#[tokio::test]
async fn the_event_must_be_json() {
    for profile in BOTH {
        for event in [
            json!([]),
            json!(1),
            json!({ "kind": "27235" }),
            json!({ "unknown": "field" }),
        ] {
            unauthorized(profile, "invalid event json: ", |_| nip98::header(&event)).await;
        }
        // The base64 of "{".
        unauthorized(profile, "invalid event json: ", |_| "Nostr ew==".to_owned()).await;
    }
}

#[tokio::test]
async fn the_event_must_be_of_kind_27235() {
    for profile in BOTH {
        let words = "invalid event kind: expected 27235, got 1";
        unauthorized(profile, words, |good| good.kind(1).header()).await;
        let words = "invalid event kind: expected 27235, got 0";
        for event in [
            json!({}),
            json!(null),
            json!({ "kind": null }),
            json!({ "kind": 65536 }),
        ] {
            unauthorized(profile, words, |_| nip98::header(&event)).await;
        }
    }
}

#[tokio::test]
async fn the_signature_must_match_the_key_and_the_event() {
    let stranger = Keys::generate().public_key().to_hex();
    for profile in BOTH {
        let words = "invalid event signature";
        unauthorized(profile, words, |good| changed(&good, "content", json!("x"))).await;
        unauthorized(profile, words, |good| changed(&good, "created_at", json!(1))).await;
        unauthorized(profile, words, |good| changed(&good, "pubkey", json!(stranger))).await;
        unauthorized(profile, words, |good| changed(&good, "pubkey", json!("x"))).await;
        unauthorized(profile, words, |good| changed(&good, "sig", json!("0".repeat(128)))).await;
        unauthorized(profile, words, |good| changed(&good, "sig", json!(""))).await;
    }
}

#[tokio::test]
async fn the_event_id_is_not_checked() {
    for profile in BOTH {
        authorized(profile, |good| changed(&good, "id", json!("0".repeat(64)))).await;
    }
}

#[tokio::test]
async fn current_zooid_rejects_an_event_more_than_60_seconds_from_its_clock() {
    for seconds in [-65, 65] {
        unauthorized(Profile::Current, TOO_OLD, |good| good.aged(seconds).header()).await;
    }
    for seconds in [-55, 55] {
        authorized(Profile::Current, |good| good.aged(seconds).header()).await;
    }
}

#[tokio::test]
async fn old_zooid_accepts_an_event_of_any_age() {
    for seconds in [-1_000_000, 1_000_000] {
        authorized(Profile::Old, |good| good.aged(seconds).header()).await;
    }
}

#[tokio::test]
async fn the_u_tag_must_be_the_url_of_the_request() {
    for profile in BOTH {
        let words = "event missing or invalid u tag";
        unauthorized(profile, words, |good| good.without("u").header()).await;
        let api = TestApi::of(profile).await;
        let wrong = [
            api.url("/relay/bob"),
            api.url("/relay/alice?x=1"),
            api.url("/relay/alice/"),
            api.url(PATH).replace("http:", "https:"),
            api.url(PATH).replace("127.0.0.1", "localhost"),
            "http://127.0.0.1/relay/alice".to_owned(),
        ];
        for url in wrong {
            let header = api.authorization("POST", PATH).with("u", &url).header();
            api.send_with_header(&header, "POST", PATH).await.assert(401, words);
        }
    }
}

#[tokio::test]
async fn the_signed_url_has_no_query() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let header = api.authorization("POST", PATH).header();
        let response = api.send_with_header(&header, "POST", "/relay/alice?x=1").await;
        response.assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn the_signed_url_has_the_path_decoded() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let escaped = "/relay/%61lice";
        let header = api.authorization("POST", escaped).header();
        api.send_with_header(&header, "POST", escaped)
            .await
            .assert(401, "event missing or invalid u tag");
        let header = api.authorization("POST", PATH).header();
        api.send_with_header(&header, "POST", escaped)
            .await
            .assert(201, "relay created successfully");
        assert_eq!(api.zooid.relay_ids(), ["alice"]);
    }
}

#[tokio::test]
async fn the_signed_url_is_https_if_a_proxy_forwards_https() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let https = api.url(PATH).replace("http:", "https:");
        let header = api.authorization("POST", PATH).with("u", &https).header();
        let request = api.request("POST", PATH).header("authorization", header);
        let request = request
            .header("x-forwarded-proto", "https")
            .body(config("alice").to_string());
        described("POST", PATH, request)
            .await
            .assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn the_signed_url_has_the_host_header() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let header = api
            .authorization("POST", PATH)
            .with("u", "http://zooid.example:81/relay/alice")
            .header();
        let request = api.request("POST", PATH).header("authorization", header);
        let request = request
            .header("host", "zooid.example:81")
            .body(config("alice").to_string());
        described("POST", PATH, request)
            .await
            .assert(201, "relay created successfully");
    }
}

#[tokio::test]
async fn the_method_tag_must_be_the_method_in_any_case() {
    for profile in BOTH {
        let words = "event missing or invalid method tag";
        unauthorized(profile, words, |good| good.without("method").header()).await;
        unauthorized(profile, words, |good| good.with("method", "PUT").header()).await;
        authorized(profile, |good| good.with("method", "post").header()).await;
    }
}

#[tokio::test]
async fn the_payload_tag_is_ignored() {
    for profile in BOTH {
        authorized(profile, |good| good.with("payload", &"0".repeat(64)).header()).await;
    }
}

#[tokio::test]
async fn a_key_that_is_not_whitelisted_is_forbidden() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let header = Authorization::of(&Keys::generate(), "POST", &api.url(PATH)).header();
        api.send_with_header(&header, "POST", PATH)
            .await
            .assert(403, "pubkey not in whitelist");
        assert_eq!(api.zooid.relay_ids(), [""; 0]);
    }
}

#[tokio::test]
async fn an_empty_whitelist_rejects_every_key() {
    let api = TestApi::start(Emulator::builder().empty_whitelist()).await;
    api.send_empty("PATCH", PATH)
        .await
        .assert(403, "pubkey not in whitelist");
    let response = described("PATCH", PATH, api.request("PATCH", PATH)).await;
    response.assert(401, "missing authorization header");
}

#[tokio::test]
async fn old_zooid_with_an_empty_whitelist_has_no_api() {
    let api = TestApi::start(Emulator::builder().profile(Profile::Old).empty_whitelist()).await;
    let header = api.authorization("PATCH", "/").header();
    for path in ["/", "/x"] {
        let request = api.request("PATCH", path).header("authorization", &header);
        described("PATCH", path, request).await.assert_plain(404, "Not Found\n");
    }
}

#[tokio::test]
async fn the_first_failed_check_is_reported() {
    for profile in BOTH {
        let api = TestApi::of(profile).await;
        let stranger = Authorization::of(&Keys::generate(), "POST", &api.url(PATH));
        let no_method = stranger.clone().without("method");
        let no_url = no_method.clone().without("u");
        let too_old = no_url.clone().aged(-600);
        let unsigned = changed(&too_old, "content", json!("x"));
        let other_kind = changed(&too_old.clone().kind(1), "content", json!("x"));
        let age = match profile {
            Profile::Old => "event missing or invalid u tag",
            Profile::Current => TOO_OLD,
        };
        let steps = [
            (stranger.header(), "pubkey not in whitelist"),
            (no_method.header(), "event missing or invalid method tag"),
            (no_url.header(), "event missing or invalid u tag"),
            (too_old.header(), age),
            (unsigned, "invalid event signature"),
            (other_kind, "invalid event kind: expected 27235, got 1"),
        ];
        for (header, words) in steps {
            assert_eq!(api.send_with_header(&header, "POST", PATH).await.words(), words);
        }
    }
}

#[tokio::test]
async fn authentication_precedes_checks_of_the_id_and_the_body() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        for (method, path) in [
            ("POST", PATH),
            ("PUT", "/relay/bob"),
            ("PATCH", "/relay/bob"),
            ("DELETE", "/relay/bob"),
        ] {
            let response = described(method, path, api.request(method, path).body("{")).await;
            response.assert(401, "missing authorization header");
        }
    }
}
