use http::{
    HeaderMap,
    header::{ACCEPT, AUTHORIZATION, HOST},
};
use wiremock::Request;

use crate::error::Operation;

/// A request to zooid.
pub(super) struct ApiRequest<'r> {
    pub(super) method: &'r str,
    /// The escaped path without the query.
    pub(super) path: &'r str,
    pub(super) query: Option<&'r str>,
    pub(super) body: &'r [u8],
    headers: &'r HeaderMap,
}

impl<'r> ApiRequest<'r> {
    pub(super) fn new(request: &'r Request) -> Self {
        Self {
            method: request.method.as_str(),
            path: request.url.path(),
            query: request.url.query(),
            body: &request.body,
            headers: &request.headers,
        }
    }

    pub(super) fn authorization(&self) -> &'r str {
        self.header(AUTHORIZATION.as_str())
    }

    pub(super) fn host(&self) -> &'r str {
        self.header(HOST.as_str())
    }

    pub(super) fn accept(&self) -> &'r str {
        self.header(ACCEPT.as_str())
    }

    /// Returns whether Go's HTTP server accepts the request.
    pub(super) fn is_well_formed(&self) -> bool {
        let mut escapes = self.path.match_indices('%');
        escapes.all(|(at, _)| escaped(&self.path.as_bytes()[at..]).is_some())
    }

    /// Returns the url that must be signed.
    pub(super) fn url(&self) -> String {
        let scheme = match self.header("x-forwarded-proto") {
            "https" => "https",
            _ => "http",
        };
        format!("{scheme}://{}{}", self.host(), unescape(self.path))
    }

    /// Returns the unescaped id of a path `/relay/{id}…`.
    pub(super) fn relay(&self) -> Option<String> {
        let id = self.path.strip_prefix("/relay/")?.split('/').next()?;
        (!id.is_empty()).then(|| unescape(id))
    }

    /// Returns the operation of a path `/relay/{id}` or `/relay/{id}/members` and a method.
    pub(super) fn operation(&self) -> Option<Operation> {
        let mut parts = self.path.strip_prefix("/relay/")?.split('/').skip(1);
        match (self.method, parts.next(), parts.next()) {
            ("POST", None, _) => Some(Operation::CreateRelay),
            ("PUT", None, _) => Some(Operation::ReplaceRelay),
            ("PATCH", None, _) => Some(Operation::PatchRelay),
            ("DELETE", None, _) => Some(Operation::DeleteRelay),
            ("GET", Some("members"), None) => Some(Operation::ListRelayMembers),
            _ => None,
        }
    }

    pub(super) fn header(&self, name: &str) -> &'r str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

pub(super) fn unescape(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        match escaped(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escaped(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}
