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

/// Why an operation failed: which one, for which relay, and the [cause](ErrorKind).
///
/// Its text names the operation, the relay and what zooid said; a transport's own cause is its
/// [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    operation: Operation,
    relay: RelayId,
    kind: ErrorKind,
}

/// The operations of zooid's management API, and the heartbeat that is made of one of them.
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
    /// `PATCH` of a relay that nobody has
    Heartbeat,
}

/// What kept an operation from going well.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// zooid, or a proxy in front of it, answered with something else than success.
    Response(ErrorResponse),
    /// No answer came: not reached, timed out, connection lost, TLS failed. The write may have been done.
    Transport(reqwest::Error),
    /// The status says success, but the body is not what zooid writes. The write was probably done.
    InvalidResponse(serde_json::Error),
    /// The request was not sent, because zooid could not take it.
    InvalidRequest(String),
}

/// An answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The answer's status.
    pub status: StatusCode,
    /// zooid's own words, or an excerpt of what a proxy wrote. May be empty.
    pub message: String,
    /// Whether the body has the form of zooid's own errors. If not, a proxy or a firewall most likely wrote it.
    pub is_from_zooid: bool,
    /// How long the answer asks to wait.
    pub retry_after: Option<Duration>,
    /// On a 401: how many seconds this machine's clock is ahead (or, negative, behind) of the answer's `Date`, when that
    /// is more than zooid tolerates (60 s).
    pub clock_skew: Option<i64>,
}

/// Which of a relay's unique fields another relay has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InUse {
    /// The schema, which must be changed before the relay exists, never later.
    Schema,
    /// The host.
    Host,
}

impl Error {
    /// The operation that failed.
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The relay it was for.
    pub fn relay(&self) -> &RelayId {
        &self.0.relay
    }

    /// The cause.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The answer, when there was one and it was not a success.
    pub fn response(&self) -> Option<&ErrorResponse> {
        match self.kind() {
            ErrorKind::Response(response) => Some(response),
            _ => None,
        }
    }

    /// The answer's status, when there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(|response| response.status)
    }

    /// How long the answer asks to wait (`Retry-After`, in seconds or as a date).
    pub fn retry_after(&self) -> Option<Duration> {
        self.response().and_then(|response| response.retry_after)
    }

    /// A relay with this id exists: change it instead.
    pub fn already_exists(&self) -> bool {
        self.has_response(StatusCode::CONFLICT, messages::ALREADY_EXISTS)
    }

    /// Another relay has this schema or this host. Only a change of one of the two cures it.
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

    /// zooid has no relay with this id. Any other 404, a proxy's or that of a wrong url, is not this one.
    pub fn not_found(&self) -> bool {
        self.has_response(StatusCode::NOT_FOUND, messages::NOT_FOUND)
    }

    /// zooid does not accept the key or the signature (401, 403). Every other request will fare the same.
    pub fn not_allowed(&self) -> bool {
        matches!(self.status(), Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN))
    }

    /// The request itself is wrong and will be until it is changed.
    pub fn invalid(&self) -> bool {
        matches!(self.kind(), ErrorKind::InvalidRequest(_)) || self.status() == Some(StatusCode::BAD_REQUEST)
    }

    /// By how many seconds this machine's clock is ahead of zooid's, when that is why it was refused.
    pub fn clock_skew(&self) -> Option<i64> {
        self.response().and_then(|response| response.clock_skew)
    }

    /// The same request may go well later: nothing answered, or what answered was overloaded or broken.
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

    /// Somebody has created the relay that heartbeats ask for. zooid is usable all the same.
    pub(crate) fn is_host_required(&self) -> bool {
        self.has_response(StatusCode::BAD_REQUEST, messages::HOST_REQUIRED)
    }

    /// zooid always refuses what a heartbeat asks for, so this is the answer of something else.
    pub(crate) fn accepted_heartbeat(relay: &RelayId) -> Self {
        Self(Box::new(Inner {
            operation: Operation::Heartbeat,
            relay: relay.clone(),
            kind: ErrorKind::InvalidResponse(serde::de::Error::custom("zooid never accepts a heartbeat's patch")),
        }))
    }

    pub(crate) fn has_response(&self, status: StatusCode, message: &str) -> bool {
        self.response()
            .is_some_and(|response| response.status == status && response.message == message)
    }

    pub(crate) async fn new(operation: Operation, relay: &RelayId, error: Generated<types::Error>) -> Self {
        let kind = match error {
            Generated::ErrorResponse(answer) => {
                let (status, headers) = (answer.status(), answer.headers().clone());
                ErrorKind::Response(ErrorResponse::new(status, &headers, answer.into_inner().error))
            }
            Generated::UnexpectedResponse(response) if response.status().is_success() => {
                ErrorKind::InvalidResponse(match response::too_large(&response) {
                    Some(too_large) => serde::de::Error::custom(too_large),
                    None => {
                        serde::de::Error::custom(format_args!("zooid does not answer this with {}", response.status()))
                    }
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
        Self(Box::new(Inner {
            operation,
            relay: relay.clone(),
            kind,
        }))
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

/// serde quotes a value of the wrong type in its error, and here the value can be an echo of the request.
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
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
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
            Operation::Heartbeat => write!(f, "zooid is not usable: {}", self.kind()),
            operation => write!(f, "cannot {operation} {}: {}", self.relay(), self.kind()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            // The kind has said what reqwest would say; its cause is the news.
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
            ErrorKind::Transport(error) if error.is_timeout() => f.write_str("zooid did not answer in time"),
            ErrorKind::Transport(error) if error.is_connect() => f.write_str("zooid cannot be reached"),
            ErrorKind::Transport(_) => f.write_str("the connection to zooid was lost"),
            ErrorKind::InvalidResponse(_) => f.write_str("the answer is a success, but not zooid's"),
            ErrorKind::InvalidRequest(reason) => f.write_str(reason),
        }
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zooid answered {}", self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match self.status {
            StatusCode::FORBIDDEN => f.write_str(" (is the public half of this key on zooid's API_WHITELIST?)")?,
            StatusCode::NOT_FOUND if self.message != messages::NOT_FOUND => {
                f.write_str(" (is the host of this url zooid's API_HOST, port included?)")?;
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
            Operation::Heartbeat => "check zooid with relay",
        })
    }
}
