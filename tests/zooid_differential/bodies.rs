use contract_tests::relay::{PUBKEY, SECRET};
use serde_json::{Value, json};
use zooid_client::Profile;

use crate::pair::{Pair, config, config_with, object, set};

const PATH: &str = "/relay/alice";
const MIB: usize = 1024 * 1024;

/// All fields of both versions, and one unknown field.
const FIELDS: [&str; 36] = [
    "/host",
    "/schema",
    "/secret",
    "/inactive",
    "/info",
    "/info/name",
    "/info/icon",
    "/info/description",
    "/info/pubkey",
    "/policy",
    "/policy/public_read",
    "/policy/public_write",
    "/policy/public_join",
    "/policy/strip_signatures",
    "/groups",
    "/groups/enabled",
    "/management/enabled",
    "/push/enabled",
    "/blossom",
    "/blossom/enabled",
    "/blossom/authenticated_read",
    "/blossom/adapter",
    "/blossom/s3",
    "/blossom/s3/endpoint",
    "/blossom/s3/region",
    "/blossom/s3/bucket",
    "/blossom/s3/secret_key",
    "/livekit",
    "/livekit/server_url",
    "/livekit/api_key",
    "/livekit/api_secret",
    "/roles",
    "/roles/admin",
    "/roles/admin/pubkeys",
    "/roles/admin/can_invite",
    "/unknown",
];

pub fn compare(pair: &mut Pair) {
    types(pair);
    values(pair);
    shapes(pair);
    sizes(pair);
    s3(pair);
    pair.clear();
}

/// All fields with values of all types, in a POST and in a PATCH.
fn types(pair: &mut Pair) {
    let profile = pair.profile;
    for pointer in FIELDS {
        let values = [
            json!(null),
            json!(true),
            json!(1.5),
            json!(if pointer == "/secret" { "abc" } else { "text" }),
            json!([]),
            json!([1]),
            json!({}),
        ];
        for value in values.iter().filter(|value| !terminates_old(profile, pointer, value)) {
            let response = pair.json("POST", PATH, &config_with("alice", pointer, value.clone()));
            pair.files("a POST");
            if response.status != 201 {
                pair.json("POST", PATH, &config("alice"));
            }
            pair.json("PATCH", PATH, &object(pointer, value.clone()));
            pair.files("a PATCH");
            if pointer.len() % 3 == 0 {
                pair.json("PUT", PATH, &config_with("alice", pointer, value.clone()));
                pair.files("a PUT");
            }
            pair.send_signed("DELETE", PATH, "");
        }
    }
}

/// Returns whether the value removes the owner, which terminates old zooid.
fn terminates_old(profile: Profile, pointer: &str, value: &Value) -> bool {
    let no_owner = matches!(pointer, "/info" | "/info/pubkey") && (value.is_null() || value.is_object());
    profile == Profile::Old && no_owner
}

/// Values of validated fields, and texts that need escaping.
fn values(pair: &mut Pair) {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let keys: Vec<String> = vec![
        "1".into(),
        "abc".into(),
        "ABC".into(),
        "00".into(),
        "0".repeat(64),
        "f".repeat(64),
        order.into(),
        order.to_uppercase(),
        "a".repeat(63),
        "a".repeat(65),
        SECRET.to_uppercase(),
        PUBKEY.into(),
        PUBKEY.to_uppercase(),
    ];
    let hosts = [
        "a.test",
        "A.test",
        "a.test:80",
        "é.test",
        "a b",
        "\"\\\n\u{1}é🙂",
        "<a&b>",
    ];
    let schemas = ["_", "__", "a1", "a_", "_1x", "A", "1a", "a-b", "é", "a\n", "sqlitea"];
    let texts = [
        "",
        " ",
        "\"'\\",
        "a\r\n\tb\u{8}\u{c}\u{0}\u{7f}\u{1b}",
        "é🙂\u{2028}\u{feff}\u{fffd}",
        "<b>&amp;</b>",
    ];
    let schemas = schemas.iter().filter(|schema| is_harmless(schema));
    let mut cases: Vec<(&str, String)> = Vec::new();
    cases.extend(keys.iter().map(|key| ("/secret", key.clone())));
    cases.extend(keys.iter().map(|key| ("/info/pubkey", key.clone())));
    cases.extend(hosts.iter().map(|host| ("/host", (*host).to_owned())));
    cases.extend(schemas.map(|schema| ("/schema", (*schema).to_owned())));
    for pointer in ["/info/name", "/info/description", "/livekit/api_key"] {
        cases.extend(texts.iter().map(|text| (pointer, (*text).to_owned())));
    }
    for (pointer, value) in cases {
        let response = pair.json("POST", PATH, &config_with("alice", pointer, json!(value)));
        pair.files("a POST of a value");
        if response.status == 201 {
            pair.send_signed("PATCH", PATH, "{}");
            pair.files("an empty PATCH");
        } else {
            pair.json("POST", PATH, &config("alice"));
            pair.json("PATCH", PATH, &object(pointer, json!(value)));
        }
        pair.send_signed("DELETE", PATH, "");
    }
}

