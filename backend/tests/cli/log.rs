use serde_json::Value;
use zooid_client::emulator::Emulator;

use crate::program::Program;

#[tokio::test]
async fn a_program_can_read_the_log() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let service = program.start_with(&["run", "--log", "json"], "json.log");
    service.until_logged("listening for activity");
    for line in service.log().lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&entry["level"], entry["fields"]["message"].is_string()),
            (&"INFO".into(), true)
        );
    }
    assert_eq!(program.infra(&["--log", "xml", "run"]).code, 2);
}
