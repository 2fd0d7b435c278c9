//! Rules for schemas, hosts, ids and texts: for new values, and not for what is stored already.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use zooid_client::emulator::Emulator;

use crate::program::{Ended, Program, TENANT, relay};

/// A relay with other values in some fields, as a file has it.
fn with(id: &str, fields: Value) -> Value {
    let mut relay = relay(id);
    for (field, value) in fields.as_object().unwrap() {
        relay[field] = value.clone();
    }
    relay
}

fn import(program: &Program, relays: &[Value]) -> Ended {
    program.file("relays.json", &json!(relays).to_string());
    program.infra(&["relay", "import", "relays.json"])
}

fn create(program: &Program, args: &[&str]) -> Ended {
    let given = [&["relay", "create", "--tenant", TENANT], args].concat();
    program.infra(&given)
}

fn create_at(program: &Program, subdomain: &str, domain: &str) -> Ended {
    create(program, &[&format!("--subdomain={subdomain}"), "--domain", domain])
}

/// A program with a store that an older version wrote.
fn with_old_store(program: Program) -> Program {
    let store = include_bytes!("../store/old_stores/sqlite_3.sqlite");
    fs::write(program.folder.path().join("infra.db"), store).unwrap();
    program
}

#[track_caller]
fn assert_refused(ended: &Ended, words: &str) {
    assert_eq!(ended.code, 4, "{words}: {}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(words), "{words} is not in {}", ended.stderr);
}

#[test]
fn a_host_that_browsers_do_not_reach_is_refused_with_its_field() {
    let program = Program::new();
    let long_label = "a".repeat(64);
    let long_domain = format!("{}example", "a.".repeat(124));
    for (subdomain, domain, words) in [
        ("", "relays.example", "subdomain must be one label of a host"),
        (".", "relays.example", "subdomain must be one label of a host"),
        ("-", "relays.example", "subdomain must be one label of a host"),
        ("-alice", "relays.example", "subdomain must be one label of a host"),
        ("alice-", "relays.example", "subdomain must be one label of a host"),
        ("a.b", "relays.example", "subdomain must be one label of a host"),
        ("a_b", "relays.example", "subdomain must be one label of a host"),
        ("a b", "relays.example", "subdomain must be one label of a host"),
        ("*", "relays.example", "subdomain must be one label of a host"),
        (
            long_label.as_str(),
            "relays.example",
            "subdomain must be one label of a host",
        ),
        ("alice", "", "zooid_domain must be the rest of a host"),
        ("alice", ".", "zooid_domain must be the rest of a host"),
        ("alice", "relays..example", "zooid_domain must be the rest of a host"),
        (
            "alice",
            "relays.example:8443",
            "zooid_domain must be the rest of a host",
        ),
        (
            "alice",
            "relays.example:99999",
            "zooid_domain must be the rest of a host",
        ),
        ("127", "0.0.1", "zooid_domain must be the rest of a host"),
        ("alice", "1", "zooid_domain must be the rest of a host"),
        ("alice", long_domain.as_str(), "zooid_domain must be the rest of a host"),
        (
            "api",
            "relays.example",
            "subdomain must not be admin or api, which are reserved",
        ),
        (
            "ADMIN",
            "relays.example",
            "subdomain must not be admin or api, which are reserved",
        ),
    ] {
        assert_refused(&create_at(&program, subdomain, domain), words);
    }
    for custom in [
        "localhost",
        "::1",
        "[::1]",
        "10.0.0.1",
        "chat.example:443",
        "chat",
        "api.relays.example",
    ] {
        for verified in [0, 1] {
            let fields = json!({ "custom_domain": custom, "custom_domain_verified": verified });
            assert_refused(&import(&program, &[with("alice", fields)]), "custom_domain: must");
        }
    }
    assert_eq!(program.done(&["relay", "list", "--json"]), "");
}

#[test]
fn the_host_of_zooids_api_is_refused_where_it_is_known() {
    let program = Program::new().with("ZOOID_API_URL", "https://zooid.relays.example:8443/");
    assert_refused(&create_at(&program, "Zooid", "relays.example"), "that of zooid's API");
    let custom = json!({ "custom_domain": "ZOOID.relays.example." });
    assert_refused(&import(&program, &[with("alice", custom)]), "that of zooid's API");
    program.create("alice");
    let update = ["relay", "update", "alice", "--subdomain", "zooid"];
    assert_refused(&program.infra(&update), "that of zooid's API");
    let unknown = program.infra_with(&[("ZOOID_API_URL", "")], &update);
    assert_eq!(unknown.code, 0, "{}", unknown.stderr);
}

#[test]
fn a_host_is_kept_as_browsers_send_it() {
    let program = Program::new();
    let created = create(
        &program,
        &[
            "--subdomain",
            "BÜCHER",
            "--domain",
            "Relays.Example.",
            "--id",
            "books",
            "--custom-domain",
            "Chat.Example.",
        ],
    );
    assert_eq!(
        created.stdout, "created books at xn--bcher-kva.relays.example\n",
        "{}",
        created.stderr
    );
    let books = program.show("books");
    assert_eq!(
        (&books["subdomain"], &books["zooid_domain"], &books["custom_domain"]),
        (
            &json!("xn--bcher-kva"),
            &json!("relays.example"),
            &json!("chat.example")
        )
    );
    program.done(&[
        "relay",
        "update",
        "books",
        "--custom-domain",
        "CHAT.example",
        "--custom-domain-verified",
    ]);
    assert!(program.done(&["relay", "list"]).contains(" chat.example "));
    let spelled = json!({
        "subdomain": "Bücher", "zooid_domain": "RELAYS.example", "custom_domain": "chat.EXAMPLE",
        "custom_domain_verified": 1, "policy_public_read": 0,
    });
    let again = import(&program, &[with("books", spelled)]);
    assert_eq!(
        again.stdout, "unchanged books\n0 created, 0 updated, 1 unchanged\n",
        "{}",
        again.stderr
    );
}

#[test]
fn a_host_of_another_relay_is_refused_by_its_name() {
    let program = Program::new();
    program.create("alice");
    assert_refused(
        &create_at(&program, "ALICE", "relays.example"),
        "host \"alice.relays.example\" belongs to relay alice; choose another",
    );
    program.create("bob");
    let update = [
        "relay",
        "update",
        "bob",
        "--custom-domain",
        "alice.relays.example",
        "--custom-domain-verified",
    ];
    assert_refused(
        &program.infra(&update),
        "relay bob: host \"alice.relays.example\" belongs to relay alice; choose another",
    );
}

#[test]
fn a_schema_that_harms_zooid_is_refused() {
    let program = Program::new();
    for schema in [
        "sqlite",
        "sqlite_x",
        "_alice",
        "alice_",
        "1abc",
        "Alice",
        "a-b",
        &"a".repeat(49),
    ] {
        let args = ["--subdomain", "alice", "--domain", "relays.example", "--schema", schema];
        assert_refused(&create(&program, &args), "schema must be lower-case letters");
        let file = with("alice", json!({ "schema": schema }));
        assert_refused(&import(&program, &[file]), "line 1: schema: must be lower-case letters");
    }
}

#[tokio::test]
async fn the_schema_of_a_deleted_relay_is_refused() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let args = [
        "--subdomain",
        "alice",
        "--domain",
        "relays.example",
        "--id",
        "alice",
        "--schema",
        "tables",
    ];
    assert_eq!(create(&program, &args).code, 0);
    program.done(&["relay", "delete", "alice", "--yes"]);
    let _service = program.start();
    program.until_gone("alice", Duration::from_secs(60));
    let words = "schema \"tables\" was that of relay alice, whose tables and media zooid keeps; choose another schema";
    assert_refused(&create(&program, &args), words);
    assert_refused(&import(&program, &[with("bob", json!({ "schema": "tables" }))]), words);
}

