use contract_tests::relay::PUBKEY;
use serde_json::{Value, json};

use crate::pair::{Pair, config, document, object};

const PATH: &str = "/relay/alice";
const HOST: &str = "alice.test";

pub fn compare(pair: &mut Pair) {
    features(pair);
    texts(pair);
    icons(pair);
    hosts(pair);
    life(pair);
}

fn features(pair: &mut Pair) {
    let features = ["groups", "management", "push", "blossom"];
    for on in 0..16_u32 {
        let mut body = config("alice");
        for (bit, feature) in features.iter().enumerate() {
            body[*feature] = json!({ "enabled": on & (1 << bit) != 0 });
        }
        body["info"]["name"] = json!(format!("features {on}"));
        pair.json(if on == 0 { "POST" } else { "PUT" }, PATH, &body);
        pair.document(HOST);
    }
    pair.send_signed("DELETE", PATH, "");
}

fn texts(pair: &mut Pair) {
    pair.json("POST", PATH, &config("alice"));
    pair.document(HOST);
    for field in ["name", "description"] {
        for text in ["n", " ", "\"<>&é🙂\u{1}\u{2028}\u{7f}", ""] {
            pair.json("PATCH", PATH, &object(&format!("/info/{field}"), json!(text)));
            pair.document(HOST);
        }
    }
    for patch in [
        json!({ "secret": "abc" }),
        json!({ "secret": "A".repeat(64) }),
        json!({ "info": { "pubkey": PUBKEY.to_uppercase(), "name": "upper" } }),
        json!({ "inactive": true }),
        json!({ "inactive": false }),
        json!({ "policy": { "public_join": true }, "livekit": { "api_key": "k", "api_secret": "s" } }),
    ] {
        pair.json("PATCH", PATH, &patch);
        pair.document(HOST);
    }
    pair.send_signed("DELETE", PATH, "");
    pair.document(HOST);
}

fn icons(pair: &mut Pair) {
    pair.json("POST", PATH, &config("alice"));
    for icon in [
        "https://i.test/i.png",
        "http://i.test",
        "HTTPS://i.test/i.png",
        "i.png",
        "/i.png",
        "//i.png",
        " https://i.test",
        "data:image/png;base64,AA",
        "../x",
        "/",
        "<é>",
    ] {
        pair.json("PATCH", PATH, &json!({ "info": { "icon": icon } }));
        pair.document(HOST);
    }
    for (name, value) in [
        ("X-Forwarded-Host", "other.test"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Proto", "ftp"),
    ] {
        let mut request = document(HOST);
        request.headers.push((name, value.to_owned()));
        pair.send(&request);
    }
    pair.send_signed("DELETE", PATH, "");
}

/// The host of a document must match exactly.
fn hosts(pair: &mut Pair) {
    for host in [
        "alice.test:8443",
        "127.0.0.1",
        "10.1",
        "localhost",
        "ALICE.test",
        "alice.test.",
        "[::1]",
        "a_b",
        "1",
    ] {
        let mut body = config("alice");
        body["host"] = json!(host);
        body["info"]["icon"] = json!("i.png");
        pair.json("POST", PATH, &body);
        pair.document(host);
        pair.document(&host.to_lowercase());
        pair.document(HOST);
        pair.send_signed("DELETE", PATH, "");
        pair.document(host);
    }
}

/// Documents follow writes.
fn life(pair: &mut Pair) {
    let name = |name: &str| -> Value { json!({ "info": { "name": name } }) };
    pair.json("POST", PATH, &config("alice"));
    pair.document(HOST);
    pair.json("PATCH", PATH, &name("one"));
    pair.document(HOST);
    pair.json("PATCH", PATH, &json!({ "host": "other.test" }));
    pair.document("other.test");
    pair.document(HOST);
    pair.json("PATCH", PATH, &json!({ "host": HOST, "schema": "other" }));
    pair.document(HOST);
    pair.document("other.test");
    pair.send_signed("PATCH", PATH, "{}");
    pair.document(HOST);
    pair.restart();
    pair.document(HOST);
    pair.send_signed("DELETE", PATH, "");
    pair.document(HOST);
    pair.restart();
    pair.document(HOST);
}
