//! Builds the HTTP clients of this crate.

use std::{sync::Arc, time::Duration};

use reqwest::{redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{base_url::BaseUrl, build_error::BuildError};

/// The default `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Options of an HTTP client.
pub(crate) struct Options<'a> {
    pub(crate) connect_timeout: Duration,
    /// Limit from connecting to the last byte of the response.
    pub(crate) timeout: Duration,
    pub(crate) user_agent: &'a str,
}

/// Builds a client without redirects and retries, because a NIP-98 signature is valid for one url and one request;
/// without decompression, whatever features of reqwest are enabled; and without proxies, because requests contain
/// relay keys, which a proxy variable for other programs must not redirect.
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

/// Returns a builder. With `plain_http` it does not need a certificate store, and its clients trust no certificate.
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

/// Returns the provider that the process installed, otherwise the one this crate was built with.
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
