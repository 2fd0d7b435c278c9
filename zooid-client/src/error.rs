use std::{
    fmt,
    time::{Duration, SystemTime},
};

use progenitor_client::Error as Generated;
use reqwest::{
    StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};
use serde_json::error::Category;

use crate::{
    generated::types,
    messages,
    nip98::CLOCK_TOLERANCE,
    relay_id::RelayId,
    response::{self, FOREIGN_BODY},
};

/// A failed operation: which operation, for which relay, and the [cause](ErrorKind).
///
/// The text names the operation, the relay and zooid's message. The cause of a transport error is its
/// [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    operation: Operation,
    relay: RelayId,
    kind: ErrorKind,
}

/// Operations of zooid's management API, and the heartbeat, which is a `PATCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST /relay/{id}`
    CreateRelay,
    /// `PUT /relay/{id}`
    ReplaceRelay,
    /// `PATCH /relay/{id}`
    PatchRelay,
    /// `DELETE /relay/{id}`
    DeleteRelay,
    /// `GET /relay/{id}/members`
    ListRelayMembers,
    /// `PATCH` of the reserved relay id
    Heartbeat,
}

/// The cause of a failed operation.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A response with an error status, from zooid or from a proxy in front of it.
    Response(ErrorResponse),
    /// No complete response: no connection, timeout, lost connection, or a TLS error. zooid may have done the
    /// operation.
    Transport(reqwest::Error),
    /// A success status with a body that is not zooid's. zooid probably did the operation.
    InvalidResponse(serde_json::Error),
    /// The request was not sent, because zooid would reject it or it cannot be built.
    InvalidRequest(String),
}

/// A response with an error status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: StatusCode,
    /// zooid's message, or an excerpt of the body of another server. May be empty.
    pub message: String,
    /// Whether the body has the format of zooid's errors. If not, the response most likely comes from a proxy or a
    /// firewall.
    pub is_from_zooid: bool,
    /// The value of `Retry-After`.
    pub retry_after: Option<Duration>,
    /// On a 401 whose `Date` differs from the local clock by more than [`CLOCK_TOLERANCE`](crate::CLOCK_TOLERANCE):
    /// the seconds that the local clock is ahead. Negative if it is behind.
    pub clock_skew: Option<i64>,
}

/// A unique field of a relay that another relay already uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InUse {
    /// The schema. It cannot be changed after the relay is created.
    Schema,
    /// The host.
    Host,
}

impl Error {
    /// Returns the operation that failed.
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// Returns the id of the relay that the operation was for.
    pub fn relay(&self) -> &RelayId {
        &self.0.relay
    }

    /// Returns the cause.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns the response, if there was one with an error status.
    pub fn response(&self) -> Option<&ErrorResponse> {
        match self.kind() {
            ErrorKind::Response(response) => Some(response),
            _ => None,
        }
    }

    /// Returns the status of the response, if there was one with an error status.
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(|response| response.status)
    }

    /// Returns the value of `Retry-After`, which may be given in seconds or as a date.
    pub fn retry_after(&self) -> Option<Duration> {
        self.response().and_then(|response| response.retry_after)
    }

    /// Returns whether a relay with this id already exists. Patch it instead.
    pub fn already_exists(&self) -> bool {
        self.has_response(StatusCode::CONFLICT, messages::ALREADY_EXISTS)
    }

    /// Returns the field that another relay already uses. The operation fails until one of the two relays changes it.
    pub fn in_use(&self) -> Option<InUse> {
        let response = self
            .response()
            .filter(|response| response.status == StatusCode::CONFLICT)?;
        match messages::parse_in_use(&response.message)? {
            ("schema", _) => Some(InUse::Schema),
            ("host", _) => Some(InUse::Host),
            _ => None,
        }
    }

    /// Returns whether zooid has no relay with this id. `false` for a 404 of a proxy or of a wrong url.
    pub fn not_found(&self) -> bool {
        self.has_response(StatusCode::NOT_FOUND, messages::NOT_FOUND)
    }

    /// Returns whether zooid rejects the key or the signature (401, 403). Every other request fails in the same way.
    pub fn not_allowed(&self) -> bool {
        matches!(self.status(), Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN))
    }

    /// Returns whether the request itself is wrong. It fails until it is changed.
    pub fn invalid(&self) -> bool {
        matches!(self.kind(), ErrorKind::InvalidRequest(_)) || self.status() == Some(StatusCode::BAD_REQUEST)
    }

    /// Returns the seconds that the local clock is ahead of zooid's, if zooid rejected the signature because of the
    /// difference.
    pub fn clock_skew(&self) -> Option<i64> {
        self.response().and_then(|response| response.clock_skew)
    }

    /// Returns whether the same request may succeed later: there was no valid response, the server was overloaded or
    /// failed, or the clocks differ.
    pub fn is_transient(&self) -> bool {
        match self.kind() {
            ErrorKind::Transport(_) | ErrorKind::InvalidResponse(_) => true,
            ErrorKind::InvalidRequest(_) => false,
            ErrorKind::Response(response) => {
                response.clock_skew.is_some()
                    || response.status.is_server_error()
                    || matches!(
                        response.status,
                        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
                    )
            }
        }
    }

    /// Returns whether this is the rejection of a heartbeat for an id that exists.
    pub(crate) fn is_host_required(&self) -> bool {
        self.has_response(StatusCode::BAD_REQUEST, messages::HOST_REQUIRED)
    }

    /// Returns the error of a heartbeat that was accepted. zooid always rejects it, so the response is not zooid's.
    pub(crate) fn accepted_heartbeat(relay: &RelayId) -> Self {
        let cause = serde::de::Error::custom("zooid rejects every heartbeat, but the response is a success");
        Self::with_kind(Operation::Heartbeat, relay, ErrorKind::InvalidResponse(cause))
    }

    pub(crate) fn has_response(&self, status: StatusCode, message: &str) -> bool {
        self.response()
            .is_some_and(|response| response.status == status && response.message == message)
    }

    pub(crate) async fn new(operation: Operation, relay: &RelayId, error: Generated<types::Error>) -> Self {
        let kind = match error {
            Generated::ErrorResponse(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                ErrorKind::Response(ErrorResponse::new(status, &headers, response.into_inner().error))
            }
            Generated::UnexpectedResponse(response) if response.status().is_success() => {
                ErrorKind::InvalidResponse(match response::too_large(&response) {
                    Some(too_large) => serde::de::Error::custom(too_large),
                    None => serde::de::Error::custom(format_args!("unexpected status {}", response.status())),
                })
            }
            Generated::UnexpectedResponse(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                let message = response
                    .json::<types::Error>()
                    .await
                    .map_or_else(|_| String::new(), |body| body.error);
                ErrorKind::Response(ErrorResponse::new(status, &headers, message))
            }
            Generated::InvalidResponsePayload(_, error) => ErrorKind::InvalidResponse(without_values(error)),
            Generated::CommunicationError(error) if error.is_builder() => {
                ErrorKind::InvalidRequest(error.without_url().to_string())
            }
            Generated::CommunicationError(error)
            | Generated::InvalidUpgrade(error)
            | Generated::ResponseBodyError(error) => ErrorKind::Transport(error.without_url()),
            Generated::InvalidRequest(reason) | Generated::Custom(reason) => ErrorKind::InvalidRequest(reason),
        };
        Self::with_kind(operation, relay, kind)
    }

    fn with_kind(operation: Operation, relay: &RelayId, kind: ErrorKind) -> Self {
        let relay = relay.clone();
        Self(Box::new(Inner { operation, relay, kind }))
    }
}

