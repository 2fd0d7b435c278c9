use std::time::{Duration, Instant};

use zooid_client::emulator::Fault;

use super::{
    standing::{LAST_ERROR, Standing},
    tab::Tab,
};

/// How often the page looks without being told to.
const LOOK_ANYWAY: Duration = Duration::from_secs(30);

const COUNTS: &str = "all 4 gave up 1 retrying 1 new 0 pending 0 deleting 0 synced 2";

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn the_page_counts_and_lists_the_relays_and_says_what_failed_and_when_it_is_tried_again() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    assert_eq!(on_one_line(&tab.text_of("#states")), COUNTS);
    assert_eq!(tab.text_of("#seen"), "4 relays");
    tab.until_listed(&["alice", "frank", "gina", "iris"]);

    let alice = tab.row("alice");
    assert_eq!(alice[..5], ["alice.relays.example", "synced", "", "", ""]);
    assert!(alice[5].ends_with(" s ago"), "{alice:?}");
    let frank = tab.row("frank");
    assert_eq!(frank[1..3], ["retrying", "1"]);
    assert!(frank[3].contains("500") && frank[3].contains(LAST_ERROR), "{frank:?}");
    assert!(frank[4].starts_with("in ") && frank[4].ends_with(" min"), "{frank:?}");
    assert_eq!(frank[5], "never");
    let gina = tab.row("gina");
    assert_eq!((gina[1].as_str(), gina[4].as_str()), ("gave up", ""));
    assert!(gina[3].contains("no such plan"), "{gina:?}");
    assert_eq!(tab.row("iris")[1], "synced (delinquent)");
    assert_eq!(tab.eval("document.title"), "1 gave up – infra: relays");
    assert!(!tab.text().contains("Workers"), "one process works on a file");
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn a_relay_shows_its_history_where_it_is_asked_for() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    tab.click("button", "history of frank");
    tab.until_text("#relays .past:not([hidden])", "sync failed");
    let history = on_one_line(&tab.text_of("#relays .past:not([hidden])"));
    assert!(
        history.starts_with("sync failed ") && history.contains(" ago created "),
        "{history}"
    );
    standing.program.done(&["relay", "update", "frank", "--name", "Frank"]);
    tab.until_text("#relays .past:not([hidden])", "synced");
    tab.click("button", "history of frank");
    tab.until("document.querySelector('#relays .past:not([hidden])') === null");
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn relays_are_found_by_state_id_and_host() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    tab.click("button", "retrying 1");
    tab.until_listed(&["frank"]);
    tab.click("button", "new 0");
    tab.until_text("#seen", "No matching relays.");
    tab.click("button", "all 4");
    tab.until_listed(&["alice", "frank", "gina", "iris"]);

    tab.click("searchbox", "Search id or host");
    tab.type_text("GINA.relays");
    tab.until_listed(&["gina"]);
    assert_eq!(tab.text_of("#seen"), "1 relay");
    tab.type_text("%");
    tab.until_text("#seen", "No matching relays.");
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn the_page_follows_what_happens_by_itself() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    let changed = Instant::now();
    standing.program.done(&["relay", "deactivate", "alice"]);
    tab.until("document.querySelector('#relays .state').innerText === 'synced (inactive)'");
    assert!(
        changed.elapsed() < LOOK_ANYWAY,
        "it was told, and did not look by chance"
    );

    // Nobody answers these, so that they stay new and pending for as long as a request may last.
    standing.zooid.inject(Fault::hang().for_relay("alice"));
    standing.zooid.inject(Fault::hang().for_relay("nora"));
    standing.program.create("nora");
    standing.program.done(&["relay", "activate", "alice"]);
    tab.until_text(".new b", "1");
    tab.until_text(".pending b", "1");
    tab.until_listed(&["alice", "frank", "gina", "iris", "nora"]);
    assert_eq!(tab.row("nora")[1], "new");
    assert_eq!(tab.row("alice")[1], "pending");
    assert!(
        tab.text_of("#oldest")
            .starts_with("The oldest change that zooid does not have: ")
    );

    standing.program.done(&["relay", "update", "gina", "--plan", "basic"]);
    tab.until_text(".synced b", "2");
    assert_eq!(tab.row("gina")[1..4], ["synced", "", ""]);
    assert_eq!(tab.eval("document.title"), "infra: relays");
    assert_eq!(tab.complaints().len(), 0, "{:?}", tab.complaints());
}
