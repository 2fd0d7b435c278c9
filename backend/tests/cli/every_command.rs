use std::collections::BTreeSet;

use serde_json::json;
use zooid_client::emulator::Emulator;

use crate::program::{Program, TENANT, relay};

const WIDEST: usize = 120;

/// How a command is seen to go well and to fail.
struct Row {
    command: &'static str,
    success: Success,
    failure: Failure,
}

/// The arguments after the command, and words of what it prints.
enum Success {
    Ends(&'static str, &'static str),
    /// With this store.
    EndsOn(&'static str, &'static str, &'static str),
    /// It prints nothing; the words are in its log, and it ends when it is asked to.
    Serves(&'static str, &'static str),
}
use Success::{Ends, EndsOn, Serves};

struct Failure {
    env: &'static [(&'static str, &'static str)],
    args: &'static str,
    code: i32,
    says: &'static str,
}

const fn fails(args: &'static str, code: i32, says: &'static str) -> Failure {
    fails_with(&[], args, code, says)
}

const fn fails_with(
    env: &'static [(&'static str, &'static str)],
    args: &'static str,
    code: i32,
    says: &'static str,
) -> Failure {
    Failure { env, args, code, says }
}

const fn row(command: &'static str, success: Success, failure: Failure) -> Row {
    Row {
        command,
        success,
        failure,
    }
}

const NO_STORE: &[(&str, &str)] = &[("DATABASE_URL", "no/such/folder/infra.db")];
const NO_URL: &[(&str, &str)] = &[("ZOOID_API_URL", "")];
const UNOPENED: &str = "cannot open no/such/folder/infra.db";
const NO_ALISE: &str = "there is no relay alise; did you mean alice?";

/// In an order in which one may follow the other, where zooid serves alice, bob and carol, and old.db has erin.
const ROWS: [Row; 20] = [
    row(
        "activity",
        Ends("", "complete_relay_sync  alice"),
        fails_with(NO_STORE, "", 7, UNOPENED),
    ),
    row(
        "completions",
        Ends("bash", "complete -F _infra"),
        fails("bahs", 2, "similar value exists: 'bash'"),
    ),
    row(
        "config check",
        Ends("", "zooid accepts the key"),
        fails_with(NO_URL, "", 3, "1 check is wrong"),
    ),
    row(
        "dev",
        Ends("--once", "complete_relay_sync  carol"),
        fails("none.json", 4, "cannot read none.json"),
    ),
    row(
        "man",
        Ends("", ".TH infra 1"),
        fails("nowhere", 1, "cannot write manual pages into nowhere"),
    ),
    row(
        "relay create",
        Ends(
            "--tenant TENANT --subdomain dave --domain relays.example",
            " at dave.relays.example",
        ),
        fails(
            "--tenant TENANT --subdomain a/b --domain relays.example",
            4,
            "subdomain must be",
        ),
    ),
    row(
        "relay import",
        Ends("relays.json", "1 created"),
        fails("none.json", 4, "cannot read none.json"),
    ),
    row(
        "relay list",
        Ends("", "alice.relays.example"),
        fails_with(NO_STORE, "", 7, UNOPENED),
    ),
    row(
        "relay show",
        Ends("alice", "alice.relays.example"),
        fails("alise", 5, NO_ALISE),
    ),
    row(
        "relay update",
        Ends("alice --push", "updated alice"),
        fails("alise --push", 5, NO_ALISE),
    ),
    row(
        "relay deactivate",
        Ends("alice", "updated alice"),
        fails("alise", 5, NO_ALISE),
    ),
    row(
        "relay activate",
        Ends("alice", "updated alice"),
        fails("alise", 5, NO_ALISE),
    ),
    row(
        "relay resync",
        Ends("alice", "will be synced alice"),
        fails("alise", 5, NO_ALISE),
    ),
    row(
        "relay delete",
        Ends("carol --yes", "deleting carol; the running service deletes it"),
        fails("alise --yes", 5, NO_ALISE),
    ),
    row(
        "resync",
        Ends("alice", "1 relay will be synced"),
        fails("alise", 5, NO_ALISE),
    ),
    row(
        "run",
        Serves(
            "--listen 127.0.0.1:0",
            "status page, /metrics, /healthz and /readyz at ",
        ),
        fails_with(NO_URL, "", 3, "ZOOID_API_URL: missing"),
    ),
    row(
        "store copy",
        EndsOn("new.db", "old.db", "copied 1 relays and 1 activities"),
        fails("none.db", 4, "there is no store at none.db"),
    ),
    row("status", Ends("", "synced "), fails_with(NO_STORE, "", 7, UNOPENED)),
    row("verify", Ends("bob", "same bob"), fails("alise", 5, NO_ALISE)),
    row(
        "zooid members",
        Ends("bob", "somebody"),
        fails("a/b", 4, "relay id \"a/b\" has '/'"),
    ),
];

/// All commands, those with commands of their own among them, as the help names them.
fn commands(program: &Program) -> Vec<String> {
    let mut known = vec![String::new()];
    let mut next = 0;
    while let Some(group) = known.get(next).cloned() {
        known.extend(subcommands(&help(program, &group)).map(|name| format!("{group} {name}").trim().to_owned()));
        next += 1;
    }
    known.split_off(1)
}

fn subcommands(help: &str) -> impl Iterator<Item = &str> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    // A text that goes on is further to the right.
    let names = list
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
}

