use std::net::TcpListener;

use crate::{
    http::{get, json},
    program::{Program, Service, TENANT, relay},
};

const README: &str = include_str!("../../../README.md");
const EXAMPLES: &str = include_str!("../../relays.example.json");
const RELAY_KEY: &str = "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff";

/// What the three example relays print at most.
const LONGEST: usize = 30;
const WIDEST: usize = 120;

fn lines_with<'o>(output: &'o str, word: &str) -> Vec<&'o str> {
    output.lines().filter(|line| line.starts_with(word)).collect()
}

/// The demo, once all relays are synced and the page is served until it is stopped.
fn demo(program: &Program, args: &[&str]) -> Service {
    let args = [&["dev"], args].concat();
    let service = program.start_with(&args, "dev.log");
    service.until_logged("Ctrl-C ends the demo");
    service
}

/// What `dev --once` prints; it must end by itself.
fn once(program: &Program, args: &[&str]) -> String {
    let args = [&["dev", "--once"], args].concat();
    let mut service = program.start_with(&args, "once.log");
    assert_eq!(service.wait(), 0, "{}", service.log());
    service.log()
}

/// What the line of the status page says.
fn page(service: &Service) -> String {
    let log = service.log();
    let [line] = lines_with(&log, "  status page  ")[..] else {
        panic!("no line for the page: {log}");
    };
    line.trim_start_matches("  status page  ").to_owned()
}

/// Whether a text has 64 hexadecimal digits in a row, as a secret key has, other than the public key that is known.
fn has_key(text: &str) -> bool {
    let text = text.replace(TENANT, "");
    let mut words = text.split(|c: char| !c.is_ascii_hexdigit());
    words.any(|word| word.len() >= 64) || text.contains("nsec1")
}

#[test]
fn once_shows_created_failed_retried_and_synced_and_exits() {
    let program = Program::new();
    let output = once(&program, &[]);
    assert_eq!(lines_with(&output, "create_relay").len(), 3, "{output}");
    assert_eq!(lines_with(&output, "complete_relay_sync").len(), 3, "{output}");
    let [failed] = lines_with(&output, "fail_relay_sync")[..] else {
        panic!("not one failure: {output}");
    };
    let (error, retry) = failed.rsplit_once("; retry in ").unwrap();
    assert_eq!(
        error,
        "fail_relay_sync      bob: cannot create relay bob: zooid returned 500 Internal Server Error: try later"
    );
    let retry: u64 = retry.strip_suffix("ms").unwrap().parse().unwrap();
    assert!((250..=500).contains(&retry), "{failed}");
    let of_bob: Vec<_> = output
        .lines()
        .filter(|line| line.contains("_relay") && line.contains(" bob"))
        .filter_map(|line| line.split(' ').next())
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(of_bob, ["create_relay", "fail_relay_sync", "complete_relay_sync"]);
    for synced in ["active      synced", "delinquent  synced"] {
        assert!(output.contains(synced), "{synced}: {output}");
    }
}

#[test]
fn every_line_and_column_is_explained_on_one_screen() {
    let program = Program::new().with("INFRA_LISTEN", "127.0.0.1:0");
    let service = demo(&program, &[]);
    let output = service.log();
    for explained in [
        "  zooid        hosts nostr relays",
        "  store        ",
        "  status page  ",
        "  create_relay         ",
        "  complete_relay_sync  ",
        "  fail_relay_sync      ",
        "  STATUS    ",
        "  SYNC      ",
        "  FAILURES  ",
        "Next: open the status page, run `cargo run -- --help`",
    ] {
        assert_eq!(lines_with(&output, explained).len(), 1, "{explained}: {output}");
    }
    assert!(output.lines().count() <= LONGEST, "{output}");
    assert!(output.lines().all(|line| line.chars().count() <= WIDEST), "{output}");
}

