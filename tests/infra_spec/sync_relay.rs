//! Tests of `async fn sync_relay`.

use std::collections::BTreeSet;

use contract_tests::{
    relay::{PUBKEY, SECRET},
    rows::row,
};
use infra_sync::{Relay, RelayStatus};
use serde_json::{Value, json};

use crate::{
    requests::{bodies, methods, requests},
    setup::{Setup, livekit},
};

/// A flag of zooid, and a function that sets it in a row.
type Flag = (&'static str, fn(&mut Relay));

async fn sent(relay: &Relay) -> Value {
    let setup = Setup::with(|config| config.livekit = Some(livekit())).await;
    setup.sent(relay).await
}

fn whole() -> Value {
    json!({
        "host": "alice.relays.example",
        "schema": "alice",
        "inactive": false,
        "info": { "name": "Alice", "icon": "https://a.example/i.png", "pubkey": PUBKEY, "description": "Hers" },
        "policy": { "public_read": true, "public_write": false, "public_join": true, "strip_signatures": false },
        "groups": { "enabled": true },
        "management": { "enabled": false },
        "push": { "enabled": true },
        "blossom": { "enabled": false },
        "livekit": { "server_url": "", "api_key": "", "api_secret": "" },
        "roles": {
            "admin": { "pubkeys": [PUBKEY], "can_invite": true, "can_manage": true },
            "member": { "can_invite": true },
        },
    })
}

fn alice() -> Relay {
    Relay {
        info_name: "Alice".to_owned(),
        info_icon: "https://a.example/i.png".to_owned(),
        info_description: "Hers".to_owned(),
        policy_public_read: true,
        policy_public_join: true,
        groups_enabled: true,
        push_enabled: true,
        members_can_invite: true,
        ..row("alice")
    }
}

#[tokio::test]
async fn if_is_new_it_sends_post_with_the_whole_config_and_the_secret() {
    let setup = Setup::new().await;
    setup.infra.sync_relay(&alice(), true).await.unwrap();
    assert_eq!(methods(&setup.zooid), ["POST /relay/alice"]);
    let mut expected = whole();
    expected["secret"] = json!(SECRET);
    assert_eq!(bodies(&setup.zooid), [expected]);
}

#[tokio::test]
async fn otherwise_it_sends_patch_with_the_same_but_never_the_secret() {
    let setup = Setup::new().await;
    setup.infra.sync_relay(&alice(), true).await.unwrap();
    setup.infra.sync_relay(&alice(), false).await.unwrap();
    let patch = requests(&setup.zooid).pop().unwrap();
    assert_eq!((patch.method.as_str(), patch.path.as_str()), ("PATCH", "/relay/alice"));
    assert_eq!(patch.body.unwrap(), whole());
    assert!(
        !String::from_utf8(patch.raw_body).unwrap().contains("\"secret\""),
        "the secret must not occur at any depth"
    );
}

#[tokio::test]
async fn updates_do_not_rotate_the_relays_identity() {
    let setup = Setup::new().await;
    setup.infra.sync_relay(&alice(), true).await.unwrap();
    let mut other_secret = alice();
    other_secret.secret = Some("5".repeat(64).as_str().into());
    setup.infra.sync_relay(&other_secret, false).await.unwrap();
    assert_eq!(setup.zooid.config("alice").unwrap()["secret"], SECRET);
}

#[tokio::test]
async fn each_request_is_signed_for_its_method_url_and_body() {
    let setup = Setup::new().await;
    setup.sent(&alice()).await;
    let authorizations: BTreeSet<_> = requests(&setup.zooid)
        .iter()
        .map(|request| request.headers["authorization"].to_str().unwrap().to_owned())
        .collect();
    assert_eq!(authorizations.len(), 2, "no signature is used twice");
}

#[tokio::test]
async fn the_host_is_the_custom_domain_if_verified_and_not_empty() {
    for (custom_domain, verified, host) in [
        ("", false, "alice.relays.example"),
        ("", true, "alice.relays.example"),
        ("chat.example", false, "alice.relays.example"),
        ("chat.example", true, "chat.example"),
    ] {
        let sent = sent(&Relay {
            custom_domain: custom_domain.to_owned(),
            custom_domain_verified: verified,
            ..alice()
        })
        .await;
        assert_eq!(sent["host"], host);
    }
}

#[tokio::test]
async fn inactive_is_true_unless_the_status_is_active() {
    for (status, inactive) in [("active", false), ("inactive", true), ("delinquent", true), ("", true)] {
        let sent = sent(&Relay {
            status: RelayStatus::from(status.to_owned()),
            ..alice()
        })
        .await;
        assert_eq!(sent["inactive"], inactive, "{status}");
    }
}

#[tokio::test]
async fn an_empty_text_is_sent_to_replace_an_old_one() {
    let expected = json!({ "name": "", "icon": "", "pubkey": PUBKEY, "description": "" });
    assert_eq!(sent(&row("alice")).await["info"], expected);
}

#[tokio::test]
async fn policy_has_the_four_flags_of_the_row() {
    let flags: [Flag; 4] = [
        ("public_read", |relay| relay.policy_public_read = true),
        ("public_write", |relay| relay.policy_public_write = true),
        ("public_join", |relay| relay.policy_public_join = true),
        ("strip_signatures", |relay| relay.policy_strip_signatures = true),
    ];
    for (flag, set) in flags {
        let mut relay = row("alice");
        set(&mut relay);
        let sent = sent(&relay).await;
        let on: Vec<_> = sent["policy"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, on)| **on == true)
            .collect();
        assert_eq!(on, [(&flag.to_owned(), &json!(true))]);
    }
}