#[test]
fn a_secret_that_is_no_key_is_refused_and_not_shown() {
    let program = Program::new();
    let secrets = [
        "g".repeat(64),
        "4".repeat(63),
        "0".repeat(64),
        "f".repeat(64),
        format!("nsec1{}", "q".repeat(58)),
    ];
    for synced in [0, 1] {
        for secret in &secrets {
            let relay = with(
                "alice",
                json!({ "secret": secret, "synced": synced, "schema": "alice" }),
            );
            let refused = import(&program, &[relay]);
            assert_refused(
                &refused,
                "line 1: secret: must be a nostr secret key, 64 hexadecimal digits or nsec1…",
            );
            assert!(!refused.stderr.contains(secret.as_str()), "a secret is shown");
        }
    }
}

#[test]
fn an_owner_without_a_public_key_is_refused() {
    let program = Program::new();
    for pubkey in ["g".repeat(64), "7".repeat(63), format!("{:064x}", 5)] {
        let words = "tenant_pubkey must be a nostr public key";
        let args = [
            "relay",
            "create",
            "--tenant",
            &pubkey,
            "--subdomain",
            "alice",
            "--domain",
            "relays.example",
        ];
        assert_refused(&program.infra(&args), words);
        let words = "line 1: tenant_pubkey: must be a nostr public key";
        assert_refused(
            &import(&program, &[with("alice", json!({ "tenant_pubkey": pubkey }))]),
            words,
        );
    }
}

