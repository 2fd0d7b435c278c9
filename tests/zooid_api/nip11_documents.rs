use contract_tests::relay::{PUBKEY, SECRET};
use serde_json::{Value, json};
use zooid_client::Keys;

use crate::test_api::{BOTH, TestApi, described};

const DOCUMENT: &str = "application/nostr+json";
const HOST: &str = "alice.example";

#[tokio::test]
async fn a_document_is_served_at_the_host_of_its_relay() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let info = json!({ "info": { "name": "Alice", "icon": "https://a.example/i.png", "description": "friends" } });
        api.send("PATCH", "/relay/alice", &info).await;
        let response = api.request_document(HOST).await;
        assert_eq!((response.status, response.content_type.as_str()), (200, DOCUMENT));
        let shown = response.json();
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
        let api = TestApi::with_alice(profile).await;
        api.send("PATCH", "/relay/alice", &json!({ "inactive": true })).await;
        for host in [HOST, "bob.example", "ALICE.example"] {
            api.request_document(host).await.assert_plain(404, "Not Found\n");
        }
    }
}

#[tokio::test]
async fn a_document_omits_empty_fields() {
    let api = TestApi::with_alice(zooid_client::Profile::Current).await;
    let shown = api.document(HOST).await.unwrap();
    for field in ["name", "icon", "description"] {
        assert_eq!(shown.get(field), None, "{field}");
    }
}

#[tokio::test]
async fn the_supported_nips_depend_on_the_features() {
    let features: [(&str, &[&str]); 4] = [
        ("groups", &["29"]),
        ("push", &["9a"]),
        ("blossom", &["BUD-00", "BUD-01", "BUD-02", "BUD-11"]),
        ("management", &[]),
    ];
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        let supported = async || {
            api.document(HOST).await.unwrap()["supported_nips"]
                .as_array()
                .unwrap()
                .clone()
        };
        let always = supported().await;
        assert_eq!(
            always,
            [
                json!(1),
                json!(11),
                json!(42),
                json!(70),
                json!(86),
                json!("43"),
                json!(40),
                json!(9),
                json!(77)
            ]
        );
        for (feature, added) in features {
            let switch = async |on: bool| {
                let patch = json!({ feature: { "enabled": on } });
                api.send("PATCH", "/relay/alice", &patch).await;
                supported().await
            };
            let more: Vec<Value> = switch(true)
                .await
                .into_iter()
                .filter(|nip| !always.contains(nip))
                .collect();
            assert_eq!(
                more,
                added.iter().map(|nip| json!(nip)).collect::<Vec<_>>(),
                "{feature}"
            );
            assert_eq!(switch(false).await, always);
        }
    }
}

#[tokio::test]
async fn an_icon_without_an_http_url_is_a_path_at_the_host() {
    for profile in BOTH {
        let api = TestApi::with_alice(profile).await;
        for (icon, shown) in [
            ("https://i.example/i.png", "https://i.example/i.png"),
            ("http://i.example", "http://i.example"),
            ("i.png", "https://alice.example/i.png"),
            ("/i.png", "https://alice.example/i.png"),
            ("//i.png", "https://alice.example//i.png"),
            ("HTTPS://i.example", "https://alice.example/HTTPS://i.example"),
        ] {
            api.send("PATCH", "/relay/alice", &json!({ "info": { "icon": icon } }))
                .await;
            assert_eq!(api.document(HOST).await.unwrap()["icon"], shown);
        }
    }
}

#[tokio::test]
async fn the_url_of_an_icon_has_the_scheme_and_the_host_of_the_request() {
    let api = TestApi::current().await;
    for (host, base) in [
        ("localhost", "http://localhost"),
        ("10.1.2.3", "http://10.1.2.3"),
        ("a.example:8443", "http://a.example:8443"),
        ("a.example", "https://a.example"),
    ] {
        let mut config = crate::test_api::config("alice");
        config["host"] = json!(host);
        config["info"]["icon"] = json!("i.png");
        api.send("POST", "/relay/alice", &config).await;
        assert_eq!(api.document(host).await.unwrap()["icon"], format!("{base}/i.png"));

        let request = api.request("GET", "/").header("host", host).header("accept", DOCUMENT);
        let request = request
            .header("x-forwarded-host", "b.example")
            .header("x-forwarded-proto", "ftp");
        assert_eq!(
            described("GET", "/", request).await.json()["icon"],
            "ftp://b.example/i.png"
        );
        api.send_empty("DELETE", "/relay/alice").await;
    }
}
