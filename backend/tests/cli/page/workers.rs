use zooid_client::emulator::Emulator;

use super::{standing::Standing, tab::Tab};
use crate::postgres::Schema;

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn the_workers_that_share_a_database_are_shown() {
    let schema = Schema::new().await;
    let zooid = Emulator::start().await;
    let program = super::standing::program(&zooid).with("DATABASE_URL", &schema.url);
    let standing = Standing::of(zooid, program);
    let other = standing.program.start_with(&["run"], "other.log");
    other.url();
    standing.program.create("nora");
    let tab = Tab::open(&standing.url);
    tab.until("document.querySelectorAll('#workers tbody tr').length === 2");
    let workers = tab.text_of("#workers");
    assert!(workers.starts_with("Workers") && workers.contains(" ago"), "{workers}");
    tab.picture("workers");
    assert_eq!(other.stop(), 0);
    standing.program.done(&["relay", "update", "nora", "--name", "Nora"]);
    tab.until("document.querySelectorAll('#workers tbody tr').length === 1");
    assert_eq!(tab.complaints().len(), 0, "{:?}", tab.complaints());
}