#[tokio::test]
async fn a_relay_that_zooid_has_can_be_changed_whatever_the_secret_of_its_row() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let _service = program.start();
    program.create("alice");
    program.until_up_to_date("alice");
    let mut store = SqliteConnection::connect(program.folder.path().join("infra.db").to_str().unwrap())
        .await
        .unwrap();
    let spoil = sqlx::query("UPDATE relay SET secret = $1").bind("g".repeat(64));
    spoil.execute(&mut store).await.unwrap();
    program.done(&["relay", "update", "alice", "--name", "Alice"]);
    program.until_up_to_date("alice");
    assert_eq!(zooid.config("alice").unwrap()["info"]["name"], "Alice");
}

#[test]
fn whatever_the_subdomain_a_relay_can_be_created() {
    let program = Program::new();
    let long = "a".repeat(63);
    for subdomain in ["sqlite-fans", "sqlite", "21club", "7", "日本", "a--b", &long] {
        let created = create_at(&program, subdomain, "relays.example");
        assert_eq!(created.code, 0, "{subdomain}: {}", created.stderr);
    }
    assert!(!program.done(&["status"]).contains("break rules"));
}

#[test]
fn an_id_is_short_and_plain_unless_zooid_has_the_relay_already() {
    let program = Program::new();
    let long = "a".repeat(65);
    for id in ["Alice", "a.b", "-a", "_a", "a~b", &long] {
        let id = format!("--id={id}");
        let args = ["--subdomain", "alice", "--domain", "relays.example", &id];
        assert_refused(&create(&program, &args), "id must be lower-case letters");
    }
    let heartbeat = [
        "--subdomain",
        "alice",
        "--domain",
        "relays.example",
        "--id",
        "infra-heartbeat",
    ];
    assert_refused(&create(&program, &heartbeat), "id is reserved for heartbeats");
    let adopted = json!({ "synced": 1, "schema": "alice", "secret": "1".repeat(64) });
    let heartbeat = with("infra-heartbeat", adopted);
    assert_refused(&import(&program, &[heartbeat]), "id: is reserved for heartbeats");
    let adopted = json!({ "subdomain": "alice", "synced": 1, "schema": "alice", "secret": "1".repeat(64) });
    assert_eq!(
        import(&program, &[with("Alice.B", adopted)]).stdout,
        "created Alice.B\n1 created, 0 updated, 0 unchanged\n"
    );
}

