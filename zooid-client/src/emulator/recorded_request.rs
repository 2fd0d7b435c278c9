use std::fmt;

use http::HeaderMap;
use serde_json::Value;
use wiremock::Request;

/// A request that the emulator received, and the status of its response.
///
/// [`Debug`](fmt::Debug) prints neither the values of headers nor the body, because they contain secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method in upper case.
    pub method: String,
    /// The path as received, without the query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The bytes of the body.
    pub raw_body: Vec<u8>,
    /// The status of the response; 0 if there was none.
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
