use zooid_client::emulator::Emulator;

use super::{
    standing::{import, program},
    tab::Tab,
};
use crate::program::relay;

const RELAYS: usize = 3_000;

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn thousands_of_relays_are_shown_in_pages() {
    let zooid = Emulator::start().await;
    let program = program(&zooid);
    drop(zooid);
    let relays: Vec<_> = (0..RELAYS).map(|n| relay(&format!("relay-{n:04}"))).collect();
    import(&program, &relays);
    let service = program.start();
    service.until_logged("zooid cannot be reached");
    let tab = Tab::open(&service.url());

    tab.until_text("#outage", "zooid has been down for ");
    tab.until_text("#states", "3,000");
    assert_eq!(tab.text_of("#seen"), "Relays 1 to 200 of 3,000");
    assert_eq!(tab.listed().len(), 200);
    tab.click("button", "Next");
    tab.until_text("#seen", "Relays 201 to 400 of 3,000");
    let listed = tab.listed();
    assert_eq!((listed.len(), listed[0].as_str()), (200, "relay-0200"));
    assert_eq!(tab.eval("document.activeElement.id"), "relays");
    tab.click("button", "Previous");
    tab.until_text("#seen", "Relays 1 to 200 of 3,000");
    assert_eq!(tab.listed()[0], "relay-0000");

    tab.eval("next.click(), next.click()");
    tab.until_text("#seen", "Relays 201 to 400 of 3,000");
    assert_eq!(tab.listed()[0], "relay-0200", "two clicks at once turn one page");
    tab.click("searchbox", "Search id or host");
    tab.type_text("relay-2");
    tab.until_text("#seen", "Relays 1 to 200, and more");
    assert_eq!(tab.listed()[0], "relay-2000");
    tab.type_text("99");
    tab.until_text("#seen", "10 relays");
    assert_eq!(tab.eval("document.querySelector('#pages').checkVisibility()"), false);
    assert_eq!(tab.complaints().len(), 0, "{:?}", tab.complaints());
}
