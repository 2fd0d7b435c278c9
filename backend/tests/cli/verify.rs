use serde_json::{Value, json};
use zooid_client::{
    emulator::{Emulator, Fault, Profile},
    types::{InfoPatch, RelayPatch},
};

use crate::program::{Program, relay};

/// A zooid and a store that agree on alice and on bob, who is inactive. The service is stopped, lest it mends things.
async fn synced(profile: Profile) -> (Emulator, Program) {
    let zooid = Emulator::builder().profile(profile).start().await.unwrap();
    let program = Program::for_zooid(&zooid);
    let service = program.start();
    // New relays have no such icon, but one that zooid has already may.
    let mut alice = relay("alice");
    alice["synced"] = json!(1);
    alice["schema"] = json!("alice");
    alice["secret"] = json!("0000000000000000000000000000000000000000000000000000000000000002");
    alice["info_name"] = json!("Alice");
    alice["info_icon"] = json!("/made-whole-by-zooid.png");
    program.file("relays.json", &json!([alice]).to_string());
    program.done(&["relay", "import", "relays.json"]);
    program.create("bob");
    program.done(&["relay", "deactivate", "bob"]);
    for id in ["alice", "bob"] {
        program.until_up_to_date(id);
    }
    assert_eq!(service.stop(), 0);
    (zooid, program)
}

async fn patch(zooid: &Emulator, id: &str, patch: RelayPatch) {
    let client = zooid.client().unwrap();
    client.patch_relay(&id.parse().unwrap(), &patch).await.unwrap();
}

#[tokio::test]
async fn what_zooid_serves_by_the_rows_is_the_same() {
    for profile in [Profile::Old, Profile::Current] {
        let (_zooid, program) = synced(profile).await;
        assert_eq!(
            program.done(&["verify"]),
            "same alice\nsame bob\n2 same, 0 different, 0 unseen\n"
        );
    }
}

#[tokio::test]
async fn every_difference_is_named_with_both_sides() {
    let (zooid, program) = synced(Profile::Current).await;
    let changed = RelayPatch {
        secret: Some("0000000000000000000000000000000000000000000000000000000000000003".into()),
        info: Some(InfoPatch {
            name: Some("Mallory".into()),
            ..InfoPatch::default()
        }),
        ..RelayPatch::default()
    };
    patch(&zooid, "alice", changed).await;
    let activated = RelayPatch {
        inactive: Some(false),
        ..RelayPatch::default()
    };
    patch(&zooid, "bob", activated).await;
    let refused = program.infra(&["verify"]);
    assert_eq!(refused.code, 8);
    assert_eq!(
        refused.stderr,
        "error: zooid differs from 2 of 2 rows; 0 could not be seen\n"
    );
    let lines: Vec<_> = refused.stdout.lines().collect();
    let named = r#"differs alice (served): name is "Mallory" on zooid, "Alice" by the row; self is "#;
    assert!(lines[0].starts_with(named), "{}", lines[0]);
    assert_eq!(
        lines[1],
        r#"differs bob (not served): served is "yes" on zooid, "no" by the row"#
    );

    let refused = program.infra(&["verify", "--json", "bob"]);
    let seen: Value = serde_json::from_str(&refused.stdout).unwrap();
    let served = json!([{ "field": "served", "row": "no", "zooid": "yes" }]);
    assert_eq!((&seen["verdict"], &seen["differences"]), (&"differs".into(), &served));
    zooid.remove("alice");
    let refused = program.infra(&["verify", "alice"]);
    assert!(
        refused.stdout.contains(r#"served is "no" on zooid"#),
        "{}",
        refused.stdout
    );
}

#[tokio::test]
async fn what_cannot_be_seen_is_no_difference() {
    let (zooid, program) = synced(Profile::Current).await;
    zooid.inject(Fault::status(502).body("<h1>Bad Gateway</h1>", "text/html"));
    let refused = program.infra(&["verify", "alice"]);
    assert_eq!(refused.code, 6);
    assert_eq!(
        refused.stdout,
        "unseen alice: zooid returned 502 Bad Gateway\n0 same, 0 different, 1 unseen\n"
    );
    zooid.inject(Fault::truncated_response());
    let refused = program.infra(&["verify", "alice"]);
    assert!(
        refused.stdout.contains("the response is not a NIP-11 document"),
        "{}",
        refused.stdout
    );
}

#[tokio::test]
async fn an_unknown_id_is_no_relay_to_verify() {
    let (_zooid, program) = synced(Profile::Current).await;
    let refused = program.infra(&["verify", "alice", "bobb"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (5, "error: there is no relay bobb; did you mean bob?\n")
    );
}
