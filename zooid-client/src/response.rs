//! Answers as the generated client must see them: within limits, errors in zooid's form, and without secrets.

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

/// Marks, for [`ErrorResponse`](crate::ErrorResponse), an answer whose body was not zooid's own.
pub(crate) const FOREIGN_BODY: HeaderName = HeaderName::from_static("x-zooid-client-foreign-body");

/// A member takes 67 bytes, so this is enough for 125,000 of them, and small enough to hold several in memory.
const MEMBERS: Limit = Limit::mib(8);
/// The answer to a write is a sentence.
const SUCCESS: Limit = Limit::mib(1);
const ERROR: Limit = Limit::kib(64);
const MAX_EXCERPT: usize = 200;

/// How much of a success is read.
pub(crate) fn limit(operation_id: &str) -> Limit {
    match operation_id {
        "list_relay_members" => MEMBERS,
        _ => SUCCESS,
    }
}

/// Gives a success that is read within the limit. One that is larger has no body, but [`TooLarge`] among its extensions.
pub(crate) async fn limited(mut response: Response, limit: Limit) -> reqwest::Result<Response> {
    // Nobody looks at them, and the generated client would copy them.
    response.headers_mut().clear();
    if limit.permits(&response) == Some(true) {
        return Ok(response);
    }
    let status = response.status();
    match body::read(response, limit).await {
        Ok(body) => {
            let mut answer = http::Response::new(body);
            *answer.status_mut() = status;
            Ok(answer.into())
        }
        Err(ReadError::TooLarge(too_large)) => Ok(without_body(status, too_large)),
        Err(ReadError::Http(error)) => Err(error),
    }
}

/// A success that was not read, and why.
pub(crate) fn without_body(status: StatusCode, too_large: TooLarge) -> Response {
    let mut answer = http::Response::new("");
    *answer.status_mut() = status;
    answer.extensions_mut().insert(too_large);
    answer.into()
}

/// Why a success was not read.
pub(crate) fn too_large(response: &Response) -> Option<TooLarge> {
    response.extensions().get().copied()
}

/// Gives an error answer the body `{"error": …}` whatever it had, since the generated client drops the status of one
/// whose body it cannot parse.
pub(crate) async fn normalized_error(response: Response, sent: &SentRequest) -> Response {
    let redirect = response.headers().get(LOCATION).cloned();
    let mut answer = http::Response::new(());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();

    // The status says more than the rest of a broken body, so a failure to read ends it quietly.
    let body = body::read_prefix(response, ERROR).await;
    let redirect = redirect.as_ref().and_then(|to| to.to_str().ok());
    let zooid = serde_json::from_slice::<types::Error>(&body);
    if zooid.is_ok() {
        answer.headers_mut().remove(&FOREIGN_BODY);
    } else {
        answer.headers_mut().insert(FOREIGN_BODY, HeaderValue::from_static("1"));
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
    answer.map(|()| body).into()
}

/// A text that says which error it is must go on saying it, even where a secret is one of its words.
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
