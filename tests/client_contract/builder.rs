//! Building a client.

use zooid_client::{BuildError, Client, Keys};

const HEX: &str = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";
const NSEC: &str = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
const PUBKEY: &str = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";

fn url_error(url: &str) -> String {
    match Client::new(url, HEX) {
        Err(BuildError::Url(reason)) => reason.to_string(),
        other => panic!("{url:?} is accepted: {other:?}"),
    }
}

#[test]
fn the_key_is_hex_or_nsec_with_optional_whitespace() {
    for key in [HEX, NSEC, &format!(" {HEX}\n")] {
        let client = Client::new("http://localhost:3334", key).unwrap();
        assert_eq!(client.public_key(), PUBKEY);
    }
}

#[test]
fn an_invalid_key_is_rejected() {
    for key in [
        "",
        "nsec1",
        "xyz",
        PUBKEY.get(..63).unwrap(),
        "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg",
    ] {
        assert!(
            matches!(Client::new("http://localhost:3334", key), Err(BuildError::Key)),
            "{key}"
        );
    }
}

#[test]
fn the_url_is_http_or_https() {
    for url in [
        "",
        "localhost:3334",
        "localhost",
        "ws://localhost:3334",
        "ftp://localhost",
        "http://",
    ] {
        assert!(!url_error(url).is_empty());
    }
    for url in [
        "http://localhost:3334",
        "https://zooid.example",
        "https://zooid.example/prefix",
    ] {
        assert_eq!(Client::new(url, HEX).unwrap().url(), url);
    }
}

#[test]
fn the_url_has_no_credentials_no_query_and_no_fragment() {
    assert!(url_error("https://user:password@zooid.example").contains("credentials"));
    assert!(url_error("https://user@zooid.example").contains("credentials"));
    assert!(url_error("https://zooid.example/?x=1").contains("query"));
    assert!(url_error("https://zooid.example/#x").contains("fragment"));
}

#[test]
fn the_error_does_not_contain_a_password_of_the_url() {
    let error = Client::new("https://user:hunter2@zooid.example", HEX).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn trailing_slashes_and_whitespace_of_the_url_are_ignored() {
    for url in [
        "https://zooid.example/",
        " https://zooid.example// \n",
        "HTTPS://ZOOID.example:443/",
    ] {
        let client = Client::builder(url, Keys::parse(HEX).unwrap()).build().unwrap();
        assert_eq!(client.url(), "https://zooid.example");
    }
}
