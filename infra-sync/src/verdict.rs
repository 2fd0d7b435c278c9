use std::time::Duration;

use zooid_client::{ErrorKind, StatusCode};

/// What a failed request means for what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// A relay with this id exists: it is to be changed, not created.
    AlreadyExists,
    /// There is no relay with this id: it is to be created, not changed.
    NoSuchRelay,
    /// The relay's own trouble; a later attempt may go well.
    Relay,
    /// The relay's own trouble, until its row changes.
    Final,
    /// It may be zooid as a whole; a row of these is.
    Zooid,
    /// It is zooid as a whole: nobody listens, or nobody is let in.
    Unusable,
}

impl Trouble {
    /// The name that metrics and logs use.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Trouble::AlreadyExists => "already_exists",
            Trouble::NoSuchRelay => "no_such_relay",
            Trouble::Relay => "relay",
            Trouble::Final => "final",
            Trouble::Zooid => "zooid",
            Trouble::Unusable => "unusable",
        }
    }
}

/// A [`Trouble`], and how long zooid asked to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the failure means.
    pub trouble: Trouble,
    /// `Retry-After`, for the whole host.
    pub retry_after: Option<Duration>,
}

impl From<&zooid_client::Error> for Verdict {
    fn from(error: &zooid_client::Error) -> Self {
        Self {
            trouble: trouble(error),
            retry_after: error.retry_after(),
        }
    }
}

fn trouble(error: &zooid_client::Error) -> Trouble {
    if error.already_exists() {
        return Trouble::AlreadyExists;
    }
    if error.not_found() {
        return Trouble::NoSuchRelay;
    }
    match error.kind() {
        ErrorKind::Unsendable(_) => Trouble::Final,
        ErrorKind::Transport(error) if error.is_builder() => Trouble::Final,
        ErrorKind::Transport(error) if error.is_connect() => Trouble::Unusable,
        ErrorKind::Transport(_) | ErrorKind::Unintelligible(_) => Trouble::Zooid,
        ErrorKind::Refused(refusal) => of_status(refusal.status),
        _ => Trouble::Relay,
    }
}

/// What is left once zooid's words have been looked at.
fn of_status(status: StatusCode) -> Trouble {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => Trouble::Final,
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::PROXY_AUTHENTICATION_REQUIRED
        | StatusCode::MISDIRECTED_REQUEST => Trouble::Unusable,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => Trouble::Zooid,
        StatusCode::INTERNAL_SERVER_ERROR => Trouble::Relay,
        status if status.is_redirection() => Trouble::Unusable,
        status if status.is_server_error() => Trouble::Zooid,
        _ => Trouble::Relay,
    }
}
