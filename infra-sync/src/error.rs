use std::error::Error;

use crate::{Classification, ErrorClass, InvalidRelay, Zooid};

/// Why zooid does not match a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError<E = zooid_client::Error> {
    /// The row cannot be sent.
    #[error("the row cannot be sent to zooid")]
    Invalid(#[from] InvalidRelay),
    /// The request failed.
    #[error(transparent)]
    Zooid(E),
    /// A defect: the sync did not come to its end.
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

/// Returns the text of an error and of all its causes, on one line.
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