#[tokio::test]
async fn groups_management_and_push_have_the_flags_of_the_row() {
    let flags: [Flag; 3] = [
        ("groups", |relay| relay.groups_enabled = true),
        ("management", |relay| relay.management_enabled = true),
        ("push", |relay| relay.push_enabled = true),
    ];
    for (flag, set) in flags {
        let mut relay = row("alice");
        set(&mut relay);
        let sent = sent(&relay).await;
        for (name, _) in flags {
            assert_eq!(sent[name], json!({ "enabled": name == flag }));
        }
    }
}

#[tokio::test]
async fn livekit_has_the_shared_settings_if_enabled() {
    let sent = sent(&Relay {
        livekit_enabled: true,
        ..alice()
    })
    .await;
    let expected = json!({ "server_url": "wss://livekit.example", "api_key": "key", "api_secret": "hidden" });
    assert_eq!(sent["livekit"], expected);
}

#[tokio::test]
async fn livekit_is_three_empty_strings_if_disabled_or_unset() {
    let off = json!({ "server_url": "", "api_key": "", "api_secret": "" });
    assert_eq!(sent(&alice()).await["livekit"], off);

    let unset = Setup::new().await;
    let on = Relay {
        livekit_enabled: true,
        ..alice()
    };
    assert_eq!(unset.sent(&on).await["livekit"], off);
}

#[tokio::test]
async fn disabling_livekit_disables_it_on_zooid() {
    let setup = Setup::with(|config| config.livekit = Some(livekit())).await;
    let on = Relay {
        livekit_enabled: true,
        ..alice()
    };
    setup.infra.sync_relay(&on, true).await.unwrap();
    assert_eq!(setup.zooid.config("alice").unwrap()["livekit"]["api_key"], "key");
    setup.infra.sync_relay(&alice(), false).await.unwrap();
    assert_eq!(setup.zooid.config("alice").unwrap()["livekit"]["api_key"], "");
}

#[tokio::test]
async fn roles_has_the_tenant_as_admin_and_the_permissions_of_members() {
    for can_invite in [false, true] {
        let sent = sent(&Relay {
            members_can_invite: can_invite,
            ..alice()
        })
        .await;
        let expected = json!({
            "admin": { "pubkeys": [PUBKEY], "can_invite": true, "can_manage": true },
            "member": { "can_invite": can_invite },
        });
        assert_eq!(sent["roles"], expected);
    }
}

#[tokio::test]
async fn is_new_is_read_from_the_row_and_not_from_the_activity() {
    let setup = Setup::new().await;
    setup.infra.sync_relay(&alice(), true).await.unwrap();
    let mut running = setup.start();
    let mut relay = alice();
    relay.synced = 1_700_000_000;
    running.rows.put(relay);
    tokio::task::yield_now().await;
    running.rows.tell("create_relay", "alice");
    running.completed("alice").await;
    assert_eq!(methods(&running.zooid), ["POST /relay/alice", "PATCH /relay/alice"]);
}
