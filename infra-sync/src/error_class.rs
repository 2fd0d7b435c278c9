use std::time::Duration;

use zooid_client::{ErrorKind, ErrorResponse, StatusCode};

/// How long a request without an answer may still take effect: zooid accepts a signature for a minute by its own clock, which
/// may differ. An old zooid does not look at the time; there, this is best effort.
pub const SETTLE_TIME: Duration = Duration::from_secs(75);

/// zooid's words when it cannot write a relay's file, as on a full disk.
const WRITE_FAILED: &str = "failed to write config";

/// What a failed request means for what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorClass {
    /// A relay with this id exists: it must be patched, not created.
    AlreadyExists,
    /// No relay with this id exists: it must be created, not patched.
    NotFound,
    /// Another relay has the host or the schema: the relay's own failure. The next attempt follows at once when it is known
    /// that one of them has become free.
    InUse,
    /// The relay's own failure. A later attempt may succeed.
    Relay,
    /// The relay's own failure. No attempt succeeds until the row changes.
    Permanent,
    /// Possibly an outage of the whole server, possibly the relay's own failure: a
    /// [heartbeat](crate::Zooid::heartbeat) decides.
    Server,
    /// Possibly an outage that heartbeats do not show, such as a full disk or a rate limit. If a heartbeat is accepted, the
    /// next request of another relay decides.
    Unavailable,
}

impl ErrorClass {
    /// The name in metrics.
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

/// An [`ErrorClass`], and how long the server asked to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    /// What the failure means.
    pub class: ErrorClass,
    /// `Retry-After`. Only the first five minutes of it are respected.
    pub retry_after: Option<Duration>,
    /// The request may still take effect: no answer came, or not from zooid itself.
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

/// A proxy or a firewall can answer any status. What zooid itself answers has its own form of body.
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
