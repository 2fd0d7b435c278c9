//! Normalizes responses for the generated client: limited size, errors in zooid's format, no secrets.

use reqwest::{
    Response, StatusCode,
    header::{HeaderName, HeaderValue, LOCATION},
};

use crate::{
    body::{self, Limit, ReadError, TooLarge},
    generated::types,
    messages,
    redaction::SentRequest,
};

/// Marks an error response whose body is not zooid's, for [`ErrorResponse`](crate::ErrorResponse).
pub(crate) const FOREIGN_BODY: HeaderName = HeaderName::from_static("x-zooid-client-foreign-body");

/// Enough for 125,000 members of 67 bytes each, and small enough to hold several responses in memory.
const MEMBERS: Limit = Limit::mib(8);
/// A write returns a sentence.
const SUCCESS: Limit = Limit::mib(1);
const ERROR: Limit = Limit::kib(64);
const MAX_EXCERPT: usize = 200;

/// Returns the limit for the body of a success.
pub(crate) fn limit(operation_id: &str) -> Limit {
    match operation_id {
        "list_relay_members" => MEMBERS,
        _ => SUCCESS,
    }
}

/// Reads a success up to the limit. If it is larger, returns a response without a body and with [`TooLarge`] in its
/// extensions.
pub(crate) async fn limited(mut response: Response, limit: Limit) -> reqwest::Result<Response> {
    // Not used, and the generated client would copy them.
    response.headers_mut().clear();
    if limit.permits(&response) == Some(true) {
        return Ok(response);
    }
    let status = response.status();
    match body::read(response, limit).await {
        Ok(body) => {
            let mut limited_response = http::Response::new(body);
            *limited_response.status_mut() = status;
            Ok(limited_response.into())
        }
        Err(ReadError::TooLarge(too_large)) => Ok(without_body(status, too_large)),
        Err(ReadError::Http(error)) => Err(error),
    }
}

/// Returns a success without a body, with the reason in its extensions.
pub(crate) fn without_body(status: StatusCode, too_large: TooLarge) -> Response {
    let mut limited_response = http::Response::new("");
    *limited_response.status_mut() = status;
    limited_response.extensions_mut().insert(too_large);
    limited_response.into()
}

/// Returns the reason why the body of a success was not read.
pub(crate) fn too_large(response: &Response) -> Option<TooLarge> {
    response.extensions().get().copied()
}

/// Returns the error with a body `{"error": …}`, because the generated client drops the status of a body that it
/// cannot parse.
pub(crate) async fn normalized_error(response: Response, sent: &SentRequest) -> Response {
    let redirect = response.headers().get(LOCATION).cloned();
    let mut normalized = http::Response::new(());
    *normalized.status_mut() = response.status();
    *normalized.headers_mut() = response.headers().clone();

    // An incomplete body is used as far as it arrived: the status matters more.
    let body = body::read_prefix(response, ERROR).await;
    let redirect = redirect.as_ref().and_then(|to| to.to_str().ok());
    let zooid = serde_json::from_slice::<types::Error>(&body);
    if zooid.is_ok() {
        normalized.headers_mut().remove(&FOREIGN_BODY);
    } else {
        normalized
            .headers_mut()
            .insert(FOREIGN_BODY, HeaderValue::from_static("1"));
    }
    let error = match (zooid, redirect) {
        (Ok(zooid), _) => redacted_message(zooid.error, sent),
        (Err(_), Some(to)) => {
            let to = excerpt(&sent.redaction().apply(to));
            format!("redirected to {to}, which a signed request must not follow")
        }
        (Err(_), None) if body.is_empty() => String::new(),
        (Err(_), None) => excerpt(&sent.redaction().apply(String::from_utf8_lossy(&body).trim_start())),
    };
    let body = serde_json::json!({ "error": error }).to_string();
    normalized.map(|()| body).into()
}

/// Redacts a message of zooid, except for the parts that callers compare, even if a secret occurs in them.
fn redacted_message(text: String, sent: &SentRequest) -> String {
    if messages::is_constant(&text) {
        return text;
    }
    let redaction = sent.redaction();
    match messages::parse_in_use(&text) {
        Some((field @ ("schema" | "host"), value)) => messages::in_use(field, &redaction.apply(value)),
        _ => redaction.apply(&text),
    }
}

fn excerpt(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
