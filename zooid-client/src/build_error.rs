use crate::base_url::InvalidUrl;

/// The reason why a [`Client`](crate::Client) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The url is not valid for the management API.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// The key is neither 64 hexadecimal digits nor nsec.
    #[error("not a nostr secret key: 64 hexadecimal digits or nsec1… are expected")]
    Key,
    /// The HTTP client cannot be built, usually because the machine has no certificate store.
    #[error("cannot set up HTTPS; install a certificate store, such as the package ca-certificates")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No cryptography provider for TLS: this crate was built without one, and the process installed none.
    #[error(
        "no cryptography provider: enable the feature `ring` or `aws-lc-rs` of zooid-client, or install one for rustls"
    )]
    NoCryptoProvider,
}