fn args<'a>(command: &'a str, args: &'a str) -> Vec<&'a str> {
    let words = command.split_whitespace().chain(args.split_whitespace());
    words.map(|word| if word == "TENANT" { TENANT } else { word }).collect()
}

fn help(program: &Program, command: &str) -> String {
    program.done(&args(command, "--help"))
}

/// The options of a command as a shell is told of them.
fn options<'s>(completions: &'s str, command: &str) -> BTreeSet<&'s str> {
    let label = format!("infra {command}").trim().replace(' ', "__subcmd__");
    let (_, case) = completions.split_once(&format!("\n        {label})\n")).unwrap();
    let (_, words) = case.split_once("opts=\"").unwrap();
    let (words, _) = words.split_once('"').unwrap();
    words.split_whitespace().filter(|word| word.starts_with('-')).collect()
}

fn done_on(program: &Program, store: &str, args: &[&str]) -> String {
    let done = program.infra_with(&[("DATABASE_URL", store)], args);
    assert_eq!(done.code, 0, "{args:?} on {store}: {}", done.stderr);
    done.stdout
}

#[test]
fn every_command_has_a_row() {
    let program = Program::new();
    let commands = commands(&program);
    let groups: BTreeSet<_> = commands
        .iter()
        .filter_map(|command| Some(command.rsplit_once(' ')?.0))
        .collect();
    let to_do: BTreeSet<_> = commands
        .iter()
        .map(String::as_str)
        .filter(|command| !groups.contains(command))
        .collect();
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.command).collect();
    assert_eq!(rows, to_do, "what each command does is tested here, well and not");
    assert_eq!(rows.len(), ROWS.len(), "no command twice");
}

#[test]
fn every_help_names_all_options_and_fits_a_terminal() {
    let program = Program::new();
    let completions = program.done(&["completions", "bash"]);
    let all = commands(&program);
    for command in std::iter::once("").chain(all.iter().map(String::as_str)) {
        for flag in ["--help", "-h"] {
            let help = program.done(&args(command, flag));
            for option in options(&completions, command) {
                let named = help.lines().any(|line| {
                    let mut words = line.split_whitespace();
                    words.any(|word| word.split(['[', ',']).next() == Some(option))
                });
                assert!(named, "{command} {flag} does not name {option}: {help}");
            }
            let too_wide = help.lines().find(|line| line.chars().count() > WIDEST);
            assert_eq!(too_wide, None, "{command} {flag}");
            assert!(help.contains("\nUsage: infra"), "{command} {flag}: {help}");
        }
    }
}

#[test]
fn a_misspelt_command_is_told_which_was_perhaps_meant() {
    let program = Program::new();
    for command in commands(&program) {
        let last = command.chars().next_back().unwrap();
        let misspelt = format!("{command}{last}");
        let refused = program.infra(&args(&misspelt, ""));
        let name = command.split(' ').next_back().unwrap();
        assert_eq!(refused.code, 2, "{misspelt}");
        let meant = refused.stderr.contains(" exist") && refused.stderr.contains(&format!("'{name}'"));
        assert!(meant, "{misspelt}: {}", refused.stderr);
    }
}

#[tokio::test]
async fn every_command_goes_well_and_fails_as_it_should() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let _service = program.start();
    for id in ["alice", "bob", "carol"] {
        program.create(id);
        program.until_up_to_date(id);
    }
    zooid.set_members("bob", vec!["somebody".to_owned()]);
    program.file("relays.json", &json!([relay("erin")]).to_string());
    done_on(&program, "old.db", &["relay", "import", "relays.json"]);
    for row in &ROWS {
        match row.success {
            Ends(given, words) => {
                let printed = program.done(&args(row.command, given));
                assert!(printed.contains(words), "{} {given} printed {printed}", row.command);
            }
            EndsOn(store, given, words) => {
                let printed = done_on(&program, store, &args(row.command, given));
                assert!(printed.contains(words), "{} {given} printed {printed}", row.command);
            }
            Serves(given, words) => {
                let another = Program::for_zooid(&zooid);
                let service = another.start_with(&args(row.command, given), "log");
                service.until_logged(words);
                assert_eq!(service.stop(), 0, "{} {given}", row.command);
            }
        }
        let Failure {
            env,
            args: given,
            code,
            says,
        } = row.failure;
        let failed = program.infra_with(env, &args(row.command, given));
        assert_eq!(failed.code, code, "{} {given}: {}", row.command, failed.stderr);
        let told = failed.stderr.starts_with("error: ") && failed.stderr.contains(says);
        assert!(told, "{} {given}: {}", row.command, failed.stderr);
    }
}
