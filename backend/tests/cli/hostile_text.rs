//! Texts of tenants and of zooid that try to control a terminal.

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use zooid_client::{
    emulator::{Emulator, Fault},
    types::{InfoPatch, RelayPatch},
};

use crate::program::{Ended, Program, relay};

/// Colours, bell, backspace, C1 and DEL, every character that changes the direction of text, and ends of lines.
const HOSTILE: &str = "\u{1b}[31m\u{7}\u{8}\u{7f}\u{9b}2J\u{85}\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\
    \u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{2028}\u{2029}\r\nforged\ttext";

fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn assert_harmless(what: &str, text: &str) {
    assert_eq!(text.chars().find(|c| is_hostile(*c)), None, "{what}: {text:?}");
    let forged = text.lines().find(|line| line.trim_start().starts_with("forged"));
    assert_eq!(forged, None, "{what}: {text:?}");
}

/// Runs a command that must show the hostile text, without harm.
#[track_caller]
fn shown(program: &Program, env: &[(&str, &str)], args: &[&str]) -> Ended {
    let ended = program.infra_with(env, args);
    let what = format!("{args:?}");
    assert_harmless(&what, &ended.stdout);
    assert_harmless(&what, &ended.stderr);
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert!(all.contains("[31m") && all.contains("forged"), "{what}: {all}");
    ended
}

fn hostile_answer(status: u16) -> Fault {
    Fault::status(status).body(json!({ "error": HOSTILE }).to_string(), "application/json")
}