#[test]
fn the_readme_shows_the_output() {
    let program = Program::new().with("INFRA_LISTEN", "127.0.0.1:0");
    let output = demo(&program, &[]).log();
    let (_, section) = README.split_once("\n## See it work\n").unwrap();
    let (_, block) = section.split_once("```text\n").unwrap();
    let (block, _) = block.split_once("```\n").unwrap();
    // Ports, delays and the order of concurrent syncs differ.
    let comparable = |text: &str| {
        let text = text.replace(|c: char| c.is_ascii_digit(), "");
        let mut lines: Vec<_> = text.lines().map(|line| line.trim_end().to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(comparable(block), comparable(&output));
}

#[tokio::test]
async fn the_status_page_is_served_at_the_printed_address_until_the_demo_is_stopped() {
    let program = Program::new().with("INFRA_LISTEN", "127.0.0.1:0");
    let service = demo(&program, &[]);
    let url = page(&service);
    let shown = get(&format!("{url}/")).await;
    assert_eq!(shown.status(), 200);
    assert!(shown.text().await.unwrap().contains("<h1>Relays</h1>"));
    let relays = json(&format!("{url}/api/relays")).await;
    let states: Vec<_> = relays.as_array().unwrap().iter().map(|relay| &relay["state"]).collect();
    assert_eq!(states, ["synced", "synced", "synced"]);
    let metrics = get(&format!("{url}/metrics")).await.text().await.unwrap();
    assert!(
        metrics.contains(r#"infra_attempts_total{outcome="accepted"} 3"#),
        "{metrics}"
    );
    assert_eq!(service.stop(), 0);
}

#[tokio::test]
async fn an_address_in_use_is_named_and_replaced_by_a_free_port() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    let program = Program::new();
    let service = demo(&program, &["--listen", &taken.to_string()]);
    let said = page(&service);
    let (url, why) = said.split_once(' ').unwrap();
    assert_eq!(why, format!("({taken} is in use)"));
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(&format!(":{}", taken.port())));
    assert_eq!(get(&format!("{url}/readyz")).await.text().await.unwrap(), "ready\n");
}

#[test]
fn no_page_is_served_with_listen_off_nor_with_once() {
    let program = Program::new().with("INFRA_LISTEN", "off");
    let off = demo(&program, &[]).log();
    let once = once(&program, &["--listen", "127.0.0.1:0"]);
    for output in [off, once] {
        assert!(!output.contains("status page"), "{output}");
    }
}

#[test]
fn an_empty_listen_variable_means_the_default_address() {
    let program = Program::new().with("INFRA_LISTEN", "");
    let said = page(&demo(&program, &[]));
    // Another program, or another test, may use it.
    assert!(said.contains("127.0.0.1:9464"), "{said}");
}

#[test]
fn once_exits_even_without_relays() {
    let program = Program::new();
    program.file("none.json", "[]");
    let output = once(&program, &["none.json"]);
    assert!(output.contains("adds 0 relays"), "{output}");
}

#[tokio::test]
async fn no_secret_is_shown() {
    let program = Program::new().with("INFRA_LISTEN", "127.0.0.1:0");
    let mut alice = relay("alice");
    alice["secret"] = RELAY_KEY.into();
    program.file("mine.json", &serde_json::json!([alice, relay("bob")]).to_string());
    let service = demo(&program, &["mine.json"]);
    let url = page(&service);
    let mut shown = service.log();
    for path in ["/api/relays", "/api/overview", "/metrics"] {
        shown += &get(&format!("{url}{path}")).await.text().await.unwrap();
    }
    assert!(!has_key(&shown), "{shown}");
    assert!(has_key(RELAY_KEY), "a key would be seen");
}

#[test]
fn no_file_is_left_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let program = Program::new()
        .with("TMPDIR", temporary.path().to_str().unwrap())
        .with("INFRA_LISTEN", "off");
    program.done(&["dev", "--once"]);
    assert_eq!(program.folder.path().read_dir().unwrap().count(), 0);
    assert_eq!(demo(&program, &[]).stop(), 0);
    let service = program.start_with(&["dev"], "stopped.log");
    service.until_logged("create_relay         alice");
    assert_eq!(service.stop(), 0);
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}

#[test]
fn relays_are_read_from_a_given_file() {
    let program = Program::new();
    program.file("mine.json", &EXAMPLES.replace("\"alice\"", "\"anna\""));
    let output = once(&program, &["mine.json"]);
    assert!(output.contains("complete_relay_sync  anna"), "{output}");
}
