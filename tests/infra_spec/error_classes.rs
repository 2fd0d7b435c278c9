//! Tests of the class of each failed request.

use std::time::Duration;

use contract_tests::rows::row;
use infra_sync::{Classification, ErrorClass, SyncError};
use zooid_client::emulator::{Emulator, Fault};

use crate::setup::Setup;

async fn classification(fault: Fault) -> Classification {
    let setup = Setup::new().await;
    setup.zooid.inject(fault);
    match setup.infra.sync_relay(&row("alice"), true).await.unwrap_err() {
        SyncError::Zooid(error) => Classification::from(&error),
        other => panic!("{other}"),
    }
}

fn from_zooid(status: u16, message: &str) -> Fault {
    let body = serde_json::json!({ "error": message }).to_string();
    Fault::status(status).body(body, "application/json").times(2)
}

#[tokio::test]
async fn an_answer_of_a_proxy_or_a_firewall_is_classified_by_its_status() {
    for status in [413, 422] {
        let actual = classification(Fault::status(status).body("<h1>no</h1>", "text/html")).await;
        assert_eq!(actual.class, ErrorClass::Permanent, "{status}");
    }
    let actual = classification(Fault::status(409).body("<h1>no</h1>", "text/html")).await;
    assert_eq!(actual.class, ErrorClass::Relay);
    for status in [
        301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 407, 408, 410, 418, 421, 425, 500, 501, 520, 599,
    ] {
        let actual = classification(Fault::status(status).body("<h1>no</h1>", "text/html")).await;
        assert_eq!(actual.class, ErrorClass::Server, "{status}");
        assert_eq!(actual.retry_after, None);
    }
    for status in [429, 502, 503, 504] {
        let actual = classification(Fault::status(status).body("<h1>no</h1>", "text/html")).await;
        assert_eq!(actual.class, ErrorClass::Unavailable, "{status}");
    }
}

#[tokio::test]
async fn an_answer_of_zooid_is_classified_by_its_message() {
    let table = [
        (404, "relay not found", ErrorClass::NotFound),
        (409, "relay with this id already exists", ErrorClass::AlreadyExists),
        (409, "host \"a.example\" is already in use", ErrorClass::InUse),
        (409, "schema \"a\" is already in use", ErrorClass::InUse),
        (400, "host is required", ErrorClass::Permanent),
        (
            500,
            "failed to write config: Failed to open config file /c/alice.toml: no space left on device",
            ErrorClass::Unavailable,
        ),
        (500, "failed to read existing config: toml: line 1", ErrorClass::Relay),
        (401, "invalid event signature", ErrorClass::Server),
        (403, "pubkey not in whitelist", ErrorClass::Server),
        (404, "not found", ErrorClass::Server),
        (405, "method not allowed", ErrorClass::Server),
    ];
    for (status, text, class) in table {
        assert_eq!(classification(from_zooid(status, text)).await.class, class, "{text}");
    }
}

#[tokio::test]
async fn no_answer_and_a_closed_port_are_possible_outages() {
    for fault in [
        Fault::drop_response(),
        Fault::drop_connection(),
        Fault::truncated_response(),
    ] {
        assert_eq!(classification(fault).await.class, ErrorClass::Server);
    }
    let setup = Setup::new().await;
    drop(setup.zooid);
    let Err(SyncError::Zooid(error)) = setup.infra.sync_relay(&row("alice"), true).await else {
        panic!("the port is closed");
    };
    assert_eq!(Classification::from(&error).class, ErrorClass::Server);
}

#[tokio::test]
async fn retry_after_is_read_on_any_status() {
    for status in [403, 429, 500, 503] {
        let actual = classification(Fault::status(status).retry_after("30")).await;
        assert_eq!(actual.retry_after, Some(Duration::from_secs(30)), "{status}");
    }
}

#[tokio::test]
async fn a_wrong_clock_is_reported_as_the_cause() {
    let zooid = Emulator::builder().clock_offset(-600).start().await.unwrap();
    let setup = Setup::for_zooid(zooid, 64, |_| {});
    let error = setup.infra.sync_relay(&row("alice"), true).await.unwrap_err();
    assert!(
        error.to_string().contains("this machine's clock is 600 s ahead"),
        "{error}"
    );
}
