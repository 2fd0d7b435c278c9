//! If a response repeats the request, the error contains none of its secrets.

use std::{
    error::Error as _,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use contract_tests::relay::SECRET;
use nostr::nips::nip19::ToBech32;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};
use zooid_client::Keys;

use crate::echo_server::{
    assert_redacted, create_error, error_with_echo, header, leaked_piece, plain, printed, secrets, server_responding,
};

#[tokio::test]
async fn a_repeated_body_is_redacted() {
    for status in [400, 404, 409, 418, 502] {
        let error = error_with_echo(move |request| plain(status, request.body.clone())).await;
        assert_redacted(&error, &secrets());
        assert_eq!(error.status().unwrap(), status);
        assert!(
            error.to_string().contains("contract.invalid"),
            "the rest must be printed: {error}"
        );

        let in_zooids_form = move |request: &Request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            ResponseTemplate::new(status).set_body_json(json!({ "error": format!("bad config: {body}") }))
        };
        let error = error_with_echo(in_zooids_form).await;
        assert_redacted(&error, &secrets());
        assert!(error.to_string().contains("bad config: "), "{error}");
    }
}

#[tokio::test]
async fn a_repeated_body_in_base64_is_redacted() {
    let access_key = &secrets()[1];
    for alignment in 0..3 {
        let error = error_with_echo(move |request| {
            let at = String::from_utf8_lossy(&request.body).find(r#""access_key""#).unwrap();
            plain(502, BASE64_STANDARD.encode(&request.body[at + alignment..at + 60]))
        })
        .await;
        let printed = printed(&error);
        for text in (0..3).map(|spaces| format!("{}{access_key}", &"   "[..spaces])) {
            let echo = BASE64_STANDARD.encode(text);
            assert_eq!(leaked_piece(&echo[4..20], &printed), None, "{printed}");
        }
        assert!(printed.contains("[redacted]"), "{printed}");
    }
}

/// Makes a text from the header and the event in it.
type Echo = fn(&str, &[u8]) -> Vec<u8>;

#[tokio::test]
async fn a_repeated_authorization_is_redacted() {
    let kept = Arc::new(Mutex::new(String::new()));
    let payload = |request: &Request| header(request).strip_prefix("Nostr ").unwrap().to_owned();
    let event = move |request: &Request| BASE64_STANDARD.decode(payload(request)).unwrap();
    let echoes: [Echo; 7] = [
        |header, _| header.into(),
        |header, _| format!("bad header: authorization: {}", header.to_lowercase()).into(),
        |header, _| header.strip_prefix("Nostr ").unwrap().into(),
        |header, _| header.trim_end_matches('=').replace('+', "-").replace('/', "_").into(),
        |_, event| event.to_vec(),
        |header, _| {
            json!({ "headers": { "authorization": header.replace('/', "\\/") } })
                .to_string()
                .into()
        },
        |header, _| BASE64_STANDARD.encode(format!("authorization: {header}")).into(),
    ];
    for echo in echoes {
        let keep = Arc::clone(&kept);
        let error = error_with_echo(move |request| {
            keep.lock().unwrap().clear();
            keep.lock().unwrap().push_str(header(request));
            plain(401, echo(header(request), &event(request)))
        })
        .await;
        let sent = kept.lock().unwrap().clone();
        let payload = sent.strip_prefix("Nostr ").unwrap();
        let event: Value = serde_json::from_slice(&BASE64_STANDARD.decode(payload).unwrap()).unwrap();
        let printed = printed(&error);
        assert_eq!(leaked_piece(payload, &printed), None, "{printed}");
        assert_eq!(
            leaked_piece(event["sig"].as_str().unwrap(), &printed),
            None,
            "{printed}"
        );
        let again = BASE64_STANDARD.encode(format!("authorization: {sent}"));
        assert_eq!(leaked_piece(&again[24..], &printed), None, "{printed}");
        assert!(error.not_allowed());
    }
}

#[tokio::test]
async fn a_redirect_with_secrets_is_redacted() {
    let error = error_with_echo(|request| {
        let to = format!(
            "https://elsewhere.example/?key={SECRET}&with={}",
            header(request).replace(' ', "%20")
        );
        ResponseTemplate::new(307).insert_header("location", to.as_str())
    })
    .await;
    let printed = printed(&error);
    assert_redacted(&error, &secrets());
    assert!(!printed.contains("Nostr%20ey"), "{printed}");
    assert!(
        printed.contains("https://elsewhere.example/?key=[redacted]"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_relay_key_is_redacted_in_all_formats() {
    let key = Keys::parse(SECRET).unwrap();
    let nsec = key.secret_key().to_bech32().unwrap();
    let bytes = key.secret_key().to_secret_bytes();
    for spelling in [
        SECRET.to_uppercase(),
        nsec.clone(),
        nsec.to_uppercase(),
        BASE64_STANDARD.encode(bytes),
    ] {
        let echo = spelling.clone();
        let error = error_with_echo(move |_| plain(400, format!("cannot use {echo} as a key"))).await;
        let printed = printed(&error);
        assert_eq!(leaked_piece(&spelling[8..], &printed), None, "{printed}");
        assert!(
            printed.contains("cannot use") && printed.contains("as a key"),
            "{printed}"
        );
    }
}

#[tokio::test]
async fn a_success_with_a_secret_is_redacted() {
    for body in [
        json!(SECRET).to_string(),
        json!({ "message": { SECRET: SECRET } }).to_string(),
        json!({ "message": [SECRET] }).to_string(),
    ] {
        let (_server, client) = server_responding(move |_| plain(201, body.clone())).await;
        let error = create_error(&client, &secrets()).await;
        assert_redacted(&error, &secrets());
        assert!(
            error.source().unwrap().to_string().contains("line 1 column"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_secret_at_the_end_of_a_truncated_text_is_redacted() {
    let secrets = secrets().map(|secret| secret.repeat(40));
    for before in (1_000..2_200).step_by(13) {
        let longest = secrets[0].clone();
        let (_server, client) =
            server_responding(move |_| plain(502, format!("~{}{longest}", " ".repeat(before)))).await;
        assert_redacted(&create_error(&client, &secrets).await, &secrets);
    }
}

#[tokio::test]
async fn a_short_secret_does_not_redact_ordinary_words() {
    let words = "the cat and the dog ran to a relay in the rain";
    let with = |secret: &str| {
        let mut secrets = secrets();
        secrets[3] = secret.to_owned();
        secrets
    };
    let (_server, client) = server_responding(move |_| plain(502, words)).await;
    for (secret, message) in [
        ("", words),
        ("a", words),
        ("cat", words),
        ("rain", "the cat and the dog ran to a relay in the [redacted]"),
    ] {
        let error = create_error(&client, &with(secret)).await;
        assert_eq!(error.response().unwrap().message, message, "{secret:?}");
    }
}

#[tokio::test]
async fn a_secret_in_a_message_of_zooid_does_not_change_the_class() {
    let error_for = |status: u16, words: &'static str| async move {
        let (_server, client) =
            server_responding(move |_| ResponseTemplate::new(status).set_body_json(json!({ "error": words }))).await;
        let secrets = ["relay", "already", "found", "exists", "schema"].map(str::to_owned);
        create_error(&client, &secrets).await
    };
    assert!(error_for(404, "relay not found").await.not_found());
    assert!(
        error_for(409, "relay with this id already exists")
            .await
            .already_exists()
    );
    let in_use = error_for(409, r#"schema "relay" is already in use"#).await;
    assert!(in_use.in_use().is_some());
    assert!(!in_use.to_string().contains("\"relay\""), "{in_use}");
}

#[tokio::test]
async fn a_very_long_message_is_truncated() {
    let long = "é".repeat(10_000);
    let (_server, client) =
        server_responding(move |_| ResponseTemplate::new(400).set_body_json(json!({ "error": long }))).await;
    let error = create_error(&client, &secrets()).await;
    let message = &error.response().unwrap().message;
    assert_eq!(
        (message.chars().count(), message.ends_with("é…")),
        (1025, true),
        "{message}"
    );
}