async fn execute(program: &Program, sql: &'static str) {
    let path = program.folder.path().join("infra.db");
    let mut file = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query(sql).bind(HOSTILE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();
}

/// A store with `alice`, whose texts are hostile and whose sync zooid refused in hostile words, and a relay with a
/// hostile id, status, host and activity. No command accepts such texts, but rows may come from elsewhere.
async fn hostile_store(zooid: &Emulator) -> Program {
    let program = Program::for_zooid(zooid);
    program.create("alice");
    program.create("bob");
    execute(
        &program,
        "UPDATE relay SET plan_id = $1, info_name = $1, info_icon = $1, info_description = $1 WHERE id = 'alice'",
    )
    .await;
    zooid.inject(hostile_answer(400).for_relay("alice"));
    let service = program.start();
    program.until("alice", |relay| relay["state"] == "gave_up");
    program.until_up_to_date("bob");
    assert_eq!(service.stop(), 0);
    assert_harmless("log", &service_log(&program));
    program.create("hidden");
    execute(
        &program,
        "DELETE FROM relay_host WHERE relay_id = 'hidden' OR relay_id = $1",
    )
    .await;
    execute(
        &program,
        "UPDATE relay SET id = $1, status = $1, subdomain = $1, host = $1, sync_error = $1 WHERE id = 'hidden'",
    )
    .await;
    execute(
        &program,
        "UPDATE activity SET resource_id = $1, activity_type = $1 WHERE resource_id = 'hidden'",
    )
    .await;
    program
}

fn service_log(program: &Program) -> String {
    let log = std::fs::read_to_string(program.folder.path().join("run.log")).unwrap();
    assert!(log.contains("forged"), "{log}");
    log
}

#[tokio::test]
async fn every_command_that_shows_relays_escapes_what_they_are_called_and_what_zooid_said() {
    let zooid = Emulator::start().await;
    let program = hostile_store(&zooid).await;
    for args in [
        &["relay", "list"][..],
        &["relay", "show", "alice"],
        &["relay", "show", HOSTILE],
        &["status"],
        &["activity"],
        &["resync", "alice", "--dry-run"],
        &["resync", "--all", "--dry-run"],
        &["resync", HOSTILE],
        &["resync", "--all"],
        &["relay", "resync", HOSTILE],
        &["relay", "deactivate", HOSTILE],
        &["relay", "activate", HOSTILE],
        &["relay", "delete", HOSTILE],
        &["relay", "update", HOSTILE, "--push"],
        &["verify", HOSTILE],
        &["relay", "delete", HOSTILE, "--yes"],
        &["relay", "update", HOSTILE, "--push"],
    ] {
        shown(&program, &[], args);
    }
}

#[tokio::test]
async fn json_is_escaped_too_and_means_the_same() {
    let zooid = Emulator::start().await;
    let program = hostile_store(&zooid).await;
    let parsed = |args: &[&str]| -> Vec<Value> {
        let ended = shown(&program, &[], args);
        ended
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let listed = parsed(&["relay", "list", "--json"]);
    let alice = listed.iter().find(|relay| relay["id"] == "alice").unwrap();
    assert_eq!(
        (&alice["info_name"], &alice["info_description"]),
        (&HOSTILE.into(), &HOSTILE.into())
    );
    assert!(alice["sync_error"].as_str().unwrap().ends_with(HOSTILE), "{alice}");
    assert!(listed.iter().any(|relay| relay["id"] == HOSTILE), "{listed:?}");
    assert_eq!(parsed(&["relay", "show", HOSTILE, "--json"])[0]["status"], HOSTILE);
    assert_eq!(parsed(&["activity", "--json"]).last().unwrap()["resource_id"], HOSTILE);
    assert_eq!(parsed(&["status", "--json"]).len(), 1);
    zooid.set_members("bob", vec![HOSTILE.to_owned()]);
    assert_eq!(parsed(&["zooid", "members", "bob", "--json"]), [json!([HOSTILE])]);
    let verified = parsed(&["verify", "--json"]);
    assert_eq!(verified.last().unwrap()["id"], "bob");
}

#[tokio::test]
async fn what_zooid_serves_is_escaped() {
    let zooid = Emulator::start().await;
    let program = hostile_store(&zooid).await;
    zooid.set_members("bob", vec![HOSTILE.to_owned()]);
    shown(&program, &[], &["zooid", "members", "bob"]);
    let patch = RelayPatch {
        info: Some(InfoPatch {
            name: Some(HOSTILE.into()),
            ..InfoPatch::default()
        }),
        ..RelayPatch::default()
    };
    zooid
        .client()
        .unwrap()
        .patch_relay(&"bob".parse().unwrap(), &patch)
        .await
        .unwrap();
    shown(&program, &[], &["verify", "bob"]);
    zooid.inject(Fault::status(200).body(json!([HOSTILE]).to_string(), "application/json"));
    assert_harmless("verify", &program.infra(&["verify", "bob"]).stdout);
    zooid.inject(hostile_answer(404));
    shown(&program, &[], &["zooid", "members", "bob"]);
    zooid.inject(hostile_answer(502));
    shown(&program, &[], &["zooid", "members", "bob"]);
}

#[tokio::test]
async fn an_outage_in_hostile_words_is_escaped() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    program.create("alice");
    zooid.inject(hostile_answer(403).times(1000));
    for log in ["text", "json"] {
        let service = program.start_with(&["run", "--log", log], "run.log");
        service.until_logged("forged");
        assert_eq!(service.stop(), 0);
        assert_harmless(log, &service_log(&program));
    }
    let status = shown(&program, &[], &["status"]);
    assert!(status.stdout.starts_with("zooid: down for "), "{}", status.stdout);

    let zooid = Emulator::start().await;
    zooid.inject(hostile_answer(403).times(3));
    shown(&Program::for_zooid(&zooid), &[], &["config", "check"]);
}

#[tokio::test]
async fn settings_files_and_arguments_are_escaped_in_errors() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let bucket = [
        ("BLOSSOM_S3_REGION", "eu"),
        ("BLOSSOM_S3_BUCKET", HOSTILE),
        ("BLOSSOM_S3_ACCESS_KEY", "access-key"),
        ("BLOSSOM_S3_SECRET_KEY", "secret-key"),
    ];
    shown(&program, &bucket, &["config", "check"]);
    shown(
        &program,
        &[("DATABASE_URL", &format!("no/{HOSTILE}/infra.db"))],
        &["relay", "list"],
    );
    let mut hostile = relay(HOSTILE);
    hostile["status"] = "\0".into();
    program.file("ids.json", &json!([hostile]).to_string());
    program.file("twice.json", &json!([relay("a"), relay("a")]).to_string());
    let number = json!([relay("a")])
        .to_string()
        .replace("\"79be", &format!("[{}], \"79be", json!(HOSTILE)));
    program.file("syntax.json", &number);
    let mut wrong = relay("a");
    wrong["policy_public_read"] = HOSTILE.into();
    program.file("types.json", &json!([wrong]).to_string());
    for file in ["ids.json", "types.json"] {
        let failed = shown(&program, &[], &["relay", "import", file]);
        assert_eq!(failed.code, 4);
        assert!(
            failed.stderr.lines().count() > 1,
            "each problem has a line: {}",
            failed.stderr
        );
    }
    for args in [
        &["relay", "import", HOSTILE][..],
        &["relay", "show", HOSTILE],
        &["zooid", "members", HOSTILE],
        &["store", "copy", HOSTILE],
        &["man", HOSTILE],
        &["dev", HOSTILE],
    ] {
        shown(&program, &[], args);
    }
    for file in ["twice.json", "syntax.json"] {
        assert_harmless(file, &program.infra(&["relay", "import", file]).stderr);
    }
}
