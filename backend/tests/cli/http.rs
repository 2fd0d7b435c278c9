use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use zooid_client::emulator::{Emulator, Fault, http_client};

use crate::program::Program;

pub async fn get(url: &str) -> Response {
    http_client().build().unwrap().get(url).send().await.unwrap()
}

pub async fn json(url: &str) -> Value {
    get(url).await.json().await.unwrap()
}

#[tokio::test]
async fn the_service_shows_health_metrics_and_how_the_relays_stand() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid).with("INFRA_LISTEN", "127.0.0.1:0");
    let service = program.start();
    let url = service.url();
    assert_eq!(get(&format!("{url}/healthz")).await.text().await.unwrap(), "alive\n");

    zooid.inject(
        Fault::status(400)
            .body(r#"{"error":"no"}"#, "application/json")
            .for_relay("bob"),
    );
    program.create("alice");
    program.create("bob");
    program.until_up_to_date("alice");
    program.until("bob", |relay| relay["given_up"] == true);

    assert_eq!(get(&format!("{url}/readyz")).await.text().await.unwrap(), "ready\n");
    let metrics = get(&format!("{url}/metrics")).await.text().await.unwrap();
    for line in [
        r#"infra_relays{state="served"} 1"#,
        r#"infra_relays{state="given_up"} 1"#,
        r#"infra_attempts_total{outcome="accepted"} 1"#,
        r#"infra_attempts_total{outcome="permanent"} 1"#,
        "infra_given_up_total 1",
        "infra_zooid_up 1",
        "infra_backend_errors_total 0",
        r#"infra_heartbeats_total{outcome="accepted"}"#,
        r#"infra_sync_seconds_bucket{le="900"} 2"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    let overview = json(&format!("{url}/api/overview")).await;
    assert_eq!(overview["relays"]["served"], 1);
    let all = json(&format!("{url}/api/relays")).await;
    assert_eq!((&all[0]["id"], &all[1]["id"]), (&"alice".into(), &"bob".into()));
    let given_up = json(&format!("{url}/api/relays?state=given_up&search=BOB")).await;
    assert_eq!(
        (given_up.as_array().unwrap().len(), &given_up[0]["failures"]),
        (1, &1.into())
    );
    let history = json(&format!("{url}/api/relays/bob/activity")).await;
    assert_eq!(history[0]["activity_type"], "fail_relay_sync");
    assert_eq!(history[1]["activity_type"], "create_relay");
    assert_eq!(get(&format!("{url}/nothing")).await.status(), 404);
}

#[tokio::test]
async fn the_page_is_one_file_that_loads_nothing_from_elsewhere() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid).with("INFRA_LISTEN", "127.0.0.1:0");
    let service = program.start();
    let page = get(&format!("{}/", service.url())).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(
        !page.contains("://") && !page.contains("innerHTML"),
        "texts are set as text, and all is here"
    );
}

#[tokio::test]
async fn no_secret_is_shown_over_http() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid).with("INFRA_LISTEN", "127.0.0.1:0");
    let service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let url = service.url();
    let secret = zooid.config("alice").unwrap()["secret"].as_str().unwrap().to_owned();
    let key = zooid.keys().secret_key().to_secret_hex();
    for path in [
        "/",
        "/metrics",
        "/api/overview",
        "/api/relays",
        "/api/relays/alice/activity",
        "/readyz",
    ] {
        let shown = get(&format!("{url}{path}")).await.text().await.unwrap();
        assert!(!shown.contains(&secret) && !shown.contains(&key), "{path}");
    }
}

#[tokio::test]
async fn pages_are_told_when_something_changes() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid).with("INFRA_LISTEN", "127.0.0.1:0");
    let service = program.start();
    let mut events = get(&format!("{}/api/events", service.url())).await;
    program.create("alice");
    let told = tokio::time::timeout(Duration::from_secs(30), events.chunk()).await;
    let told = told.unwrap().unwrap().unwrap();
    assert_eq!(told, "event: change\ndata: relays\n\n");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let zooid = Emulator::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let program = Program::for_zooid(&zooid);
    let failed = program.infra(&["run", "--listen", &address]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.stderr.contains(&address) && failed.stderr.contains("--listen"),
        "{}",
        failed.stderr
    );
    assert_eq!(program.infra(&["run", "--listen", "nowhere"]).code, 2);
}
