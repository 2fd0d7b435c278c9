use std::time::Duration;

use zooid_client::{ErrorKind, ErrorResponse, StatusCode};

/// How long a request without an answer may still take effect. zooid accepts a signature for 60 seconds by its own clock; the
/// other 15 seconds allow for a clock difference. An old zooid does not check the time; there, this limit is best effort.
pub const SETTLE_TIME: Duration = Duration::from_secs(75);

/// The start of zooid's error message when it cannot write a relay's file, for example on a full disk.
const WRITE_FAILED: &str = "failed to write config";

/// The class of a failed request, which decides the next step. See `docs/failures.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorClass {
    /// A relay with this id exists. The relay must be patched instead of created.
    AlreadyExists,
    /// No relay with this id exists. The relay must be created instead of patched.
    NotFound,
    /// Another relay has the host or the schema. The failure counts against this relay. The relay is retried immediately when
    /// the host or the schema becomes free.
    InUse,
    /// The failure counts against the relay. A retry may succeed.
    Relay,
    /// The failure counts against the relay. No retry succeeds until the row changes.
    Permanent,
    /// Possibly an outage of the whole server, possibly a failure of this relay. A [heartbeat](crate::Zooid::heartbeat)
    /// decides.
    Server,
    /// Possibly an outage that a heartbeat does not detect, such as a full disk or a rate limit. If a heartbeat is accepted,
    /// the next request of another relay decides.
    Unavailable,
}

impl ErrorClass {
    /// Returns the label in metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ErrorClass::AlreadyExists => "already_exists",
            ErrorClass::NotFound => "not_found",
            ErrorClass::InUse => "in_use",
            ErrorClass::Relay => "relay",
            ErrorClass::Permanent => "permanent",
            ErrorClass::Server => "server",
            ErrorClass::Unavailable => "unavailable",
        }
    }
}

/// An [`ErrorClass`] with the other facts about the failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    /// The class of the failure.
    pub class: ErrorClass,
    /// The `Retry-After` header (RFC 9110). At most five minutes are respected.
    pub retry_after: Option<Duration>,
    /// Whether the request may still take effect: it got no answer, or the answer is not from zooid itself.
    pub may_take_effect: bool,
}

impl Classification {
    pub(crate) fn unsettled_for(self) -> Option<Duration> {
        self.may_take_effect.then_some(SETTLE_TIME)
    }
}

impl From<&zooid_client::Error> for Classification {
    fn from(error: &zooid_client::Error) -> Self {
        Self {
            class: class(error),
            retry_after: error.retry_after(),
            may_take_effect: match error.kind() {
                ErrorKind::InvalidRequest(_) => false,
                ErrorKind::Transport(error) => !error.is_connect(),
                ErrorKind::Response(response) => !response.is_from_zooid,
                _ => true,
            },
        }
    }
}

fn class(error: &zooid_client::Error) -> ErrorClass {
    if error.already_exists() {
        return ErrorClass::AlreadyExists;
    }
    if error.not_found() {
        return ErrorClass::NotFound;
    }
    if error.in_use().is_some() {
        return ErrorClass::InUse;
    }
    match error.kind() {
        ErrorKind::InvalidRequest(_) => ErrorClass::Permanent,
        ErrorKind::Transport(_) | ErrorKind::InvalidResponse(_) => ErrorClass::Server,
        ErrorKind::Response(response) => of_response(response),
        _ => ErrorClass::Relay,
    }
}

/// A proxy or a firewall can return any status. Only zooid's own answers have its JSON body.
fn of_response(response: &ErrorResponse) -> ErrorClass {
    match response.status {
        StatusCode::BAD_REQUEST if response.is_from_zooid => ErrorClass::Permanent,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => ErrorClass::Permanent,
        StatusCode::CONFLICT => ErrorClass::Relay,
        StatusCode::INTERNAL_SERVER_ERROR if response.is_from_zooid => match response.message.starts_with(WRITE_FAILED)
        {
            true => ErrorClass::Unavailable,
            false => ErrorClass::Relay,
        },
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => ErrorClass::Unavailable,
        _ => ErrorClass::Server,
    }
}
