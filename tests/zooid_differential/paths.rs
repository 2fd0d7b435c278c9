use zooid_client::Profile;

use crate::pair::{Pair, config, unsigned};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Unknown paths, and paths that Go cleans.
const OTHERS: [&str; 29] = [
    "/",
    "//",
    "/x",
    "/relay",
    "/relay/",
    "/relay//",
    "//relay/alice",
    "/relay//alice",
    "/relay//members",
    "/relay/alice/",
    "/relay/alice//",
    "/relay/alice//members",
    "/relay/alice/x",
    "/relay/alice/members",
    "/relay/alice/members/",
    "/relay/alice/members/x",
    "/relay/alice?x=1",
    "/relay/alice/?x=1",
    "//relay/alice?x=1&y=//",
    "/Relay/alice",
    "/relays/alice",
    "/relay/%61lice",
    "/relay//%61lice",
    "/relay/alice/member%73",
    "/%72elay/alice",
    "/relay/a%zz",
    "/relay/a%4",
    "/relay/a%",
    "/.well-known/nip29/livekit/webhook",
];

/// Ids that are file names.
const IDS: [&str; 28] = [
    "a",
    "A",
    "0",
    "-",
    "_",
    "~",
    ".x",
    "a.b",
    "a..b",
    "...",
    "x.toml",
    "members",
    "relay",
    "con",
    "a%20b",
    "a+b",
    "a%2Bb",
    "a:b@c&d;e",
    "a%3Fb",
    "a%23b",
    "a%25b",
    "a%252Fb",
    "a%22b%27c",
    "%7Ba%7D",
    "%C3%A9",
    "%F0%9F%99%82",
    "a%0Ab",
    "a%5Cb",
];

pub fn compare(pair: &mut Pair) {
    pair.json("POST", "/relay/alice", &config("alice"));
    for path in OTHERS {
        for method in METHODS {
            // Go sends the body of its own 400 even for HEAD.
            let is_odd = method == "HEAD" && path.contains("/a%");
            let deletes = method == "DELETE" && path.contains("lice");
            if !is_odd && !deletes {
                pair.send(&unsigned(method, path, ""));
                pair.json(method, path, &config("alice"));
            }
        }
        pair.files(path);
    }
    ids(pair);
    long_ids(pair);
    slashes(pair);
    webhook(pair);
}

fn ids(pair: &mut Pair) {
    for (number, id) in IDS.into_iter().enumerate() {
        let path = format!("/relay/{id}");
        let body = config(&format!("id{number}"));
        pair.json("PATCH", &path, &body);
        pair.json("POST", &path, &body);
        pair.json("POST", &path, &body);
        pair.send_signed("PATCH", &path, r#"{"info":{"name":"n"}}"#);
        pair.send_signed("PATCH", &path, r#"{"host":""}"#);
        pair.files(&path);
    }
    pair.clear_escaped(&IDS);
}

fn long_ids(pair: &mut Pair) {
    let ids = [
        "a".repeat(200),
        "a".repeat(250),
        "a".repeat(251),
        "a".repeat(300),
        "%C3%A9".repeat(125),
        "%C3%A9".repeat(126),
        "a%00b".to_owned(),
        "%00".to_owned(),
    ];
    for id in &ids {
        let path = format!("/relay/{id}");
        let requests = [
            ("POST", path.clone(), config("long").to_string()),
            ("POST", path.clone(), "{".to_owned()),
            ("PUT", path.clone(), config("long").to_string()),
            ("PATCH", path.clone(), r#"{"host":""}"#.to_owned()),
            ("PATCH", path.clone(), "{}".to_owned()),
            ("GET", format!("{path}/members"), String::new()),
            ("DELETE", path.clone(), String::new()),
            ("DELETE", path.clone(), String::new()),
        ];
        for (method, path, body) in requests {
            pair.send_signed(method, &path, body);
        }
    }
    pair.files("long ids");
}

/// Escaped slashes in ids: old zooid ends the id there, current zooid uses them in the file's path.
fn slashes(pair: &mut Pair) {
    let ids = [
        "w%2Fx",
        "w%2F",
        "w%2F.",
        "%2Fw",
        ".%2Fw",
        "x%2F..%2Fw",
        "..%2Fconfig%2Fw",
        "%2e%2e%2fconfig%2fw",
        "no-folder%2Fx",
        "..%2Fno-folder%2Fx",
    ];
    for id in ids {
        pair.json("POST", "/relay/w", &config("w"));
        let path = format!("/relay/{id}");
        pair.json("POST", &path, &config("w"));
        pair.json("POST", &path, &config("other"));
        pair.send_signed("PATCH", &path, r#"{"info":{"name":"n"}}"#);
        pair.send_signed("PATCH", &path, r#"{"host":"w2.test","schema":"w2"}"#);
        pair.json("PUT", &path, &config("w"));
        pair.send_signed("GET", &format!("{path}/members"), "");
        pair.files(id);
        pair.send_signed("DELETE", &path, "");
        pair.files(id);
        pair.clear();
    }
}

fn webhook(pair: &mut Pair) {
    let path = "/.well-known/nip29/livekit/webhook";
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"room":null}"#,
        r#"{"room":1}"#,
        r#"{"room":{"metadata":1}}"#,
        r#"{"room":{"metadata":" "}}"#,
        r#"{"room":{"metadata":"nobody"}}"#,
    ] {
        pair.send(&unsigned("POST", path, body));
    }
    pair.send(&unsigned("POST", path, " ".repeat(1024 * 1024 + 1)));
    if pair.profile == Profile::Current {
        let mut body = config("hook");
        pair.json("POST", "/relay/hook", &body);
        pair.document("hook.test");
        let event = r#"{"room":{"metadata":"hook"}}"#;
        pair.send(&unsigned("POST", path, event));
        body["livekit"] = serde_json::json!({ "api_key": "k", "api_secret": "s" });
        body["info"]["name"] = "hooked".into();
        pair.json("PUT", "/relay/hook", &body);
        pair.document("hook.test");
        pair.send(&unsigned("POST", path, event));
    }
    pair.clear();
}

impl Pair {
    fn clear_escaped(&mut self, ids: &[&str]) {
        for id in ids {
            self.send_signed("DELETE", &format!("/relay/{id}"), "");
        }
        self.clear();
    }
}
