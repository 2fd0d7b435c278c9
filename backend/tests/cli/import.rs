use serde_json::json;

use crate::program::{Program, relay};

fn import(program: &Program, text: &str) -> crate::program::Ended {
    program.file("relays.json", text);
    program.infra(&["relay", "import", "relays.json"])
}

#[test]
fn a_pipe_gets_a_line_a_relay_and_a_sum() {
    let program = Program::new();
    let file = json!([relay("alice"), relay("bob")]).to_string();
    assert_eq!(
        import(&program, &file).stdout,
        "created alice\ncreated bob\n2 created, 0 updated, 0 unchanged\n"
    );
    let changed = file.replace("\"subdomain\":\"bob\"", "\"subdomain\":\"robert\"");
    assert_eq!(
        import(&program, &changed).stdout,
        "unchanged alice\nupdated bob\n0 created, 1 updated, 1 unchanged\n"
    );
}

#[test]
fn a_script_gets_json() {
    let program = Program::new();
    program.file("relays.json", &json!([relay("alice")]).to_string());
    let output = program.done(&["relay", "import", "--json", "relays.json"]);
    assert_eq!(output, "{\"change\":\"created\",\"id\":\"alice\"}\n");
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_line_and_field_and_nothing_is_imported() {
    let program = Program::new();
    let mut flag = relay("bob");
    flag["groups_enabled"] = json!(2);
    let mut missing = relay("carol");
    missing.as_object_mut().unwrap().remove("status");
    let mut tenant = relay("dave");
    tenant["tenant_pubkey"] = json!("dave");
    let file = [relay("alice"), flag, missing, tenant].map(|r| serde_json::to_string_pretty(&r).unwrap());
    let text = format!("[\n{}\n]", file.join(",\n"));
    let line = |needle: &str| 1 + text.lines().position(|line| line.contains(needle)).unwrap();

    let refused = import(&program, &text);
    assert_eq!(refused.code, 4);
    let (groups, dave) = (line("\"groups_enabled\": 2"), line("\"tenant_pubkey\": \"dave\""));
    assert!(
        refused.stderr.contains(&format!("line {groups}: groups_enabled: ")),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("missing field `status`"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains(&format!("line {dave}: tenant_pubkey: ")),
        "{}",
        refused.stderr
    );
    assert_eq!(program.done(&["relay", "list", "--json"]), "");
}

#[test]
fn a_relay_needs_an_id_and_has_it_alone() {
    let program = Program::new();
    let mut nameless = relay("alice");
    nameless["id"] = json!("");
    let refused = import(&program, &json!([nameless]).to_string());
    assert!(refused.stderr.contains("line 1: id: is empty"), "{}", refused.stderr);
    let refused = import(&program, &json!([relay("alice"), relay("alice")]).to_string());
    assert!(
        refused.stderr.contains("line 1: id: alice is in the file twice"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_file_that_is_not_json_is_refused_with_its_line() {
    let refused = import(&Program::new(), "[\n{\"id\": \"a\",}\n]");
    assert_eq!(refused.code, 4);
    assert!(
        refused.stderr.contains("line 2: the file: not a JSON array of relays"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_relay_that_zooid_is_said_to_have_needs_its_key_and_schema() {
    let mut synced = relay("alice");
    synced["synced"] = json!(1);
    let refused = import(&Program::new(), &json!([synced]).to_string());
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("secret: missing"), "{}", refused.stderr);
    assert!(refused.stderr.contains("schema: missing"), "{}", refused.stderr);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let refused = Program::new().infra(&["relay", "import", "none.json"]);
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("cannot read none.json"), "{}", refused.stderr);
}

#[test]
fn a_text_that_not_every_store_can_keep_is_refused() {
    let program = Program::new();
    let mut alice = relay("alice");
    alice["info_name"] = json!("a\0b");
    let refused = import(&program, &json!([alice]).to_string());
    assert_eq!(refused.code, 4);
    assert!(
        refused.stderr.contains("info_name: must not contain the character NUL"),
        "{}",
        refused.stderr
    );
}
