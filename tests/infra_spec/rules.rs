//! Tests of rows that break the rules for schemas, hosts, keys and texts.

use contract_tests::{
    nip98::Authorization,
    relay::{self, SECRET},
    rows::{Call, row},
};
use infra_sync::{Relay, RelayStatus, SyncError};
use serde_json::{Value, json};
use zooid_client::emulator::{Emulator, http_client};

use crate::{requests::methods, setup::Setup};

const SCHEMAS: [&str; 10] = [
    "sqlite",
    "sqlite_x",
    "sqlite3",
    "_alice",
    "alice_",
    "_",
    "1abc",
    "Alice",
    "a-b",
    "a23456789012345678901234567890123456789012345678x",
];

/// Texts that are not secret keys. On some processors, zooid accepts the first.
const SECRETS: [&str; 6] = [
    "gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg",
    "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeef",
    "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff0",
    "nsec1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
];

/// Texts that are not public keys. The last is not the x coordinate of a point.
const PUBKEYS: [&str; 3] = [
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f8179",
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f8179g",
    "0000000000000000000000000000000000000000000000000000000000000005",
];

/// Custom domains that browsers cannot reach, or only as the host of another site.
const HOSTS: [&str; 16] = [
    "localhost",
    "chat.example:8443",
    "chat.example:443",
    "127.0.0.1",
    "[::1]",
    "::1",
    "1.2.3",
    "chat..example",
    ".chat.example",
    "-",
    ".",
    "-chat.example",
    "chat-.example",
    "a_b.example",
    "chat.example/",
    "*.example",
];

fn with_schema(schema: &str) -> Relay {
    Relay {
        schema: schema.to_owned(),
        ..row("alice")
    }
}

fn at(host: &str) -> Relay {
    Relay {
        custom_domain: host.to_owned(),
        custom_domain_verified: true,
        ..row("alice")
    }
}

fn with_secret(secret: &str) -> Relay {
    Relay {
        secret: Some(secret.into()),
        ..row("alice")
    }
}

fn renamed(relay: Relay) -> Relay {
    Relay {
        info_name: "Renamed".to_owned(),
        status: RelayStatus::Inactive,
        synced: 1,
        ..relay
    }
}

/// Asserts that the row is refused without a request and without a retry. Returns the reason.
async fn refused(setup: Setup, relay: Relay) -> String {
    let is_new = !relay.is_synced();
    let error = setup.infra.sync_relay(&relay, is_new).await.unwrap_err();
    let SyncError::Invalid(reason) = &error else {
        panic!("{error}");
    };
    let reason = reason.to_string();
    let mut running = setup.start();
    let id = relay.id.clone();
    running.rows.put(relay);
    tokio::task::yield_now().await;
    running.rows.tell("update_relay", &id);
    let (_, failure) = running.failed(&id).await;
    assert_eq!(failure, format!("the row cannot be sent to zooid: {reason}"));
    let later = running.quiet_hour().await;
    assert!(later.iter().all(|call| matches!(call, Call::Read(_))), "{later:?}");
    assert!(running.zooid.relay_requests().is_empty(), "{reason}");
    reason
}

/// Creates a relay on zooid without `Infra`, as an older program may have done.
async fn put(zooid: &Emulator, host: &str, schema: &str) {
    let url = format!("{}/relay/alice", zooid.url());
    let authorization = Authorization::of(zooid.keys(), "POST", &url).header();
    let request = http_client().build().unwrap().post(&url);
    let config = relay::config(host, schema);
    let answer = request.header("authorization", authorization).json(&config).send();
    assert_eq!(answer.await.unwrap().status(), 201);
}

