//! What each failure of a request means for what is done next.

use std::time::Duration;

use contract_tests::rows::row;
use infra_sync::{SyncError, Trouble, Verdict};
use zooid_client::emulator::{Emulator, Fault};

use crate::setup::Setup;

async fn verdict(fault: Fault) -> Verdict {
    let setup = Setup::new().await;
    setup.zooid.inject(fault);
    match setup.infra.sync_relay(&row("alice"), true).await.unwrap_err() {
        SyncError::Zooid(error) => Verdict::from(&error),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    let table = [
        (Trouble::Final, vec![400, 413, 422]),
        (
            Trouble::Unusable,
            vec![301, 302, 307, 308, 401, 403, 404, 405, 407, 421],
        ),
        (Trouble::Relay, vec![402, 409, 410, 418, 500]),
        (Trouble::Zooid, vec![408, 425, 429, 501, 502, 503, 504, 520, 599]),
    ];
    for (trouble, statuses) in table {
        for status in statuses {
            let met = verdict(Fault::status(status).body("a proxy's words", "text/plain")).await;
            assert_eq!(met.trouble, trouble, "{status}");
            assert_eq!(met.retry_after, None);
        }
    }
}

#[tokio::test]
async fn zooids_own_words_go_before_the_status() {
    let words = |status, words: &str| {
        let body = format!(r#"{{"error":"{words}"}}"#);
        Fault::status(status).body(body, "application/json").times(2)
    };
    let table = [
        (404, "relay not found", Trouble::NoSuchRelay),
        (409, "relay with this id already exists", Trouble::AlreadyExists),
        (409, r#"host \"a.example\" is already in use"#, Trouble::Relay),
        (409, r#"schema \"a\" is already in use"#, Trouble::Relay),
        (400, "host is required", Trouble::Final),
    ];
    for (status, text, trouble) in table {
        assert_eq!(verdict(words(status, text)).await.trouble, trouble, "{text}");
    }
}

#[tokio::test]
async fn a_lost_answer_may_be_zooids_and_a_closed_port_surely_is() {
    assert_eq!(verdict(Fault::drop_answer()).await.trouble, Trouble::Zooid);
    assert_eq!(verdict(Fault::drop_connection()).await.trouble, Trouble::Zooid);
    assert_eq!(verdict(Fault::garbage()).await.trouble, Trouble::Zooid);

    let setup = Setup::new().await;
    drop(setup.zooid);
    let Err(SyncError::Zooid(error)) = setup.infra.sync_relay(&row("alice"), true).await else {
        panic!("nobody listens");
    };
    assert_eq!(Verdict::from(&error).trouble, Trouble::Unusable);
}

#[tokio::test]
async fn retry_after_is_part_of_it_on_any_status() {
    for status in [403, 429, 500, 503] {
        let met = verdict(Fault::status(status).retry_after("30")).await;
        assert_eq!(met.retry_after, Some(Duration::from_secs(30)), "{status}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_reported_as_that() {
    let zooid = Emulator::builder().clock_offset(-600).start().await.unwrap();
    let setup = Setup::for_zooid(zooid, 64, |_| {});
    let error = setup.infra.sync_relay(&row("alice"), true).await.unwrap_err();
    assert!(
        error.to_string().contains("this machine's clock is 600 s ahead"),
        "{error}"
    );
}
