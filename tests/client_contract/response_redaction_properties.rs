//! Like [`response_redaction`](crate::response_redaction), with random secrets, encodings and positions.

use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;
use zooid_client::Keys;

use crate::echo_server::{
    PIECE_LENGTH, Secrets, create_error, header, leaked_piece, plain, printed, server_responding,
};

/// An encoding of a text by a proxy or a library.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    Upper,
    Lower,
    Json,
    JsonOfUnits,
    Percent,
    PercentOfAll,
    Form,
    Html,
    Hex,
    Base64 {
        url: bool,
        padded: bool,
        /// Number of bytes before the text.
        alignment: usize,
        /// Number of characters before the base64 that are not part of it.
        joined: usize,
    },
}

fn encoding() -> impl Strategy<Value = Encoding> {
    use Encoding::*;
    let base64 = (any::<bool>(), any::<bool>(), 0..3usize, 0..4usize);
    let base64 = base64.prop_map(|(url, padded, alignment, joined)| Base64 {
        url,
        padded,
        alignment,
        joined,
    });
    prop_oneof![
        select(vec![Json, JsonOfUnits, Percent, PercentOfAll, Form, Html, Hex]),
        base64
    ]
}

/// Up to three nested encodings, after an optional change of case.
fn encodings() -> impl Strategy<Value = Vec<Encoding>> {
    let case = prop::option::of(select(vec![Encoding::Upper, Encoding::Lower]));
    (case, prop::collection::vec(encoding(), 0..3)).prop_map(|(case, then)| case.into_iter().chain(then).collect())
}

fn percent(byte: u8, upper: bool) -> String {
    if upper {
        format!("%{byte:02X}")
    } else {
        format!("%{byte:02x}")
    }
}

impl Encoding {
    /// Returns the encoded text with its context, and the range of the text in it.
    fn encode(self, text: &str) -> (String, Range<usize>) {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let encoded = match self {
            Encoding::Upper => text.to_ascii_uppercase(),
            Encoding::Lower => text.to_ascii_lowercase(),
            Encoding::Json => {
                let quoted = Value::from(text).to_string().replace('/', "\\/");
                quoted[1..quoted.len() - 1].to_owned()
            }
            Encoding::JsonOfUnits => text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
            Encoding::Percent | Encoding::Form => {
                let form = matches!(self, Encoding::Form);
                let encode = |byte: u8| match byte {
                    b' ' if form => "+".to_owned(),
                    byte if unreserved(byte) => char::from(byte).to_string(),
                    byte => percent(byte, form),
                };
                text.bytes().map(encode).collect()
            }
            Encoding::PercentOfAll => text.bytes().map(|byte| percent(byte, true)).collect(),
            Encoding::Html => text.chars().fold(String::new(), |html, c| match c {
                '&' => html + "&amp;",
                '<' => html + "&lt;",
                '>' => html + "&#62;",
                '"' => html + "&quot;",
                '\'' => html + "&#x27;",
                c => format!("{html}{c}"),
            }),
            Encoding::Hex => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
            Encoding::Base64 {
                url,
                padded,
                alignment,
                joined,
            } => {
                let engine = match (url, padded) {
                    (false, true) => BASE64_STANDARD,
                    (false, false) => BASE64_STANDARD_NO_PAD,
                    (true, true) => BASE64_URL_SAFE,
                    (true, false) => BASE64_URL_SAFE_NO_PAD,
                };
                let whole = engine.encode(format!("{}{text}, and more", &"> {"[..alignment]));
                // Only characters whose bits all come from the text.
                let (first, last) = ((alignment * 8).div_ceil(6), (alignment + text.len()) * 8 / 6);
                return (format!("{}{whole}", &"key"[..joined]), first + joined..last + joined);
            }
        };
        let whole = 0..encoded.len();
        (encoded, whole)
    }
}

