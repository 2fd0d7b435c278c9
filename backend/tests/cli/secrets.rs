use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use zooid_client::emulator::{Emulator, Fault};

use crate::{
    http::get,
    program::{Program, TENANT},
};

const RELAY_KEY: &str = "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff";
const PLANTED: [&str; 5] = [
    "planted-access-key",
    "planted-secret-key",
    "planted-livekit-key",
    "planted-livekit-secret",
    RELAY_KEY,
];

fn relay() -> String {
    json!([{
        "id": "alice", "tenant_pubkey": TENANT, "schema": "alice", "secret": RELAY_KEY, "subdomain": "alice",
        "zooid_domain": "relays.example", "status": "active", "policy_public_read": 1, "policy_public_write": 0,
        "policy_public_join": 0, "policy_strip_signatures": 0, "groups_enabled": 0, "management_enabled": 0,
        "blossom_enabled": 1, "livekit_enabled": 1, "push_enabled": 0,
    }])
    .to_string()
}

#[tokio::test]
async fn no_secret_is_in_any_output_whatever_is_logged() {
    let zooid = Emulator::start().await;
    let api_key = zooid.keys().secret_key().to_secret_hex();
    let program = with_shared_secrets(Program::for_zooid(&zooid)).with("RUST_LOG", "trace");
    let refused = Fault::status(400).body(format!("invalid secret key: {RELAY_KEY}"), "text/plain");
    zooid.inject(refused.for_relay("alice"));
    zooid.inject(Fault::lose_response(502).for_relay("alice"));
    program.file("relays.json", &relay());
    let service = program.start();

    let mut outputs = Vec::new();
    let mut run = |args: &[&str]| {
        let ended = program.infra(args);
        outputs.push(ended.stdout);
        outputs.push(ended.stderr);
    };
    run(&["relay", "import", "relays.json"]);
    run(&["relay", "update", "alice", "--name", "Alice"]);
    run(&["relay", "list"]);
    run(&["relay", "show", "alice"]);
    run(&["relay", "show", "alice", "--json"]);
    run(&["activity", "--json"]);
    run(&["zooid", "members", "alice"]);
    run(&["--log", "json", "zooid", "members", "alice"]);
    run(&["config", "check"]);
    run(&["verify"]);
    program.until_up_to_date("alice");
    run(&["relay", "list", "--json"]);
    run(&["dev", "--once"]);
    run(&["relay", "delete", "alice"]);
    let held = zooid.config("alice").unwrap();
    assert_eq!(held["secret"], RELAY_KEY, "zooid has the secrets");
    assert_eq!(held["blossom"]["s3"]["secret_key"], PLANTED[1]);
    outputs.push(service.log());

    let all = outputs.join("\n");
    assert!(all.contains("TRACE"), "the most talkative level is on");
    for secret in PLANTED.iter().copied().chain([api_key.as_str()]) {
        assert!(!all.contains(secret), "a secret is shown: {}…", &secret[..8]);
    }
}

fn with_shared_secrets(program: Program) -> Program {
    program
        .with("BLOSSOM_S3_REGION", "eu")
        .with("BLOSSOM_S3_BUCKET", "media")
        .with("BLOSSOM_S3_ACCESS_KEY", PLANTED[0])
        .with("BLOSSOM_S3_SECRET_KEY", PLANTED[1])
        .with("LIVEKIT_URL", "wss://livekit.example")
        .with("LIVEKIT_API_KEY", PLANTED[2])
        .with("LIVEKIT_API_SECRET", PLANTED[3])
}

#[tokio::test]
async fn an_answer_that_repeats_secrets_shows_them_nowhere() {
    let echo = PLANTED.join(" ");
    let in_base64 = BASE64_STANDARD.encode(&echo);
    for echo in [json!({ "error": echo }).to_string(), in_base64.clone()] {
        let zooid = Emulator::start().await;
        let program = with_shared_secrets(Program::for_zooid(&zooid))
            .with("INFRA_LISTEN", "127.0.0.1:0")
            .with("INFRA_RETRY_BASE", "1h")
            .with("INFRA_RETRY_CAP", "1h");
        zooid.inject(Fault::status(400).body(echo, "application/json").for_relay("alice"));
        let service = program.start();
        program.file("relays.json", &relay());
        program.done(&["relay", "import", "relays.json"]);
        program.until("alice", |relay| relay["sync_error"] != "");
        let mut outputs = vec![service.log()];
        for path in ["/api/relays", "/api/relays/alice/activity", "/api/overview"] {
            outputs.push(get(&format!("{}{path}", service.url())).await.text().await.unwrap());
        }
        for args in [
            &["relay", "list"][..],
            &["relay", "show", "alice"],
            &["status", "--json"],
            &["activity"],
        ] {
            outputs.push(program.done(args));
        }
        let all = outputs.join("\n");
        assert!(all.contains("[redacted]"), "{all}");
        for secret in PLANTED.iter().copied().chain([&in_base64[..20]]) {
            assert!(!all.contains(secret), "a secret is shown: {}…", &secret[..8]);
        }
    }
}

#[test]
fn a_wrong_key_in_a_file_or_the_environment_is_not_repeated() {
    let secret = "4b0ed3b1-planted-and-wrong";
    let program = Program::new()
        .with("ZOOID_API_SECRET", secret)
        .with("ZOOID_API_URL", "https://user:planted-password@zooid.example");
    program.file("relays.json", &relay().replace(RELAY_KEY, secret));
    program.file(
        "number.json",
        &relay().replace(&format!("\"{RELAY_KEY}\""), "4242424242"),
    );
    for args in [
        &["run"][..],
        &["relay", "import", "relays.json"],
        &["relay", "import", "number.json"],
    ] {
        let refused = program.infra(args);
        assert_ne!(refused.code, 0);
        for shown in [secret, "4242424242", "planted-password"] {
            assert!(!refused.stderr.contains(shown), "{}", refused.stderr);
        }
    }
}
