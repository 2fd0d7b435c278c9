use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use zooid_client::emulator::{Emulator, Fault};

use super::{
    standing::{Standing, program},
    tab::Tab,
};

const SCRIPT: &str = r#""'><script>alert(1)</script><img src=x onerror=alert(2)>"#;
const OVERRIDE: char = '\u{202e}';

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn whatever_relays_are_called_and_zooid_says_is_only_text() {
    let zooid = Emulator::start().await;
    let error = format!("{SCRIPT}{OVERRIDE}gnorw");
    for relay in ["mallory", "oscar"] {
        zooid.inject(
            Fault::status(400)
                .body(json!({ "error": error }).to_string(), "application/json")
                .for_relay(relay),
        );
    }
    let program = program(&zooid);
    program.create("mallory");
    program.done(&["relay", "update", "mallory", "--name", &error, "--description", &error]);
    program.create("hidden");
    // No command makes such an id, but rows may come from elsewhere.
    let id = format!("{SCRIPT}{OVERRIDE}di");
    let mut file = SqliteConnection::connect(program.folder.path().join("infra.db").to_str().unwrap())
        .await
        .unwrap();
    for sql in [
        "DELETE FROM relay_host WHERE relay_id = 'hidden' AND $1 <> ''",
        "UPDATE relay SET id = $1, status = $1, subdomain = $1, host = $1 || '.relays.example' WHERE id = 'hidden'",
        "UPDATE activity SET resource_id = $1, activity_type = $1 WHERE resource_id = 'hidden'",
    ] {
        sqlx::query(sql).bind(&id).execute(&mut file).await.unwrap();
    }
    file.close().await.unwrap();
    let service = program.start();
    program.until("mallory", |relay| relay["state"] == "gave_up");
    let tab = Tab::open(&service.url());
    tab.until_text(".gave_up b", "2");

    let shown = format!("{SCRIPT}\\u202edi");
    assert_eq!(tab.listed(), [shown.as_str(), "mallory"]);
    let mallory = tab.row("mallory");
    assert!(mallory[3].contains(&format!("{SCRIPT}\\u202egnorw")), "{mallory:?}");
    assert_eq!(tab.row(&shown)[0], format!("{shown}.relays.example"));
    tab.click("button", &format!("history of {shown}"));
    tab.until_text("#relays .past:not([hidden])", &shown);
    assert_eq!(tab.eval("document.querySelectorAll('script').length"), 1);
    assert_eq!(tab.eval("document.querySelectorAll('img').length"), 0);
    assert_eq!(tab.complaints().len(), 0, "{:?}", tab.complaints());
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn the_page_has_no_secret_complains_of_nothing_and_asks_nobody_else() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    for (id, least) in [("alice", 2), ("frank", 4)] {
        tab.click("button", &format!("history of {id}"));
        // What is below moves down when it is there, and must not do so under the next click.
        tab.until(&format!(
            "document.querySelectorAll('#relays .past:not([hidden]) li').length >= {least}"
        ));
    }
    let page = tab.eval("document.documentElement.outerHTML").to_string();
    let relay_key = standing.zooid.config("alice").unwrap()["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let api_key = standing.zooid.keys().secret_key().to_secret_hex();
    assert!(page.contains("alice") && !page.contains(&relay_key) && !page.contains(&api_key));

    let requests = tab.requests();
    let path = |path: &str| requests.iter().any(|url| url.ends_with(path));
    assert!(path("/api/events") && path("/alice/activity"), "{requests:?}");
    for url in &requests {
        let ours = url.starts_with(&standing.url) || url.starts_with("data:") || url == "about:blank";
        assert!(ours, "{url}");
    }
    assert_eq!(tab.complaints().len(), 0, "{:?}", tab.complaints());
}
