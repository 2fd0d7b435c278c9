use serde_json::json;

use crate::pair::{Pair, config, object};

pub fn compare(pair: &mut Pair) {
    taken(pair);
    order(pair);
    doubled(pair);
    swapped(pair);
}

fn taken(pair: &mut Pair) {
    pair.json("POST", "/relay/alice", &config("alice"));
    pair.json("POST", "/relay/bob", &config("bob"));
    for (pointer, value) in [
        ("/host", "alice.test"),
        ("/schema", "alice"),
        ("/host", "ALICE.test"),
        ("/host", "bob.test"),
        ("/schema", "bob"),
        ("/host", "free.test"),
    ] {
        let mut body = config("bob");
        body.pointer_mut(pointer).unwrap().clone_from(&json!(value));
        pair.json("POST", "/relay/carol", &body);
        pair.json("PUT", "/relay/bob", &body);
        pair.json("PATCH", "/relay/bob", &object(pointer, json!(value)));
        pair.json("PUT", "/relay/bob", &config("bob"));
        pair.files(value);
    }
    pair.send_signed("PATCH", "/relay/alice", r#"{"inactive":true}"#);
    pair.json("POST", "/relay/carol", &config("alice"));
    pair.json("PATCH", "/relay/bob", &json!({ "host": "alice.test", "secret": "" }));
    pair.send_signed("DELETE", "/relay/alice", "");
    pair.json(
        "PATCH",
        "/relay/bob",
        &json!({ "host": "alice.test", "schema": "alice" }),
    );
    pair.document("alice.test");
    pair.document("bob.test");
    pair.clear();
}

/// Files are compared in the order of their names, the schema before the host.
fn order(pair: &mut Pair) {
    for id in ["a", "a-b", "b"] {
        pair.json("POST", &format!("/relay/{id}"), &config(id));
    }
    for (host, schema) in [
        ("a-b", "a"),
        ("a", "a_b"),
        ("b", "a"),
        ("a", "b"),
        ("b", "b"),
        ("a", "a"),
    ] {
        let mut body = config("c");
        body["host"] = json!(format!("{host}.test"));
        body["schema"] = json!(schema);
        pair.json("POST", "/relay/c", &body);
        pair.json("PATCH", "/relay/b", &json!({ "host": body["host"], "schema": schema }));
    }
    for host in [
        "\"\\\n\t\r\u{1}é<>&🙂\u{7f}",
        "a\u{a0}b\u{200b}e\u{301}\u{e000}\u{e0001}\u{7}\u{8}\u{b}\u{c}ש\u{202e}日\u{fffd}\u{feff}\u{ad}",
    ] {
        let mut body = config("quoted");
        body["host"] = json!(host);
        pair.json("POST", "/relay/quoted", &body);
        body["schema"] = json!("quoted2");
        pair.json("POST", "/relay/quoted2", &body);
        pair.send_signed("DELETE", "/relay/quoted", "");
    }
    pair.files("conflicts");
    pair.clear();
}

/// Two files with the same host, as concurrent requests can create them.
fn doubled(pair: &mut Pair) {
    let named = |id: &str| {
        let mut named = config(id);
        named["host"] = json!("double.test");
        named["info"]["name"] = json!(id);
        named
    };
    for last in ["PATCH", "DELETE", "PUT"] {
        for moved in ["a", "b"] {
            let other = if moved == "a" { "b" } else { "a" };
            pair.put_config("a", &named("a"));
            pair.document("double.test");
            pair.put_config("b", &named("b"));
            pair.document("double.test");
            pair.send_signed("PATCH", &format!("/relay/{other}"), r#"{"info":{"name":"x"}}"#);
            pair.send_signed("PATCH", &format!("/relay/{other}"), "{}");
            let path = format!("/relay/{moved}");
            match last {
                "PATCH" => pair.send_signed("PATCH", &path, r#"{"host":"moved.test"}"#),
                "PUT" => pair.json("PUT", &path, &config("moved")),
                _ => pair.send_signed("DELETE", &path, ""),
            };
            pair.document("moved.test");
            pair.document("double.test");
            pair.send_signed("PATCH", &format!("/relay/{other}"), r#"{"host":""}"#);
            pair.document("double.test");
            pair.send_signed("PATCH", &format!("/relay/{other}"), "{}");
            pair.document("double.test");
            pair.files("two files with one host");
            pair.clear();
        }
    }
    pair.put_config("a", &named("a"));
    pair.document("double.test");
    pair.put_config("b", &named("b"));
    pair.document("double.test");
    pair.restart();
    pair.document("double.test");
    let mut inactive = named("c");
    inactive["inactive"] = json!(true);
    pair.put_config("c", &inactive);
    pair.send_signed("PATCH", "/relay/c", r#"{"inactive":true}"#);
    pair.document("double.test");
    pair.send_signed("DELETE", "/relay/c", "");
    pair.document("double.test");
    pair.clear();
    pair.document("double.test");
}

/// Two relays swap hosts through a third host.
fn swapped(pair: &mut Pair) {
    for id in ["a", "b"] {
        let mut body = config(id);
        body["info"]["name"] = json!(id);
        pair.json("POST", &format!("/relay/{id}"), &body);
    }
    for (id, host) in [("a", "third.test"), ("b", "a.test"), ("a", "b.test")] {
        pair.json("PATCH", &format!("/relay/{id}"), &json!({ "host": host }));
    }
    for host in ["a.test", "b.test", "third.test"] {
        pair.document(host);
    }
    pair.clear();
}
