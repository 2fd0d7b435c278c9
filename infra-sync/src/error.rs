use std::error::Error;

use crate::{Classification, ErrorClass, InvalidRelay, Zooid};

/// The error of a sync: zooid does not match the row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError<E = zooid_client::Error> {
    /// The row breaks a rule, so no request was sent.
    #[error("the row cannot be sent to zooid")]
    Invalid(#[from] InvalidRelay),
    /// The request failed.
    #[error(transparent)]
    Zooid(E),
    /// The sync panicked, which is a bug.
    #[error("the sync panicked")]
    Panicked,
}

impl<E> SyncError<E> {
    pub(crate) fn classify<Z: Zooid<Error = E>>(&self) -> Classification {
        let class = match self {
            SyncError::Zooid(error) => return Z::classify(error),
            SyncError::Invalid(_) => ErrorClass::Permanent,
            SyncError::Panicked => ErrorClass::Relay,
        };
        Classification {
            class,
            retry_after: None,
            may_take_effect: matches!(self, SyncError::Panicked),
        }
    }
}

/// Returns the texts of an error and of all its sources on one line, separated by `: `.
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
