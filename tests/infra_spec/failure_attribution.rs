//! Tests of the rule whether a failure counts against a relay or is an outage, for each combination of the answer to the
//! relay's request, the answer to the next heartbeat, and the answer to the next request of another relay.
//!
//! `docs/failures.md` describes the rule.

use contract_tests::rows::{activity, row};
use zooid_client::{
    HEARTBEAT_ID,
    emulator::{Emulator, Fault},
};

use crate::{requests::methods, setup::Setup};

/// The conclusion of `Infra`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conclusion {
    /// The failure counts against the relay and is retried. Other relays are not affected.
    Retry,
    /// The failure counts against the relay, which waits for a change. Other relays are not affected.
    GiveUp,
    /// An outage. The failure does not count, and no relay's request is sent.
    Outage,
}
use Conclusion::{GiveUp, Outage, Retry};

const HTML: (&str, &str) = ("<h1>no</h1>", "text/html");
const EMPTY: (&str, &str) = ("", "text/plain");
const ZOOID: (&str, &str) = (r#"{"error":"some message"}"#, "application/json");

const WRITE_FAILED: (&str, &str) = (
    r#"{"error":"failed to write config: no space left on device"}"#,
    "application/json",
);

fn answers(status: u16, (body, content_type): (&str, &str)) -> Fault {
    Fault::status(status).body(body, content_type)
}

/// The answers to the relay's request, each with the conclusion if zooid accepts the heartbeat.
fn requests() -> Vec<(String, Fault, Conclusion)> {
    let mut requests = Vec::new();
    for (name, body) in [("html", HTML), ("empty", EMPTY)] {
        for status in [
            301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 407, 408, 410, 418, 421, 425, 429, 500, 501, 502, 503,
            504, 520,
        ] {
            requests.push((format!("{status} {name}"), answers(status, body), Retry));
        }
        requests.push((format!("409 {name}"), answers(409, body), Retry));
        for status in [413, 422] {
            requests.push((format!("{status} {name}"), answers(status, body), GiveUp));
        }
    }
    for status in [401, 403, 404, 405, 429, 500, 502, 503] {
        requests.push((format!("{status} zooid"), answers(status, ZOOID), Retry));
    }
    requests.push(("500 write".to_owned(), answers(500, WRITE_FAILED), Retry));
    requests.push(("400 zooid".to_owned(), answers(400, ZOOID), GiveUp));
    requests.push(("200 html".to_owned(), answers(200, HTML), Retry));
    requests.push(("answer lost".to_owned(), Fault::drop_response(), Retry));
    requests.push(("connection lost".to_owned(), Fault::drop_connection(), Retry));
    requests.push(("garbage".to_owned(), Fault::truncated_response(), Retry));
    requests
}

/// The answers to a heartbeat that show an outage.
fn heartbeats() -> Vec<(&'static str, Fault)> {
    vec![
        ("401 zooid", answers(401, ZOOID)),
        ("403 zooid", answers(403, ZOOID)),
        ("403 html", answers(403, HTML)),
        ("404 html", answers(404, HTML)),
        ("200 html", answers(200, HTML)),
        ("429 empty", answers(429, EMPTY)),
        ("503 html", answers(503, HTML)),
        ("connection lost", Fault::drop_connection()),
    ]
}

async fn concludes(request: Fault, heartbeat: Option<Fault>) -> Conclusion {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    zooid.inject(request.for_relay("alice"));
    if let Some(heartbeat) = heartbeat {
        zooid.inject(heartbeat.for_relay(HEARTBEAT_ID));
    }
    let setup = Setup::for_zooid(zooid, 64, |_| {});
    for id in ["alice", "bob"] {
        setup.rows.put(row(id));
        setup.infra.handle_activity(&activity("create_relay", id)).await;
    }
    let record = setup.rows.relay("alice").unwrap().record;
    let bob = methods(&setup.zooid).iter().any(|line| line == "POST /relay/bob");
    match (record.failures, record.given_up, bob) {
        (1, false, true) => Retry,
        (1, true, true) => GiveUp,
        (0, false, false) => Outage,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_failure_counts_if_the_next_heartbeat_is_accepted_and_is_an_outage_otherwise() {
    for (name, request, conclusion) in requests() {
        assert_eq!(concludes(request.clone(), None).await, conclusion, "{name}");
        // After such an answer, no heartbeat is sent.
        let is_decided = conclusion == GiveUp || name.starts_with("409") || name == "500 zooid";
        for (heartbeat_name, heartbeat) in heartbeats() {
            let conclusion = if is_decided { conclusion } else { Outage };
            let actual = concludes(request.clone(), Some(heartbeat)).await;
            assert_eq!(actual, conclusion, "{name}, then the heartbeat: {heartbeat_name}");
        }
    }
}

/// Whether the failure may be the server's although zooid accepts heartbeats.
fn is_unavailable(name: &str) -> bool {
    let statuses = ["429 ", "502 ", "503 ", "504 ", "500 write"];
    statuses.iter().any(|status| name.starts_with(status))
}

/// Returns the number of alice's failures that count: alice's request fails, the heartbeat is accepted, and bob's request is
/// next.
async fn counted(alice: Fault, bob: Option<Fault>) -> u32 {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    zooid.inject(alice.for_relay("alice"));
    if let Some(bob) = bob {
        zooid.inject(bob.for_relay("bob"));
    }
    let mut setup = Setup::for_zooid(zooid, 64, |config| config.concurrency = 1);
    for id in ["alice", "bob"] {
        setup.rows.put(row(id));
    }
    // Both relays are due before the first request is sent.
    let infra = &setup.infra;
    let (alice, bob) = (activity("create_relay", "alice"), activity("create_relay", "bob"));
    tokio::join!(infra.handle_activity(&alice), infra.handle_activity(&bob));
    let sent = methods(&setup.zooid);
    assert_eq!(sent[0], "POST /relay/alice");
    assert!(sent.iter().any(|line| line == "POST /relay/bob"), "{sent:?}");
    while setup.calls.try_recv().is_ok() {}
    setup.rows.relay("alice").unwrap().record.failures
}

#[tokio::test]
async fn an_unavailable_failure_counts_unless_the_next_relay_fails_in_the_same_way() {
    let unavailable = || requests().into_iter().filter(|(name, ..)| is_unavailable(name));
    for (name, request, _) in unavailable() {
        assert_eq!(counted(request.clone(), None).await, 1, "{name}, then success");
        assert_eq!(counted(request.clone(), Some(request)).await, 0, "{name} twice");
    }
    let (name, request, _) = unavailable().next().unwrap();
    for (next_name, next, _) in requests() {
        let expected = u32::from(!is_unavailable(&next_name));
        let actual = counted(request.clone(), Some(next)).await;
        assert_eq!(actual, expected, "{name}, then {next_name}");
    }
}
