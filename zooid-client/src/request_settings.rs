use std::time::Duration;

use crate::signer::Signer;

/// Settings that the [hooks](crate::hooks) apply to every request of a client.
#[derive(Clone, Debug)]
pub struct RequestSettings {
    pub(crate) signer: Signer,
    /// Limit from connecting to the last byte of the response. [`Duration::MAX`] leaves the limit to the HTTP client.
    pub(crate) timeout: Duration,
}
