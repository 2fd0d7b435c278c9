//! Servers that repeat the request in their responses, and assertions that errors contain none of its secrets.

use std::error::Error as _;

use contract_tests::relay::SECRET;
use serde_json::json;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};
use zooid_client::{Client, Error, Keys, types::RelayConfig};

use crate::names::Names;

/// Minimum length of a leaked piece of a secret.
pub const PIECE_LENGTH: usize = 8;

/// The secrets of a request: relay key, S3 access and secret key, LiveKit key and secret.
pub type Secrets = [String; 5];

pub fn secrets() -> Secrets {
    [
        SECRET,
        "AKIA/EXAMPLE+KEY",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCY\"&<",
        "livekit-api-key",
        "livekit secret é",
    ]
    .map(str::to_owned)
}

pub fn config(names: &Names, [secret, access_key, secret_key, api_key, api_secret]: &Secrets) -> RelayConfig {
    let mut json = names.json("echo");
    json["secret"] = json!(secret);
    json["blossom"] = json!({
        "adapter": "s3",
        "s3": { "bucket": "media", "region": "eu", "access_key": access_key, "secret_key": secret_key },
    });
    json["livekit"] = json!({ "server_url": "wss://livekit.example", "api_key": api_key, "api_secret": api_secret });
    serde_json::from_value(json).unwrap()
}

/// Starts a server that makes each response from the request, and a client for it.
pub async fn server_responding(
    response: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(response).mount(&server).await;
    let client = Client::builder(&server.uri(), Keys::generate()).build().unwrap();
    (server, client)
}

/// Returns the error of a request with these secrets.
pub async fn create_error(client: &Client, secrets: &Secrets) -> Error {
    let names = Names::random();
    client
        .create_relay(&names.id("echo"), &config(&names, secrets))
        .await
        .unwrap_err()
}

/// Returns the error of a request to a server that makes its response from the request.
pub async fn error_with_echo(response: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static) -> Error {
    let (_server, client) = server_responding(response).await;
    create_error(&client, &secrets()).await
}

/// Returns the `Display` and `Debug` output of an error and its sources.
pub fn printed(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    text
}

/// Returns the first piece of the secret that occurs in the text, in any case.
pub fn leaked_piece(secret: &str, text: &str) -> Option<String> {
    let (secret, text) = (secret.to_ascii_lowercase(), text.to_ascii_lowercase());
    let chars: Vec<char> = secret.chars().collect();
    chars
        .windows(PIECE_LENGTH.min(chars.len().max(1)))
        .map(String::from_iter)
        .find(|piece| text.contains(piece))
}

#[track_caller]
pub fn assert_redacted(error: &Error, secrets: &Secrets) {
    let printed = printed(error);
    for secret in secrets {
        assert_eq!(leaked_piece(secret, &printed), None, "{printed}");
    }
}

pub fn header(request: &Request) -> &str {
    request.headers["authorization"].to_str().unwrap()
}

pub fn plain(status: u16, text: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_bytes(text)
}
