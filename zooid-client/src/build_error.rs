use crate::base_url::InvalidUrl;

/// Why a [`Client`] could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The url cannot be zooid's.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// The key is neither hex nor nsec.
    #[error("not a nostr secret key: 64 hexadecimal digits or nsec1… are expected")]
    Key,
    /// The HTTP client could not be made, most often because this machine has no certificate store.
    #[error("cannot set up HTTPS; is a certificate store (ca-certificates) installed?")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// This crate was built without a cryptography provider for TLS.
    #[error(
        "no cryptography provider: enable the feature `ring` or `aws-lc-rs` of zooid-client, or install one for rustls"
    )]
    NoCryptoProvider,
}
