use reqwest::StatusCode;

use crate::{client::Client, error::Error, messages, relay_id::RelayId};

/// A version of zooid. The versions differ in their responses, and only the current one supports members and media on
/// S3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// zooid of March 2026: no members, no media on S3, no limit on the age of signatures, other errors for unknown
    /// paths.
    Old,
    /// zooid with media on S3, the members operation and stricter validation.
    #[default]
    Current,
}

impl Client {
    /// Detects the version of zooid by listing the members of the reserved relay id. Changes nothing.
    ///
    /// # Errors
    ///
    /// Any error of an operation, also for a response that is not zooid's, such as a 404 of a proxy.
    pub async fn profile(&self) -> Result<Profile, Error> {
        match self.list_relay_members(&RelayId::heartbeat()).await {
            Ok(_) => Ok(Profile::Current),
            Err(error) if error.not_found() => Ok(Profile::Current),
            Err(error) if error.has_response(StatusCode::METHOD_NOT_ALLOWED, messages::METHOD_NOT_ALLOWED) => {
                Ok(Profile::Old)
            }
            Err(error) => Err(error),
        }
    }
}
