//! Answers that are not zooid's own: a proxy's HTML, Go's plain text, nothing at all.

use reqwest::{
    Response,
    header::{HeaderName, HeaderValue, LOCATION},
};

use crate::generated::types;

/// Marks, for [`Refusal`](crate::Refusal), an answer whose body was not zooid's own.
pub(crate) const FOREIGN_BODY: HeaderName = HeaderName::from_static("x-zooid-client-foreign-body");

const MAX_READ: usize = 64 * 1024;
const MAX_EXCERPT: usize = 200;

/// Gives an error answer the body `{"error": …}` whatever it had, since the generated client drops the status of one
/// whose body it cannot parse.
pub(crate) async fn as_zooid_words_it(mut response: Response) -> reqwest::Result<Response> {
    if response.status().is_success() {
        // Nobody looks at them, and the generated client would copy them.
        response.headers_mut().clear();
        return Ok(response);
    }
    let redirect = response
        .headers()
        .get(LOCATION)
        .and_then(|to| to.to_str().ok())
        .map(|to| format!("redirected to {to}, which a signed request must not follow"));
    let mut answer = http::Response::new(());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();

    let body = read(response).await;
    let zooid = serde_json::from_slice::<types::Error>(&body);
    if zooid.is_ok() {
        answer.headers_mut().remove(&FOREIGN_BODY);
    } else {
        answer.headers_mut().insert(FOREIGN_BODY, HeaderValue::from_static("1"));
    }
    let error = match (zooid, redirect) {
        (Ok(zooid), _) => zooid.error,
        (Err(_), Some(redirect)) => redirect,
        (Err(_), None) => excerpt(&body),
    };
    let body = serde_json::json!({ "error": error }).to_string();
    Ok(answer.map(|()| body).into())
}

/// The status says more than the rest of a broken body, so a failure to read ends it quietly.
async fn read(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_READ {
            break;
        }
    }
    body
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
