use super::{standing::Standing, tab::Tab};

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn the_page_says_that_the_service_is_away_and_goes_on_when_it_is_back() {
    let Standing {
        zooid: _zooid,
        program,
        service,
        url,
    } = Standing::new().await;
    let tab = Tab::open(&url);
    tab.until_listed(&["alice", "frank", "gina", "iris"]);
    assert_eq!(service.stop(), 0, "an open page does not keep it");
    tab.until_text("#stale", "The service does not answer");
    assert!(tab.text_of("#stale").contains("This is how the relays stood at "));
    assert_eq!(tab.listed().len(), 4, "what was last known stays");

    let address = url.strip_prefix("http://").unwrap();
    let _service = program.start_with(&["run", "--listen", address], "again.log");
    program.done(&["relay", "update", "gina", "--plan", "basic"]);
    tab.until("document.querySelector('#stale').innerText === ''");
    tab.until_text(".synced b", "3");
}
