use crate::program::{Program, TENANT};

#[test]
fn every_missing_or_malformed_variable_is_named_at_once() {
    let program = Program::new()
        .with("ZOOID_API_SECRET", "not-a-key-but-still-secret")
        .with("INFRA_RETRY_MAX", "none")
        .with("DATABASE_URL", "mysql://somewhere");
    let refused = program.infra(&["run"]);
    assert_eq!(refused.code, 3);
    assert_eq!(
        refused.stderr,
        "error: the environment is not usable:
  ZOOID_API_URL: missing; set it to the url of zooid's API
  ZOOID_API_SECRET: not a nostr secret key: 64 hexadecimal digits or nsec1… are expected
  INFRA_RETRY_MAX: not a number of attempts, 1 or more
  DATABASE_URL: neither SQLite (sqlite:path, or a path) nor PostgreSQL (postgres://…)\n"
    );
}

#[test]
fn a_relay_that_is_not_there_has_an_exit_code_of_its_own() {
    let program = Program::new();
    for command in ["show", "update", "activate", "deactivate", "resync"] {
        let refused = program.infra(&["relay", command, "nobody"]);
        assert_eq!(
            (refused.code, refused.stderr.as_str()),
            (5, "error: there is no relay nobody\n"),
            "{command}"
        );
    }
}

#[test]
fn a_wrong_value_is_named_with_its_field() {
    let refused = Program::new().infra(&[
        "relay",
        "create",
        "--tenant",
        "alice",
        "--subdomain",
        "a/b",
        "--domain",
        "relays.example",
        "--schema",
        "A-1",
    ]);
    assert_eq!(refused.code, 4);
    for field in ["tenant_pubkey must be", "subdomain must be", "schema must be"] {
        assert!(refused.stderr.contains(field), "{field}: {}", refused.stderr);
    }
}

#[test]
fn a_wrong_command_line_is_code_2_and_says_what_is_missing() {
    let refused = Program::new().infra(&["relay", "create", "--tenant", TENANT]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--subdomain"), "{}", refused.stderr);
}

#[test]
fn a_command_line_without_a_command_shows_the_help() {
    let refused = Program::new().infra(&[]);
    assert_eq!(refused.code, 2);
    for words in ["Usage: infra", "\n  dev  ", "\n  run  "] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
}

#[test]
fn a_zooid_that_does_not_answer_is_code_6() {
    let program = Program::new()
        .with("ZOOID_API_URL", "http://127.0.0.1:9")
        .with("ZOOID_API_SECRET", &"1".repeat(64));
    let refused = program.infra(&["zooid", "members", "alice"]);
    assert_eq!(refused.code, 6);
    assert!(
        refused
            .stderr
            .starts_with("error: cannot list members of relay alice: zooid cannot be reached"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_store_that_cannot_be_opened_is_code_7_and_named() {
    let program = Program::new().with("DATABASE_URL", "sqlite:///nowhere/at/all.db");
    let refused = program.infra(&["relay", "list"]);
    assert_eq!(refused.code, 7);
    assert!(refused.stderr.contains("/nowhere/at/all.db"), "{}", refused.stderr);
}

#[test]
fn a_machine_without_certificates_can_do_all_but_https() {
    let program = Program::new()
        .with("SSL_CERT_FILE", "/nowhere")
        .with("SSL_CERT_DIR", "/nowhere")
        .with("ZOOID_API_SECRET", &"1".repeat(64))
        .with("ZOOID_API_URL", "https://zooid.example");
    program.done(&["dev", "--once"]);
    let refused = program.infra(&["run"]);
    assert_eq!(refused.code, 3);
    assert!(
        refused
            .stderr
            .contains("install a certificate store, such as the package ca-certificates"),
        "{}",
        refused.stderr
    );
}