/// Returns the text in these encodings, and the part that encodes only the text, if it is known.
fn encode(text: &str, encodings: &[Encoding]) -> (String, Option<String>) {
    let (mut whole, mut own) = (text.to_owned(), Some(text.to_owned()));
    for encoding in encodings {
        let is_whole = own.as_ref() == Some(&whole);
        let (encoded, range) = encoding.encode(&whole);
        own = is_whole.then(|| encoded[range].to_owned());
        whole = encoded;
    }
    (whole, own)
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Plain,
    Json,
    Location,
}

#[derive(Clone, Debug)]
struct Echo {
    secrets: Secrets,
    which: usize,
    encodings: Vec<Encoding>,
    place: Place,
    before: usize,
    times: usize,
}

fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(()).prop_map(|()| Keys::generate().secret_key().to_secret_hex()),
        "[A-Za-z0-9/+]{20,60}",
        "[ -~]{9,40}",
        "[ -~é€😀]{9,40}",
        // Cannot occur in the text of an error by chance.
        "[0-9][a-z]{2}[0-9_-][a-z0-9]{2,3}",
    ]
}

fn echo() -> impl Strategy<Value = Echo> {
    let secrets = [secret(), secret(), secret(), secret(), secret()];
    (
        secrets,
        0..6usize,
        encodings(),
        select(vec![Place::Plain, Place::Json, Place::Location]),
        prop_oneof![12 => 0..30usize, 12 => 150..210usize, 3 => 1_950..2_100usize],
        1..4usize,
    )
        .prop_map(|(secrets, which, encodings, place, before, times)| Echo {
            secrets,
            which,
            encodings,
            place,
            before,
            times,
        })
}

impl Echo {
    /// Returns the text that is repeated: a secret, or the signed event of the header.
    fn of<'a>(&'a self, header: &'a str) -> &'a str {
        let event = header.strip_prefix("Nostr ").unwrap();
        self.secrets.get(self.which).map_or(event, String::as_str)
    }

    fn response(&self, header: &str) -> ResponseTemplate {
        let (echo, _) = encode(self.of(header), &self.encodings);
        let text = format!("{echo} | ").repeat(self.times);
        let is_visible = text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        match self.place {
            Place::Location if is_visible => {
                let location = format!("/{}{text}", "~".repeat(self.before % 1000));
                ResponseTemplate::new(307).insert_header("location", location.trim())
            }
            Place::Json => {
                let error = format!("{} {text}", "~".repeat(self.before));
                ResponseTemplate::new(400).set_body_json(json!({ "error": error }))
            }
            _ => plain(502, format!("~{} {text}", " ".repeat(self.before))),
        }
    }
}

#[test]
fn no_encoding_of_a_secret_is_leaked() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let now = Arc::new(Mutex::new(None::<Echo>));
    let sent = Arc::new(Mutex::new(String::new()));
    let (echo_now, sent_now) = (Arc::clone(&now), Arc::clone(&sent));
    let (_server, client) = runtime.block_on(server_responding(move |request| {
        header(request).clone_into(&mut sent_now.lock().unwrap());
        echo_now.lock().unwrap().as_ref().unwrap().response(header(request))
    }));
    let config = Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&echo(), |echo| {
        *now.lock().unwrap() = Some(echo.clone());
        let error = runtime.block_on(create_error(&client, &echo.secrets));
        let printed = printed(&error);
        for secret in &echo.secrets {
            prop_assert_eq!(leaked_piece(secret, &printed), None, "{}", printed);
        }
        let header = sent.lock().unwrap().clone();
        prop_assert_eq!(
            leaked_piece(header.strip_prefix("Nostr ").unwrap(), &printed),
            None,
            "{}",
            printed
        );
        let (whole, own) = encode(echo.of(&header), &echo.encodings);
        let is_cut = echo.before + (whole.len() + 3) * echo.times > 2_000;
        // A truncated text can end in a piece of an encoding that is not a piece of the secret.
        if let Some(own) = own.filter(|own| own.len() >= PIECE_LENGTH && !is_cut) {
            prop_assert_eq!(leaked_piece(&own, &printed), None, "{}", printed);
        }
        if echo.before < 100 {
            prop_assert!(printed.contains("[redacted]"), "{}", printed);
        }
        Ok::<_, TestCaseError>(())
    });
    outcome.unwrap();
}
