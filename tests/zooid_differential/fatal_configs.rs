//! Configurations that zooid accepts and that terminate its process.

use std::{fs, path::Path};

use serde_json::json;
use zooid_client::Profile;

use crate::pair::{Pair, config_with, object};

pub fn compare(profile: Profile, program: &Path) {
    for schema in ["sqlitea", "sqlite3", "xsqlite_", "sqlit"] {
        let mut pair = Pair::start(profile, program);
        pair.json("POST", "/relay/a", &config_with("a", "/schema", json!(schema)));
        pair.document("a.test");
        assert!(pair.real.is_running() && pair.emulated.is_running(), "{schema}");
        assert_eq!(pair.differences, [""; 0]);
    }
    let mut fatal = vec![("/schema", "sqlite"), ("/schema", "sqlite_"), ("/schema", "sqlite_x")];
    if profile == Profile::Old {
        fatal.extend(
            ["_1abc_45", "_1", "_sqlite_x", "1abc", "a-b", "a b", "SQLITE_X"].map(|schema| ("/schema", schema)),
        );
        fatal.push(("/info/pubkey", ""));
    }
    for (pointer, value) in fatal {
        let mut pair = Pair::start(profile, program);
        // Inactive relays are loaded too. The response can be lost.
        let mut body = config_with("a", pointer, json!(value));
        body["inactive"] = json!(value.len() % 2 == 0);
        let request = pair.signed("POST", "/relay/a", body.to_string());
        request.send(pair.real.address());
        request.send(pair.emulated.url().trim_start_matches("http://").parse().unwrap());
        assert!(pair.real.terminates(), "{value} does not terminate zooid");
        assert!(!pair.emulated.is_running(), "{value} does not terminate the emulator");
        pair.files("termination");
        pair.real.restart();
        pair.emulated.restart();
        assert!(pair.real.terminates(), "{value} does not terminate zooid at its start");
        assert!(
            !pair.emulated.is_running(),
            "{value} does not terminate the emulator at its start"
        );
        fs::remove_file(pair.real.file("a")).unwrap();
        pair.emulated.remove("a");
        pair.restart();
        pair.json("POST", "/relay/b", &config_with("b", "/schema", json!("b")));
        pair.json("PATCH", "/relay/b", &object("/info/name", json!("n")));
        pair.document("b.test");
        assert_eq!(pair.differences, [""; 0], "{value}");
    }
}
