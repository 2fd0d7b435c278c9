//! Whose fault a failure is: what a relay's request met × what the heartbeat after it met → what Infra concludes.
//!
//! The table here is the documentation of the rule.

use contract_tests::rows::{activity, row};
use zooid_client::{
    HEARTBEAT_ID,
    emulator::{Emulator, Fault},
};

use crate::{requests::methods, setup::Setup};

/// What Infra concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conclusion {
    /// The relay's failure: it counts, and will be retried. Other relays go on.
    Retry,
    /// The relay's failure: it counts, and waits for a change. Other relays go on.
    GiveUp,
    /// An outage: it does not count, and no relay's request is sent.
    Outage,
}
use Conclusion::{GiveUp, Outage, Retry};

const HTML: (&str, &str) = ("<h1>no</h1>", "text/html");
const EMPTY: (&str, &str) = ("", "text/plain");
const ZOOID: (&str, &str) = (r#"{"error":"some words"}"#, "application/json");

fn answers(status: u16, (body, content_type): (&str, &str)) -> Fault {
    Fault::status(status).body(body, content_type)
}

/// What the relay's request met, and what Infra concludes if zooid accepts the heartbeat.
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
    requests.push(("400 zooid".to_owned(), answers(400, ZOOID), GiveUp));
    requests.push(("200 html".to_owned(), answers(200, HTML), Retry));
    requests.push(("answer lost".to_owned(), Fault::drop_response(), Retry));
    requests.push(("connection lost".to_owned(), Fault::drop_connection(), Retry));
    requests.push(("garbage".to_owned(), Fault::truncated_response(), Retry));
    requests
}

/// What the heartbeat can meet but zooid's acceptance: each of these is an outage.
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
async fn an_accepted_heartbeat_makes_it_the_relays_failure_and_anything_else_an_outage() {
    for (name, request, conclusion) in requests() {
        assert_eq!(concludes(request.clone(), None).await, conclusion, "{name}");
        // zooid's own verdict on the row needs no heartbeat.
        let is_the_rows = conclusion == GiveUp || name.starts_with("409") || name == "500 zooid";
        for (heartbeat_name, heartbeat) in heartbeats() {
            let conclusion = if is_the_rows { conclusion } else { Outage };
            let met = concludes(request.clone(), Some(heartbeat)).await;
            assert_eq!(met, conclusion, "{name}, then the heartbeat: {heartbeat_name}");
        }
    }
}
