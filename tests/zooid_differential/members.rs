use contract_tests::relay::PUBKEY;
use serde_json::{Value, json};
use zooid_client::{Keys, Profile};

use crate::pair::{Pair, config};

const PATH: &str = "/relay/alice";

pub fn compare(pair: &mut Pair) {
    members(pair);
    if pair.profile == Profile::Old {
        return;
    }
    let [one, two, three] = [0; 3].map(|_| Keys::generate().public_key().to_hex());
    let mut body = config("alice");
    body["roles"] = json!({ "admin": { "pubkeys": [one] }, "member": { "pubkeys": [two] } });
    pair.json("POST", PATH, &body);
    members(pair);
    for patch in [
        json!({ "roles": { "admin": null } }),
        json!({ "roles": { "x": { "pubkeys": [three.to_uppercase(), "abc", ""] } } }),
        json!({ "info": { "pubkey": two } }),
        json!({ "inactive": true }),
        json!({ "roles": { "y": { "pubkeys": [Keys::generate().public_key().to_hex()] } } }),
        json!({ "inactive": false }),
        json!({ "schema": "elsewhere" }),
        json!({ "schema": "alice" }),
    ] {
        pair.json("PATCH", PATH, &patch);
        members(pair);
        pair.send(&head(pair));
    }
    pair.restart();
    members(pair);
    pair.send_signed("DELETE", PATH, "");
    members(pair);
    // The tables stay: a new relay with this schema has the members of the previous one.
    let mut again = config("alice");
    again["info"]["pubkey"] = json!(PUBKEY);
    again["secret"] = json!("b".repeat(64));
    pair.json("POST", "/relay/again", &again);
    let request = pair.signed("GET", "/relay/again/members", "");
    pair.send_until_same(&request);
    let unknown: Value = json!({});
    pair.json("GET", "/relay/unknown/members", &unknown);
    pair.clear();
}

fn members(pair: &mut Pair) {
    let request = pair.signed("GET", "/relay/alice/members", "");
    pair.send_until_same(&request);
}

fn head(pair: &Pair) -> crate::raw_http::Request {
    pair.signed("HEAD", "/relay/alice/members", "")
}