/// Other schemas terminate old zooid.
fn is_harmless(schema: &str) -> bool {
    !schema.contains('-') && !schema.trim_matches('_').starts_with(|c: char| c.is_ascii_digit()) && schema != "a\n"
}

/// Bodies that are not an object, not JSON, or have unusual spelling.
fn shapes(pair: &mut Pair) {
    let bodies = [
        "",
        " ",
        "{",
        "}",
        "[]",
        "1",
        "true",
        "\"x\"",
        "null",
        "{}",
        "{} x",
        "{\"host\":}",
        "nonsense",
        "\u{feff}{}",
        "{\"a\":1,}",
        "[1,2",
        "'x'",
        "{\"host\":\"a\nb\"}",
        "{\"host\":\"\\q\"}",
        "nul",
        "-",
        "01",
    ];
    for body in bodies {
        pair.send_signed("POST", PATH, body);
    }
    let mut spelled = config("alice");
    set(&mut spelled, "/INACTIVE", json!(true));
    set(&mut spelled, "/info/Name", json!("Alice"));
    set(&mut spelled, "/Policy", json!({ "PUBLIC_JOIN": true }));
    pair.json("POST", PATH, &spelled);
    for body in bodies {
        pair.send_signed("PUT", PATH, body);
        pair.send_signed("PATCH", PATH, body);
    }
    pair.files("odd bodies");
    for pointer in FIELDS {
        pair.json("PUT", PATH, &without(pointer));
        pair.files("a PUT with a field less");
    }
    pair.send_signed("DELETE", PATH, "");
}

fn without(pointer: &str) -> Value {
    let mut config = config("alice");
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    if let Some(Value::Object(parent)) = config.pointer_mut(parent) {
        parent.remove(key);
    }
    // A relay without an owner terminates old zooid.
    if pointer.starts_with("/info") {
        config["host"] = json!("");
    }
    config
}

fn sizes(pair: &mut Pair) {
    let padded = |body: &Value, length: usize| {
        let mut bytes = body.to_string().into_bytes();
        bytes.resize(length, b' ');
        bytes
    };
    for (method, body) in [
        ("POST", config("alice")),
        ("PUT", config("alice")),
        ("PATCH", json!({})),
    ] {
        pair.send_signed(method, PATH, padded(&body, MIB + 1));
        pair.send_signed(method, PATH, padded(&body, MIB));
        pair.files("a large body");
    }
    pair.send_signed("POST", PATH, padded(&json!({}), MIB + 1));
    pair.send_signed("DELETE", PATH, padded(&json!({}), MIB + 1));
}

fn s3(pair: &mut Pair) {
    let fields = ["bucket", "region", "access_key", "secret_key"];
    for missing in fields {
        let mut s3 = json!({ "bucket": "b", "region": "r", "access_key": "a", "secret_key": "s" });
        s3[missing] = json!("");
        for adapter in ["s3", "local", "", "tape", "S3"] {
            let blossom = json!({ "enabled": false, "adapter": adapter, "s3": s3 });
            pair.json("POST", PATH, &config_with("alice", "/blossom", blossom.clone()));
            pair.json("PATCH", PATH, &json!({ "blossom": blossom }));
            pair.files("a medium");
            pair.send_signed("DELETE", PATH, "");
        }
    }
}
