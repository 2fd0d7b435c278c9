use serde_json::Value;
use zooid_client::emulator::{Emulator, Profile};

use crate::program::Program;

const STRANGER: &str = "0000000000000000000000000000000000000000000000000000000000000003";

fn verdicts(output: &str) -> Vec<(String, String)> {
    let checks = output.lines().map(|line| serde_json::from_str(line).unwrap());
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    checks
        .map(|check: Value| (word(&check["check"]), word(&check["verdict"])))
        .collect()
}

fn verdict<'v>(verdicts: &'v [(String, String)], check: &str) -> &'v str {
    &verdicts.iter().find(|(name, _)| name == check).unwrap().1
}

#[tokio::test]
async fn a_right_environment_is_said_to_be_right_and_zooid_is_left_as_it_was() {
    for profile in [Profile::Old, Profile::Current] {
        let zooid = Emulator::builder()
            .profile(profile)
            .record_requests()
            .start()
            .await
            .unwrap();
        let program = Program::for_zooid(&zooid);
        let output = program.done(&["config", "check"]);
        let public = zooid.keys().public_key().to_hex();
        assert!(
            output.contains(&format!("✓ key          {public} belongs on zooid's API_WHITELIST\n")),
            "{output}"
        );
        assert_eq!(
            output.lines().filter(|line| line.starts_with("✓ ")).count(),
            8,
            "{output}"
        );
        assert!(output.contains("✓ access       zooid accepts the key"), "{output}");
        assert!(zooid.requests().iter().all(|request| request.method == "GET"));
        assert_eq!(program.folder.path().read_dir().unwrap().count(), 0, "no store is made");
    }
}

#[test]
fn every_problem_of_the_environment_is_named_and_what_can_be_looked_at_is() {
    let program = Program::new()
        .with("ZOOID_API_SECRET", STRANGER)
        .with("INFRA_RETRY_MAX", "none");
    let refused = program.infra(&["config", "check"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (3, "error: 2 checks are wrong\n")
    );
    assert_eq!(
        refused.stdout,
        "✗ environment  ZOOID_API_URL: missing; set it to the url of zooid's API
✗ environment  INFRA_RETRY_MAX: not a number of attempts, 1 or more
✓ key          f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9 belongs on zooid's API_WHITELIST
? zooid        no url to ask
? clock        no url to ask
? access       no url to ask\n"
    );
}

#[test]
fn half_a_configuration_is_told() {
    let checked = Program::new()
        .with("BLOSSOM_S3_BUCKET", "media")
        .infra(&["config", "check"]);
    assert!(
        checked.stderr.contains("media stays on zooid's own disk"),
        "{}",
        checked.stderr
    );
}

#[tokio::test]
async fn a_key_that_is_not_on_the_whitelist_is_told_before_it_is_needed() {
    for profile in [Profile::Old, Profile::Current] {
        let zooid = Emulator::builder().profile(profile).start().await.unwrap();
        let program = Program::for_zooid(&zooid).with("ZOOID_API_SECRET", STRANGER);
        let refused = program.infra(&["config", "check", "--json"]);
        assert_eq!(refused.code, 6);
        let verdicts = verdicts(&refused.stdout);
        assert_eq!(
            (verdict(&verdicts, "zooid"), verdict(&verdicts, "access")),
            ("ok", "wrong")
        );
        assert!(refused.stdout.contains("pubkey not in whitelist"), "{}", refused.stdout);
    }
}

#[tokio::test]
async fn a_clock_that_zooid_does_not_trust_is_told() {
    for (offset, words) in [(-3600, "s ahead of zooid's; "), (3600, "s behind zooid's; ")] {
        let zooid = Emulator::builder().clock_offset(offset).start().await.unwrap();
        let refused = Program::for_zooid(&zooid).infra(&["config", "check"]);
        assert_eq!(refused.code, 6);
        let clock = refused.stdout.lines().find(|line| line.starts_with("✗ clock")).unwrap();
        assert!(clock.contains(words), "{clock}");
    }
}

#[test]
fn a_zooid_that_is_not_there_is_told() {
    let program = Program::new()
        .with("ZOOID_API_URL", "http://127.0.0.1:9")
        .with("ZOOID_API_SECRET", STRANGER);
    let refused = program.infra(&["config", "check", "--json"]);
    assert_eq!(refused.code, 6);
    let verdicts = verdicts(&refused.stdout);
    assert_eq!(
        (verdict(&verdicts, "zooid"), verdict(&verdicts, "access")),
        ("wrong", "unknown")
    );
    assert!(
        refused.stdout.contains("http://127.0.0.1:9: zooid cannot be reached: "),
        "{}",
        refused.stdout
    );
}