#[test]
fn texts_are_limited() {
    let program = Program::new();
    program.create("alice");
    let icon = |length: usize| format!("https://a.example/{}", "i".repeat(length - 18));
    for (field, flag, right, wrong) in [
        (
            "info_name",
            "--name",
            "é".repeat(256),
            vec![
                "n".repeat(513),
                "a\nb".to_owned(),
                "a\u{7f}".to_owned(),
                "\u{85}".to_owned(),
            ],
        ),
        (
            "info_icon",
            "--icon",
            icon(2048),
            vec![
                icon(2049),
                "i.png".to_owned(),
                "/i.png".to_owned(),
                "https://".to_owned(),
                "https:///i.png".to_owned(),
                "HTTPS://a.example/i.png".to_owned(),
                "data:image/png;base64,".to_owned(),
                "javascript:alert(1)".to_owned(),
                "https://a.example/a b".to_owned(),
                "https://a.example/\"".to_owned(),
                "https://a.example/\\".to_owned(),
                "https://a.example/\n".to_owned(),
            ],
        ),
        (
            "info_description",
            "--description",
            format!("two\n\tlines{}", "d".repeat(4086)),
            vec!["d".repeat(4097), "a\rb".to_owned(), "a\u{1b}[31m".to_owned()],
        ),
        (
            "plan_id",
            "--plan",
            "p".repeat(128),
            vec!["p".repeat(129), "a\tb".to_owned()],
        ),
    ] {
        program.done(&["relay", "update", "alice", flag, &right]);
        assert_eq!(program.show("alice")[field], right.as_str());
        for wrong in wrong {
            assert_refused(
                &program.infra(&["relay", "update", "alice", flag, &wrong]),
                &format!("{field} must be"),
            );
            let file = with("bob", json!({ field: wrong }));
            assert_refused(&import(&program, &[file]), &format!("{field}: must be"));
        }
    }
    assert_refused(
        &import(&program, &[with("bob", json!({ "status": "a\nb" }))]),
        "status: must be",
    );
    for icon in ["", "http://a.example", "https://a.example:8443/i.png?x=1"] {
        program.done(&["relay", "update", "alice", "--icon", icon]);
    }
}

#[test]
fn the_longest_texts_of_a_relay_do_not_harm_zooid() {
    let program = Program::new();
    let label = "a".repeat(63);
    let domain = format!("{label}.{label}.{}.example", "a".repeat(53));
    let longest = json!({
        "subdomain": label, "zooid_domain": domain, "schema": "s".repeat(48), "info_name": "\"".repeat(512),
        "info_icon": format!("https://{}", "i".repeat(2040)), "info_description": "\n".repeat(4096),
    });
    let imported = import(&program, &[with("alice", longest)]);
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    assert_eq!(program.show("alice")["violations"], json!([]));
    let host = program.done(&["relay", "show", "alice"]);
    let host = host.lines().find_map(|line| line.strip_prefix("host ")).unwrap().trim();
    assert_eq!(host.len(), 253);
}

#[test]
fn a_change_of_a_stored_relay_need_not_mend_what_it_does_not_touch() {
    let program = with_old_store(Program::new());
    for id in ["alice-2", "twin-1", "twin-2", "port", "Upper", "long", "reserved"] {
        program.done(&["relay", "update", id, "--description", "Changed"]);
        program.done(&["relay", "deactivate", id]);
    }
    assert_refused(
        &program.infra(&["relay", "update", "port", "--custom-domain", "chat.example:80"]),
        "custom_domain must",
    );
    assert_refused(
        &program.infra(&["relay", "update", "long", "--name", &"n".repeat(513)]),
        "info_name must",
    );
    program.done(&["relay", "update", "long", "--name", "Short"]);
    program.done(&["relay", "update", "twin-2", "--subdomain", "twin-2"]);
    program.done(&[
        "relay",
        "update",
        "Upper",
        "--subdomain",
        "upper",
        "--domain",
        "relays.example",
    ]);
    assert_eq!(program.show("twin-2")["violations"], json!([]));
    assert_eq!(program.show("twin-1")["violations"], json!([]));
}