impl ErrorResponse {
    fn new(status: StatusCode, headers: &HeaderMap, message: String) -> Self {
        let now = SystemTime::now();
        Self {
            status,
            message,
            is_from_zooid: !headers.contains_key(FOREIGN_BODY),
            retry_after: text(headers, RETRY_AFTER.as_str()).and_then(|value| retry_after(value, now)),
            clock_skew: text(headers, DATE.as_str())
                .filter(|_| status == StatusCode::UNAUTHORIZED)
                .and_then(|date| clock_skew(date, now)),
        }
    }
}

/// Removes the quoted value from a type error of serde: a response can repeat the request.
fn without_values(error: serde_json::Error) -> serde_json::Error {
    match error.classify() {
        Category::Data => serde::de::Error::custom(format_args!(
            "a value of the wrong type or a missing field at line {} column {}",
            error.line(),
            error.column()
        )),
        Category::Io | Category::Syntax | Category::Eof => error,
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

fn clock_skew(date: &str, now: SystemTime) -> Option<i64> {
    let theirs = httpdate::parse_http_date(date).ok()?;
    let (distance, sign) = match now.duration_since(theirs) {
        Ok(ahead) => (ahead, 1),
        Err(behind) => (behind.duration(), -1),
    };
    (distance > CLOCK_TOLERANCE).then(|| sign * distance.as_secs().min(i64::MAX as u64) as i64)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation() {
            Operation::Heartbeat => write!(f, "zooid is unavailable: {}", self.kind()),
            operation => write!(f, "cannot {operation} {}: {}", self.relay(), self.kind()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            // The text of the kind replaces reqwest's; its source has the details.
            ErrorKind::Transport(error) => error.source(),
            ErrorKind::InvalidResponse(error) => Some(error),
            ErrorKind::Response(_) | ErrorKind::InvalidRequest(_) => None,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Response(response) => response.fmt(f),
            ErrorKind::Transport(error) if error.is_timeout() => f.write_str("zooid did not respond in time"),
            ErrorKind::Transport(error) if error.is_connect() => f.write_str("zooid cannot be reached"),
            ErrorKind::Transport(_) => f.write_str("the connection to zooid was lost"),
            ErrorKind::InvalidResponse(_) => f.write_str("the status is a success, but the body is not zooid's"),
            ErrorKind::InvalidRequest(reason) => f.write_str(reason),
        }
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zooid returned {}", self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match self.status {
            StatusCode::FORBIDDEN => {
                f.write_str(" (add the public key of the signing key to zooid's API_WHITELIST)")?
            }
            StatusCode::NOT_FOUND if self.message != messages::NOT_FOUND => {
                f.write_str(" (check that the host and port of the url are zooid's API_HOST)")?;
            }
            _ => {}
        }
        match self.clock_skew {
            Some(ahead @ 0..) => write!(f, " (this machine's clock is {ahead} s ahead of zooid's)"),
            Some(behind) => write!(
                f,
                " (this machine's clock is {} s behind zooid's)",
                behind.unsigned_abs()
            ),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::CreateRelay => "create relay",
            Operation::ReplaceRelay => "replace relay",
            Operation::PatchRelay => "patch relay",
            Operation::DeleteRelay => "delete relay",
            Operation::ListRelayMembers => "list members of relay",
            Operation::Heartbeat => "send a heartbeat for relay",
        })
    }
}
