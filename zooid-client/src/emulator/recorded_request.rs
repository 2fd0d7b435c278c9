use std::fmt;

use http::HeaderMap;
use serde_json::Value;
use wiremock::Request;

/// A request the emulator was sent, and the status it answered.
///
/// Its [`Debug`](fmt::Debug) shows neither the header's nor the body's content, since both hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, in upper case.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, when it is JSON.
    pub body: Option<Value>,
    /// The body's bytes.
    pub raw_body: Vec<u8>,
    /// The status answered; 0 where no answer came.
    pub status: u16,
}

impl RecordedRequest {
    pub(super) fn new(request: &Request, status: u16) -> Self {
        Self {
            method: request.method.to_string(),
            path: request.url.path().to_owned(),
            headers: request.headers.clone(),
            body: serde_json::from_slice(&request.body).ok(),
            raw_body: request.body.clone(),
            status,
        }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", self.raw_body.len()))
            .field("status", &self.status)
            .finish()
    }
}