#[test]
fn a_file_may_repeat_what_a_stored_relay_has() {
    let program = with_old_store(Program::new());
    let mut rows: Vec<Value> = program
        .done(&["relay", "list", "--json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let unchanged = import(&program, &rows);
    assert!(
        unchanged.stdout.ends_with("0 created, 0 updated, 12 unchanged\n"),
        "{}{}",
        unchanged.stdout,
        unchanged.stderr
    );
    for row in &mut rows {
        row["plan_id"] = json!("another");
    }
    let updated = import(&program, &rows);
    assert!(
        updated.stdout.ends_with("0 created, 12 updated, 0 unchanged\n"),
        "{}{}",
        updated.stdout,
        updated.stderr
    );
    rows[0]["info_icon"] = json!("new.png");
    assert_refused(&import(&program, &rows), "line 1: info_icon: must be");
}

#[tokio::test]
async fn what_breaks_the_rules_is_shown_and_logged() {
    let zooid = Emulator::start().await;
    let program = with_old_store(Program::for_zooid(&zooid));
    let status = program.done(&["status"]);
    let lines: Vec<_> = status
        .lines()
        .skip_while(|line| *line != "break rules for new relays:")
        .collect();
    assert_eq!(lines.len(), 9, "{status}");
    let of_reserved = lines.iter().find(|line| line.contains("reserved ")).unwrap();
    assert!(of_reserved.ends_with("schema \"sqlite_x\" begins with \"sqlite\", which the database of zooid reserves"));
    let json: Value = serde_json::from_str(&program.done(&["status", "--json"])).unwrap();
    assert_eq!(json["violations"].as_array().unwrap().len(), 8);
    assert_eq!(json["violations"][4]["field"], "host");

    let shown = program.done(&["relay", "show", "twin-1"]);
    assert!(
        shown.contains("breaks a rule            host \"twin-1.relays.example\" is also that of relay twin-2\n"),
        "{shown}"
    );
    assert!(!program.done(&["relay", "show", "idle"]).contains("breaks a rule"));
    assert_eq!(program.show("idle")["violations"], json!([]));

    let service = program.start();
    service.until_logged("is also that of relay twin-1");
    let warned = service
        .log()
        .lines()
        .filter(|line| line.contains("a stored relay breaks a rule"))
        .count();
    assert_eq!(warned, 8, "{}", service.log());
    assert_eq!(service.stop(), 0);
}

#[tokio::test]
async fn the_service_goes_on_with_the_relays_of_an_older_store() {
    let zooid = Emulator::start().await;
    let program = with_old_store(Program::for_zooid(&zooid));
    let _service = program.start();
    program.until_up_to_date("changing");
    program.until_up_to_date("Upper");
    assert_eq!(zooid.config("Upper").unwrap()["host"], "upper.relays.example");
    let reserved = program.until("reserved", |relay| relay["state"] == "gave_up");
    assert_eq!(
        reserved["sync_error"],
        "the row cannot be sent to zooid: schema \"sqlite_x\" begins with \"sqlite\", which the database of zooid reserves"
    );
    assert_eq!(zooid.config("reserved"), None);
}

#[tokio::test]
async fn relays_that_break_the_rules_are_deleted_as_any_other() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let program = with_old_store(Program::for_zooid(&zooid));
    let synced = ["twin-1", "port", "alice-2", "long"];
    for id in synced.into_iter().chain(["reserved"]) {
        program.done(&["relay", "delete", id, "--yes"]);
    }
    let broken: Vec<_> = program.status()["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["relay"].clone())
        .collect();
    assert_eq!(
        broken,
        ["alice", "twin-2"],
        "those that share something with a deleted one"
    );
    let _service = program.start();
    program.until_gone("reserved", Duration::from_secs(60));
    let deadline = Instant::now() + Duration::from_secs(60);
    for id in synced {
        let is_deleted = || {
            let requests = zooid.relay_requests();
            let mut of_relay = requests
                .iter()
                .filter(|request| request.path.ends_with(&format!("/{id}")));
            of_relay.any(|request| request.method == "DELETE")
        };
        while !is_deleted() {
            assert!(Instant::now() < deadline, "{id} was not deleted");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!(program.status()["relays"]["deleting"], 4);
}
