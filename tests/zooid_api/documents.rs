use contract_tests::relay::{PUBKEY, SECRET};
use serde_json::{Value, json};
use zooid_client::Keys;

use crate::api::{Answer, Api, BOTH, described};

const DOCUMENT: &str = "application/nostr+json";

async fn document(api: &Api, host: &str) -> Answer {
    let request = api.request("GET", "/").header("host", host).header("accept", DOCUMENT);
    described("GET", "/", request).await
}

#[tokio::test]
async fn a_relay_shows_its_document_at_its_host() {
    for profile in BOTH {
        let api = Api::with_alice(profile).await;
        let info = json!({ "info": { "name": "Alice", "icon": "https://a.example/i.png", "description": "friends" } });
        api.send("PATCH", "/relay/alice", &info).await;
        let answer = document(&api, "alice.example").await;
        assert_eq!((answer.status, answer.content_type.as_str()), (200, DOCUMENT));
        let shown: Value = serde_json::from_str(&answer.text).unwrap();
        for field in ["name", "icon", "description"] {
            assert_eq!(shown[field], info["info"][field]);
        }
        assert_eq!(shown["pubkey"], PUBKEY);
        assert_eq!(shown["self"], Keys::parse(SECRET).unwrap().public_key().to_hex());
    }
}

#[tokio::test]
async fn a_host_that_is_unknown_or_inactive_is_not_found() {
    for profile in BOTH {
        let api = Api::with_alice(profile).await;
        api.send("PATCH", "/relay/alice", &json!({ "inactive": true })).await;
        for host in ["alice.example", "bob.example"] {
            let answer = document(&api, host).await;
            assert_eq!((answer.status, answer.text.as_str()), (404, "Not Found\n"));
        }
    }
}
