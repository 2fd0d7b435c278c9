use contract_tests::relay::PUBKEY;
use serde_json::{Value, json};
use zooid_client::Profile;

use crate::pair::{Pair, config};

const PATH: &str = "/relay/alice";

pub fn compare(pair: &mut Pair) {
    cuts(pair);
    repairs(pair);
    unchecked(pair);
}

fn alice() -> Value {
    let mut alice = config("alice");
    alice["info"]["name"] = json!("Alice é");
    alice["roles"] = json!({ "admin": { "pubkeys": [PUBKEY], "can_invite": true } });
    alice
}

/// The file truncated at the start, inside and at the end of its lines.
fn cuts(pair: &mut Pair) {
    pair.json("POST", PATH, &alice());
    pair.document("alice.test");
    let text = pair.emulated.toml("alice").unwrap();
    let mut at = vec![0];
    for line in text.split_inclusive('\n') {
        let begin = at.last().unwrap();
        let end = begin + line.len();
        at.push(end);
    }
    let ends = at.clone();
    at.extend(ends.iter().filter(|end| **end > 0).map(|end| end - 1));
    at.extend(ends.iter().map(|end| end + 4));
    at.retain(|cut| *cut < text.len() && is_harmless(pair.profile, &text, *cut));
    at.sort_unstable();
    for cut in at {
        pair.put_config("alice", &alice());
        pair.cut_file("alice", cut);
        let before = format!("a cut at {cut}");
        pair.send_signed("PATCH", PATH, r#"{"host":""}"#);
        pair.send_signed("PATCH", PATH, "{");
        pair.send_signed("PATCH", PATH, "[]");
        pair.json("POST", PATH, &alice());
        pair.json("POST", "/relay/bob", &config("alice"));
        pair.send_signed("DELETE", "/relay/bob", "");
        pair.files(&before);
        if cut % 3 == 0 {
            let request = pair.signed("GET", "/relay/alice/members", "");
            pair.send_until_same(&request);
        }
        let mut with_secret = alice();
        with_secret["secret"] = json!("");
        pair.json("PATCH", PATH, &with_secret);
        pair.json(
            "PATCH",
            PATH,
            &json!({ "host": "alice.test", "schema": "alice", "info": { "pubkey": PUBKEY } }),
        );
        pair.files(&before);
    }
    pair.clear();
}

/// A file with a secret but without an owner terminates old zooid.
fn is_harmless(profile: Profile, text: &str, cut: usize) -> bool {
    let (secret, owner) = (text.find("secret = ").unwrap(), text.find("  pubkey = ").unwrap());
    let line_end = |at: usize| at + text[at..].find('\n').unwrap();
    profile == Profile::Current || cut < line_end(secret) || cut >= line_end(owner)
}

fn repairs(pair: &mut Pair) {
    for cut in [0, 30] {
        pair.json("POST", PATH, &alice());
        pair.document("alice.test");
        pair.cut_file("alice", cut);
        pair.document("alice.test");
        pair.json("PATCH", PATH, &alice());
        pair.document("alice.test");
        pair.cut_file("alice", cut);
        pair.document("alice.test");
        pair.json("PUT", PATH, &alice());
        pair.document("alice.test");
        pair.cut_file("alice", cut);
        pair.restart();
        pair.document("alice.test");
        pair.send_signed("PATCH", PATH, "{}");
        pair.send_signed("DELETE", PATH, "");
        pair.files("a repair");
    }
}

/// Files that the API would not write.
fn unchecked(pair: &mut Pair) {
    let mut odd_schema = alice();
    odd_schema["schema"] = json!("Alice");
    let mut odd_secret = alice();
    odd_secret["secret"] = json!("0");
    let mut no_host = alice();
    no_host["host"] = json!("");
    let mut odd_adapter = alice();
    odd_adapter["blossom"] = json!({ "adapter": "tape" });
    for config in [odd_schema, odd_secret, no_host, odd_adapter] {
        pair.put_config("alice", &config);
        pair.document("alice.test");
        pair.send_signed("PATCH", PATH, r#"{"host":""}"#);
        pair.send_signed("PATCH", PATH, r#"{"info":{"name":"n"}}"#);
        pair.json("POST", "/relay/bob", &self::config("alice"));
        pair.send_signed("DELETE", "/relay/bob", "");
        let request = pair.signed("GET", "/relay/alice/members", "");
        pair.send_until_same(&request);
        pair.json("PUT", PATH, &alice());
        pair.files("a file written by hand");
        pair.document("alice.test");
        pair.send_signed("DELETE", PATH, "");
    }
}
