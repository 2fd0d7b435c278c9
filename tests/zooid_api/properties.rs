//! The description contains the response to every request.

use std::{cell::RefCell, collections::BTreeSet, env};

use contract_tests::{
    nip98::Authorization,
    openapi,
    relay::{PUBKEY, SECRET},
};
use nostr::key::Keys;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value, json};
use zooid_client::emulator::{Emulator, Profile, http_client};

const CASES: u32 = 1_000;
const MOST_ROUNDS: u8 = 20;

/// The variable with the seed of a run.
const SEED: &str = "ZOOID_API_SEED";

/// The signature of a request.
#[derive(Clone, Copy, Debug)]
enum Signed {
    Well,
    ByStranger,
    ForAnotherMethod,
    LongAgo,
    NotAtAll,
}

#[derive(Clone, Debug)]
struct Sent {
    signed: Signed,
    method: &'static str,
    id: &'static str,
    members: bool,
    body: Vec<u8>,
}

/// Valid values, invalid values, and values of other types.
fn value(field: &'static str) -> impl Strategy<Value = Value> {
    let right = match field {
        "host" => vec![json!("a.example"), json!("b.example")],
        "schema" => vec![json!("a"), json!("b"), json!("Not-A-Schema")],
        "secret" => vec![json!(SECRET), json!("1"), json!("zz")],
        "info" => vec![
            json!({ "pubkey": PUBKEY }),
            json!({ "name": "x" }),
            json!({ "pubkey": "x" }),
        ],
        "blossom" => vec![
            json!({ "enabled": true }),
            json!({ "adapter": "s3", "s3": { "bucket": "b" } }),
            json!({ "adapter": "tape" }),
            json!({ "s3": null }),
        ],
        "roles" => vec![
            json!({ "x": null }),
            json!({ "x": { "pubkeys": ["a"] } }),
            json!({ "x": { "can_invite": 1 } }),
        ],
        _ => vec![json!(true), json!({ "enabled": true }), json!({ "enabled": "yes" })],
    };
    let any = select(vec![
        json!(null),
        json!(7),
        json!(""),
        json!([]),
        json!({}),
        json!("text"),
    ]);
    prop_oneof![4 => select(right), 1 => any]
}

fn object() -> impl Strategy<Value = Value> {
    let fields = [
        "host", "schema", "secret", "inactive", "info", "policy", "groups", "blossom", "livekit", "roles", "more",
    ];
    let each: Vec<_> = fields
        .into_iter()
        .map(|field| {
            let likely = if matches!(field, "host" | "schema" | "secret" | "info") {
                0.9
            } else {
                0.3
            };
            prop::option::weighted(likely, value(field).prop_map(move |value| (field.to_owned(), value)))
        })
        .collect();
    each.prop_map(|fields| Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>()))
}

fn sent() -> impl Strategy<Value = Sent> {
    let body = prop_oneof![
        12 => object().prop_map(|body| body.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => select(vec![b"".to_vec(), b"null".to_vec(), b"[]".to_vec(), b"{".to_vec(), vec![b' '; 1024 * 1024 + 1]]),
    ];
    let method = select(vec!["POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "GET"]);
    let signed = prop_oneof![
        12 => Just(Signed::Well),
        1 => select(vec![Signed::ByStranger, Signed::ForAnotherMethod, Signed::LongAgo, Signed::NotAtAll]),
    ];
    (signed, method, select(vec!["a", "b", "c"]), body).prop_map(|(signed, method, id, body)| Sent {
        signed,
        method,
        id,
        members: method == "GET",
        body: if matches!(method, "GET" | "DELETE") {
            Vec::new()
        } else {
            body
        },
    })
}

fn authorization(sent: &Sent, keys: &Keys, url: &str) -> Option<String> {
    let good = Authorization::of(keys, sent.method, url);
    let authorization = match sent.signed {
        Signed::Well => good,
        Signed::ByStranger => Authorization::of(&Keys::generate(), sent.method, url),
        Signed::ForAnotherMethod => good.with("method", "HEAD"),
        Signed::LongAgo => good.aged(-600),
        Signed::NotAtAll => return None,
    };
    Some(authorization.header())
}

/// Sends all requests to one emulator, so that they find the relays of earlier ones.
fn assert_every_response_is_described(profile: Profile) {
    let seed: u64 = env::var(SEED).map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("to repeat: {SEED}={seed}");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let zooid = runtime.block_on(Emulator::builder().profile(profile).start()).unwrap();
    let http = http_client().build().unwrap();
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let met = RefCell::new(BTreeSet::new());
    let send = |sent: Sent| {
        let path = format!("/relay/{}{}", sent.id, if sent.members { "/members" } else { "" });
        let url = format!("{}{path}", zooid.url());
        let mut request = http.request(sent.method.parse().unwrap(), &url);
        if let Some(header) = authorization(&sent, zooid.keys(), &url) {
            request = request.header("authorization", header);
        }
        let request = request.body(sent.body);
        let (status, body): (u16, Value) = runtime.block_on(async {
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.json().await.unwrap())
        });
        openapi::assert_response(sent.method, &path, status, &body);
        met.borrow_mut().insert(status);
        if !zooid.is_running() {
            // Old zooid accepts configurations that terminate it.
            zooid.remove(sent.id);
            zooid.restart();
        }
        Ok(())
    };
    let all = BTreeSet::from([200, 201, 400, 401, 403, 404, 409]);
    // After a termination there are few relays, so more requests are needed to see every status.
    for round in 0..MOST_ROUNDS {
        let mut bytes = [round; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        TestRunner::new_with_rng(config.clone(), rng)
            .run(&sent(), send)
            .unwrap();
        if met.borrow().is_superset(&all) {
            return;
        }
    }
    panic!("only these statuses occurred: {met:?}");
}

#[test]
fn every_response_of_old_zooid_is_described() {
    assert_every_response_is_described(Profile::Old);
}

#[test]
fn every_response_of_current_zooid_is_described() {
    assert_every_response_is_described(Profile::Current);
}
