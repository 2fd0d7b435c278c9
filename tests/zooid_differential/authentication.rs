use contract_tests::nip98::{self, Authorization};
use serde_json::{Value, json};
use zooid_client::{Keys, Profile};

use crate::{
    pair::{Pair, config, unsigned},
    zooid_process::API_HOST,
};

const PATH: &str = "/relay/alice";

/// Invalid and unusual signatures.
pub fn compare(pair: &mut Pair) {
    let good = pair.authorization("POST", PATH);
    let stranger = Authorization::of(&Keys::generate(), "POST", &format!("http://{API_HOST}{PATH}"));
    for header in [&headers(&good)[..], &[stranger.header()]].concat() {
        send(pair, "POST", PATH, &header);
        pair.files("a badly signed request");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "GET"] {
        for path in [
            PATH,
            "/relay/alice/members",
            "/relay/bob",
            "/relay/",
            "/relay",
            "/",
            "/x",
        ] {
            pair.send(&unsigned(method, path, "{"));
            let header = Authorization::of(&Keys::generate(), method, &format!("http://{API_HOST}{path}")).header();
            send(pair, method, path, &header);
        }
    }
    for order in orders(pair.profile, &stranger) {
        send(pair, "POST", PATH, &order);
    }
    accepted(pair, &good);
}

/// With an empty whitelist.
pub fn compare_without_whitelist(pair: &mut Pair) {
    for (method, path) in [
        ("POST", PATH),
        ("PATCH", PATH),
        ("GET", "/relay/alice/members"),
        ("GET", PATH),
        ("GET", "/"),
    ] {
        pair.send(&unsigned(method, path, "{}"));
        pair.json(method, path, &config("alice"));
    }
    pair.files("requests of a key that is not accepted");
}

fn send(pair: &mut Pair, method: &str, path: &str, header: &str) {
    let mut request = unsigned(method, path, config("alice").to_string());
    request.headers.push(("Authorization", header.to_owned()));
    pair.send(&request);
}

fn headers(good: &Authorization) -> Vec<String> {
    let event = good.event();
    let changed = |key: &str, value: Value| {
        let mut event = event.clone();
        event[key] = value;
        nip98::header(&event)
    };
    let mut headers: Vec<String> = [
        "",
        "Bearer e30=",
        "Nostr",
        "Nostre30=",
        "Nostr ",
        "Nostr not-base64!",
        "Nostr  e30=",
        "Nostr e30",
        "Nostr ew==",
        "Nostr e30=",
        "nostr e30=",
        "Nostr W10=",
        "Nostr bnVsbA==",
    ]
    .map(str::to_owned)
    .into();
    headers.extend(
        [
            json!({ "kind": "27235" }),
            json!({ "unknown": 1 }),
            json!({ "kind": 1.5 }),
            json!({ "tags": 1 }),
        ]
        .iter()
        .map(nip98::header),
    );
    headers.extend([
        good.clone().kind(1).header(),
        good.clone().kind(0).header(),
        changed("content", json!("x")),
        changed("created_at", json!(1)),
        changed("created_at", json!(-1)),
        changed("pubkey", json!(Keys::generate().public_key().to_hex())),
        changed("sig", json!("0".repeat(128))),
        changed("tags", json!([])),
        good.clone().without("u").header(),
        good.clone().without("method").header(),
        good.clone().with("method", "PUT").header(),
        good.clone().with("method", "").header(),
    ]);
    let urls = [
        format!("https://{API_HOST}{PATH}"),
        format!("http://{API_HOST}:80{PATH}"),
        format!("http://{API_HOST}{PATH}?x=1"),
        format!("http://{API_HOST}{PATH}/"),
        format!("http://{API_HOST}/relay/bob"),
        format!("http://API.test{PATH}"),
        PATH.to_owned(),
        String::new(),
    ];
    headers.extend(urls.map(|url| good.clone().with("u", &url).header()));
    headers
}

/// Each header has one error fewer than the previous one.
fn orders(profile: Profile, stranger: &Authorization) -> Vec<String> {
    let no_method = stranger.clone().without("method");
    let no_url = no_method.clone().without("u");
    let too_old = no_url.clone().aged(-600);
    let mut unsigned = too_old.event();
    unsigned["content"] = json!("x");
    let mut other_kind = too_old.clone().kind(1).event();
    other_kind["content"] = json!("x");
    let mut orders = vec![
        nip98::header(&other_kind),
        nip98::header(&unsigned),
        no_url.header(),
        no_method.header(),
        stranger.header(),
    ];
    if profile == Profile::Current {
        orders.push(too_old.header());
    }
    orders
}

/// Unusual signatures that zooid accepts.
fn accepted(pair: &mut Pair, good: &Authorization) {
    let mut other_id = good.event();
    other_id["id"] = json!("0".repeat(64));
    let ages: &[i64] = match pair.profile {
        Profile::Old => &[-1_000_000, -70, 70, 1_000_000],
        Profile::Current => &[-600, -90, -50, 50, 90, 600],
    };
    let mut headers = vec![
        good.header(),
        good.header().replace("Nostr", "nOSTR"),
        good.clone().with("method", "post").header(),
        good.clone().with("payload", &"0".repeat(64)).header(),
        nip98::header(&other_id),
    ];
    headers.extend(ages.iter().map(|seconds| good.clone().aged(*seconds).header()));
    for header in headers {
        send(pair, "POST", PATH, &header);
        pair.files("an oddly signed request");
        pair.send_signed("DELETE", PATH, "");
    }
    let https = good.clone().with("u", &format!("https://{API_HOST}{PATH}")).header();
    for proto in ["https", "HTTPS", "http", ""] {
        let mut request = unsigned("POST", PATH, config("alice").to_string());
        request.headers = vec![
            ("Authorization", https.clone()),
            ("X-Forwarded-Proto", proto.to_owned()),
        ];
        pair.send(&request);
    }
    let query = format!("{PATH}?x=1");
    pair.send_signed("PATCH", &query, "{}");
    pair.clear();
}
