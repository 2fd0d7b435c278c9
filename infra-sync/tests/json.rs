//! Tests that `Relay` and `Activity` match the backend's JSON.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use infra_sync::{Activity, ActivityType, Relay, RelayStatus};
use serde_json::{Value, json};

/// Returns a relay as the backend's clients see it.
fn relay() -> Value {
    json!({
        "id": "alice", "tenant_pubkey": "79be", "schema": "alice", "subdomain": "alice",
        "zooid_domain": "relays.example", "custom_domain": "", "custom_domain_verified": 0, "plan_id": "basic",
        "status": "active", "sync_error": "", "synced": 1, "info_name": "Alice", "info_icon": "",
        "info_description": "", "policy_public_read": 1, "policy_public_write": 0, "policy_public_join": 1,
        "policy_strip_signatures": 0, "groups_enabled": 1, "management_enabled": 0, "blossom_enabled": 1,
        "livekit_enabled": 0, "push_enabled": 1, "members_can_invite": 1,
    })
}

fn read(value: Value) -> Relay {
    serde_json::from_value(value).unwrap()
}

fn with(field: &str, value: Value) -> Value {
    let mut relay = relay();
    relay[field] = value;
    relay
}

#[test]
fn a_relay_round_trips_through_json() {
    assert_eq!(serde_json::to_value(read(relay())).unwrap(), relay());
}

#[test]
fn a_flag_is_read_from_a_number_or_a_boolean_and_written_as_a_number() {
    for (value, on) in [(json!(0), 0), (json!(1), 1), (json!(false), 0), (json!(true), 1)] {
        let written = serde_json::to_value(read(with("push_enabled", value))).unwrap();
        assert_eq!(written["push_enabled"], on);
    }
    for value in [json!(2), json!(-1), json!("1"), json!(null)] {
        assert!(serde_json::from_value::<Relay>(with("push_enabled", value)).is_err());
    }
}

#[test]
fn synced_is_a_flag_or_unix_seconds() {
    for (value, synced) in [
        (json!(0), false),
        (json!(false), false),
        (json!(1), true),
        (json!(true), true),
        (json!(1_700_000_000), true),
    ] {
        assert_eq!(read(with("synced", value)).is_synced(), synced);
    }
}

#[test]
fn the_secret_is_read_but_never_written_or_shown() {
    let relay = read(with("secret", json!("planted")));
    assert_eq!(relay.secret.as_ref().unwrap().expose(), "planted");
    assert!(!serde_json::to_string(&relay).unwrap().contains("planted"));
    assert!(!format!("{relay:?}").contains("planted"));
}

#[test]
fn fields_that_older_rows_and_clients_lack_are_optional() {
    let mut older = relay();
    for field in [
        "schema",
        "members_can_invite",
        "synced",
        "sync_error",
        "custom_domain",
        "plan_id",
    ] {
        older.as_object_mut().unwrap().remove(field);
    }
    let relay = read(older);
    assert!(!relay.members_can_invite && !relay.is_synced() && relay.secret.is_none());
}

#[test]
fn a_missing_flag_is_an_error_that_names_it() {
    let mut relay = relay();
    relay.as_object_mut().unwrap().remove("policy_public_read");
    let error = serde_json::from_value::<Relay>(relay).unwrap_err();
    assert_eq!(error.to_string(), "missing field `policy_public_read`");
}

#[test]
fn unknown_fields_and_statuses_are_accepted() {
    let mut value = with("status", json!("delinquent"));
    value["colour"] = json!("blue");
    assert_eq!(read(value).status, RelayStatus::Other("delinquent".to_owned()));
}

#[test]
fn an_activity_of_any_type_round_trips_through_json() {
    for name in [
        "create_relay",
        "update_relay",
        "activate_relay",
        "deactivate_relay",
        "fail_relay_sync",
        "complete_relay_sync",
        "create_tenant",
        "something_new",
    ] {
        let value = json!({
            "id": "1", "tenant_pubkey": "79be", "created_at": 1_700_000_000, "activity_type": name,
            "resource_type": "relay", "resource_id": "alice",
        });
        let activity: Activity = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&activity).unwrap(), value);
        let unknown = matches!(activity.activity_type, ActivityType::Other(_));
        assert_eq!(unknown, matches!(name, "create_tenant" | "something_new"), "{name}");
    }
}

#[test]
fn relay_and_activity_have_a_json_schema() {
    let schema = schemars::schema_for!(Relay);
    assert_eq!(
        schema.get("properties").unwrap()["groups_enabled"]["enum"],
        json!([0, 1])
    );
    assert!(
        schemars::schema_for!(Activity)
            .get("properties")
            .unwrap()
            .get("resource_id")
            .is_some()
    );
}
