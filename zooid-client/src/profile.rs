use reqwest::StatusCode;

use crate::{client::Client, error::Error, messages, relay_id::RelayId};

/// Which zooid: the two answer differently, and only the current one has members and media on S3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The zooid of March 2026: no members, no media on S3, no check of a signature's age, other words for bad paths.
    Old,
    /// The zooid with S3 media, the members operation and stricter checks.
    #[default]
    Current,
}

impl Client {
    /// Finds out which zooid answers, by a request that changes nothing: the members of the reserved relay that nobody has.
    ///
    /// # Errors
    ///
    /// What any operation can meet. An answer that is neither zooid's, such as a proxy's 404, is an error too.
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