/// Patches a relay that zooid has with this host and schema. Returns the request body, and then zooid's configuration.
async fn patched(relay: Relay, host: &str, schema: &str) -> (Value, Value) {
    let setup = Setup::with(|config| config.api_url = "https://zooid.example".parse().unwrap()).await;
    put(&setup.zooid, host, schema).await;
    setup.infra.sync_relay(&relay, false).await.unwrap();
    let sent = setup.zooid.relay_requests().pop().unwrap().body.unwrap();
    (sent, setup.zooid.config("alice").unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_not_created_with_a_schema_that_harms_zooid() {
    for schema in SCHEMAS {
        let reason = refused(Setup::new().await, with_schema(schema)).await;
        assert!(reason.contains("schema"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_not_created_at_a_host_that_browsers_cannot_reach() {
    for host in HOSTS {
        let reason = refused(Setup::new().await, at(host)).await;
        assert!(reason.contains("host"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_not_created_at_the_host_of_the_api() {
    let setup = Setup::with(|config| config.api_url = "https://Zooid.example:8443/api".parse().unwrap()).await;
    let reason = refused(setup, at("ZOOID.example.")).await;
    assert_eq!(
        reason,
        "host zooid.example is the host of zooid's API; choose another host"
    );
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_not_created_with_a_secret_that_is_not_a_secret_key() {
    for secret in SECRETS {
        let reason = refused(Setup::new().await, with_secret(secret)).await;
        assert!(reason.starts_with("secret "), "{reason}");
        assert!(!reason.contains(secret), "secrets must not be shown");
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_whose_owner_is_not_a_public_key_is_not_sent() {
    for pubkey in PUBKEYS {
        for synced in [0, 1] {
            let relay = Relay {
                synced,
                tenant_pubkey: pubkey.to_owned(),
                ..row("alice")
            };
            let reason = refused(Setup::new().await, relay).await;
            assert!(reason.starts_with("tenant_pubkey must be"), "{reason}");
        }
    }
}

#[tokio::test]
async fn an_existing_relay_is_updated_with_any_secret_in_its_row() {
    for secret in SECRETS {
        let (sent, stored) = patched(renamed(with_secret(secret)), "alice.relays.example", "alice").await;
        assert_eq!(sent.get("secret"), None);
        assert_eq!(
            (&stored["secret"], &stored["info"]["name"]),
            (&json!(SECRET), &json!("Renamed"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_with_the_reserved_id_of_heartbeats_is_not_sent() {
    for synced in [0, 1] {
        let relay = Relay {
            synced,
            ..row("infra-heartbeat")
        };
        let reason = refused(Setup::new().await, relay).await;
        assert!(reason.contains("reserved for heartbeats"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn texts_that_crash_an_old_zooid_are_sent_in_no_post_and_no_patch() {
    let long_name = || Relay {
        info_name: "n".repeat(3_938),
        ..row("alice")
    };
    let escaped_name = || Relay {
        info_name: "\u{1}".repeat(1_400),
        ..row("alice")
    };
    let name_and_icon = || Relay {
        info_name: "n".repeat(2_000),
        info_icon: format!("https://{}", "i".repeat(2_000)),
        ..row("alice")
    };
    let description = || Relay {
        info_description: "\u{7f}".repeat(11_000),
        ..row("alice")
    };
    let rows: [fn() -> Relay; 4] = [long_name, escaped_name, name_and_icon, description];
    for row in rows {
        for synced in [0, 1] {
            let reason = refused(Setup::new().await, Relay { synced, ..row() }).await;
            assert!(reason.contains("shorten"), "{reason}");
        }
    }
}

#[tokio::test]
async fn an_existing_relay_is_updated_without_a_schema_that_breaks_the_rules() {
    for schema in ["_alice", "alice_", "_1abc"] {
        let (sent, stored) = patched(renamed(with_schema(schema)), "alice.relays.example", schema).await;
        assert_eq!(sent.get("schema"), None);
        assert_eq!(
            (&sent["info"]["name"], &sent["inactive"]),
            (&json!("Renamed"), &json!(true))
        );
        assert_eq!(
            (&stored["schema"], &stored["info"]["name"]),
            (&json!(schema), &json!("Renamed"))
        );
    }
    let (sent, _) = patched(renamed(row("alice")), "alice.relays.example", "alice").await;
    assert_eq!(sent["schema"], "alice");
}

#[tokio::test]
async fn an_existing_relay_is_updated_without_a_host_that_breaks_the_rules() {
    for host in HOSTS.into_iter().chain(["zooid.example"]) {
        let (sent, stored) = patched(renamed(at(host)), host, "alice").await;
        assert_eq!(sent.get("host"), None);
        assert_eq!(
            (&stored["host"], &stored["info"]["name"]),
            (&json!(host), &json!("Renamed"))
        );
        assert_eq!(stored["secret"], SECRET);
    }
}

#[tokio::test]
async fn a_host_is_sent_in_normal_form() {
    for host in ["Chat.Example", "chat.example.", "CHAT.EXAMPLE."] {
        let setup = Setup::new().await;
        assert_eq!(setup.sent(&at(host)).await["host"], "chat.example");
        assert_eq!(methods(&setup.zooid), ["POST /relay/alice", "PATCH /relay/alice"]);
    }
    let setup = Setup::new().await;
    let upper = Relay {
        subdomain: "Bücher".to_owned(),
        zooid_domain: "Relays.Example".to_owned(),
        ..row("alice")
    };
    assert_eq!(setup.sent(&upper).await["host"], "xn--bcher-kva.relays.example");
}

#[tokio::test]
async fn a_relay_that_zooid_lost_is_not_created_again_with_a_schema_that_breaks_the_rules() {
    let setup = Setup::new().await;
    let relay = renamed(with_schema("sqlite_x"));
    let error = setup.infra.sync_relay(&relay, false).await.unwrap_err();
    assert!(matches!(error, SyncError::Invalid(_)), "{error}");
    assert_eq!(methods(&setup.zooid), ["PATCH /relay/alice"]);
}
