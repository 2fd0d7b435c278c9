use std::error::Error;

use crate::InvalidRelay;

/// Why zooid does not match a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The row cannot be sent.
    #[error("the row cannot be sent to zooid")]
    Invalid(#[from] InvalidRelay),
    /// The request failed.
    #[error(transparent)]
    Zooid(#[from] zooid_client::Error),
}

/// An error with all its causes, as a row or a log keeps it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
