//! The HTTP client that every request of this crate goes through.

use std::{sync::Arc, time::Duration};

use reqwest::{redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{base_url::BaseUrl, build_error::BuildError};

/// The default `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Options of one HTTP client.
pub(crate) struct Options<'a> {
    pub(crate) connect_timeout: Duration,
    /// From connecting to the last byte of the response.
    pub(crate) timeout: Duration,
    pub(crate) user_agent: &'a str,
}

/// Builds a client that follows no redirect and repeats no request: a NIP-98 signature is valid for one URL and one
/// request. It decompresses nothing, whatever features another crate enables in reqwest, and uses no proxy: requests have
/// relay keys in their bodies, and a variable meant for other programs must not send these elsewhere.
pub(crate) fn build(url: &BaseUrl, options: Options<'_>) -> Result<reqwest::Client, BuildError> {
    builder(url.is_plain_http())?
        .redirect(redirect::Policy::none())
        .retry(retry::never().max_retries_per_request(0))
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        .user_agent(options.user_agent)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .build()
        .map_err(|error| BuildError::Http(Box::new(error)))
}

/// Returns a builder that works on a machine without a certificate store if `plain_http` is set. Its clients then accept no
/// certificate.
pub(crate) fn builder(plain_http: bool) -> Result<reqwest::ClientBuilder, BuildError> {
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls(plain_http)?))
}

fn tls(plain_http: bool) -> Result<ClientConfig, BuildError> {
    let config = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| BuildError::Http(Box::new(error)))?;
    let config = if plain_http {
        config.with_root_certificates(RootCertStore::empty())
    } else {
        config
            .with_platform_verifier()
            .map_err(|error| BuildError::Http(Box::new(error)))?
    };
    Ok(config.with_no_client_auth())
}

/// The provider that the process installed, else the one that this crate was built with.
fn provider() -> Result<Arc<CryptoProvider>, BuildError> {
    if let Some(installed) = CryptoProvider::get_default() {
        return Ok(Arc::clone(installed));
    }
    #[cfg(feature = "ring")]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    Err(BuildError::NoCryptoProvider)
}
