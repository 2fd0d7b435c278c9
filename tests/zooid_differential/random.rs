//! Random requests that find the relays of earlier ones.

use std::env;

use contract_tests::relay::{PUBKEY, SECRET};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use zooid_client::Profile;

use crate::pair::Pair;

const REQUESTS: usize = 300;
const IDS: [&str; 4] = ["a", "b", "c", "a-b"];

pub fn compare(pair: &mut Pair) {
    let seed = number("ZOOID_DIFFERENTIAL_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("ZOOID_DIFFERENTIAL_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let requests = number("ZOOID_DIFFERENTIAL_REQUESTS").map_or(REQUESTS, |n| n.try_into().unwrap());
    for number in 0..requests {
        let id = random.choice(IDS).unwrap();
        let method = random
            .choice(["POST", "POST", "PUT", "PATCH", "PATCH", "PATCH", "DELETE"])
            .unwrap();
        let body = match method {
            "DELETE" => String::new(),
            "PATCH" => object(&mut random, pair.profile, 0.3).to_string(),
            _ => object(&mut random, pair.profile, 0.97).to_string(),
        };
        pair.send_signed(method, &format!("/relay/{id}"), body);
        pair.files(&format!("random request {number} of seed {seed}"));
        if number % 10 == 0 {
            for host in ["a.test", "b.test", "c.test"] {
                pair.document(host);
            }
        }
    }
    pair.clear();
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is not a number: {text}")),
    )
}

/// Returns an object with each required field with this probability.
fn object(random: &mut Rng, profile: Profile, likely: f64) -> Value {
    let mut object = Map::new();
    for field in [
        "host",
        "schema",
        "secret",
        "info",
        "inactive",
        "policy",
        "groups",
        "push",
        "management",
        "blossom",
        "livekit",
        "roles",
        "more",
    ] {
        let required = matches!(field, "host" | "schema" | "secret" | "info");
        if random.f64() < if required { likely } else { 0.25 } {
            object.insert(field.to_owned(), value(random, field));
        }
    }
    // A relay without an owner terminates old zooid.
    if profile == Profile::Old && (object.get("info").is_some_and(Value::is_null) || likely > 0.5) {
        object.insert(
            "info".to_owned(),
            json!({ "pubkey": PUBKEY, "name": random.u8(..).to_string() }),
        );
    }
    Value::Object(object)
}

/// Returns a valid value in most cases, otherwise an invalid one.
fn value(random: &mut Rng, field: &str) -> Value {
    if random.f64() < 0.1 {
        let any = [
            json!(null),
            json!(7),
            json!([]),
            json!({}),
            json!([null]),
            json!({ "enabled": null }),
        ];
        return random.choice(any).unwrap();
    }
    let values = match field {
        "host" => vec![json!("a.test"), json!("b.test"), json!("c.test"), json!("")],
        "schema" => vec![json!("a"), json!("b"), json!("c"), json!("d"), json!("")],
        "secret" => vec![json!(SECRET), json!("1"), json!("")],
        "info" => vec![
            json!({ "pubkey": PUBKEY }),
            json!({ "pubkey": PUBKEY, "name": "é", "icon": "/i" }),
            json!({ "name": null, "description": "d" }),
            json!({ "pubkey": "x" }),
        ],
        "inactive" => vec![json!(true), json!(false)],
        "policy" => vec![
            json!({ "public_join": true }),
            json!({ "public_read": true, "strip_signatures": null }),
        ],
        "blossom" => vec![
            json!({ "enabled": true }),
            json!({ "adapter": "local", "s3": null }),
            json!({ "adapter": "s3", "s3": { "bucket": "b" } }),
            json!({ "adapter": "tape" }),
        ],
        "livekit" => vec![json!({ "api_key": "k" }), json!({ "api_key": "", "api_secret": null })],
        "roles" => vec![
            json!({ "x": null }),
            json!({ "x": { "pubkeys": [PUBKEY], "can_invite": true } }),
            json!({ "y": { "pubkeys": null }, "x": {} }),
            json!({ "x": { "can_invite": 1 } }),
        ],
        _ => vec![
            json!({ "enabled": true }),
            json!({ "enabled": false }),
            json!({ "enabled": "yes" }),
        ],
    };
    random.choice(values).unwrap()
}
