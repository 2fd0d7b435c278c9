use std::time::Duration;

use nostr::key::Keys;

use crate::{
    base_url::{BaseUrl, InvalidUrl},
    build_error::BuildError,
    client::Client,
    generated,
    http_client::{self, Options, USER_AGENT},
    request_settings::RequestSettings,
    signer::Signer,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);

/// Configures a [`Client`]. Made by [`Client::builder`].
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    /// Parsed early, so that `Debug` cannot print a password; `build` returns the error.
    url: Result<BaseUrl, InvalidUrl>,
    keys: Keys,
    public_base_url: Option<BaseUrl>,
    connect_timeout: Duration,
    timeout: Duration,
    user_agent: String,
    http: Option<reqwest::Client>,
}

impl Client {
    /// Returns a client for the zooid at `url` with default timeouts. The key is hex or nsec and must be on zooid's
    /// whitelist.
    ///
    /// # Errors
    ///
    /// [`BuildError::Key`], and those of [`ClientBuilder::build`].
    pub fn new(url: &str, key: &str) -> Result<Self, BuildError> {
        let keys = Keys::parse(key.trim()).map_err(|_| BuildError::Key)?;
        Self::builder(url, keys).build()
    }

    /// Returns a builder of a client for the zooid at `url`, which may have a path prefix and a trailing slash.
    pub fn builder(url: &str, keys: Keys) -> ClientBuilder {
        ClientBuilder {
            url: url.parse(),
            keys,
            public_base_url: None,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            user_agent: USER_AGENT.to_owned(),
            http: None,
        }
    }
}

impl ClientBuilder {
    /// Sets the base url that requests are signed for, for a proxy that changes the address. zooid compares the signed
    /// url with the scheme (`https` if `X-Forwarded-Proto` says so), the `Host` header and the path that it receives.
    /// Default: the url that requests are sent to.
    pub fn public_base_url(mut self, url: BaseUrl) -> Self {
        self.public_base_url = Some(url);
        self
    }

    /// Sets the limit for opening a connection. Default: 5 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the limit of a request, from connecting to the last byte of the response. Default: 30 seconds.
    ///
    /// It replaces the timeout of an [HTTP client of the caller](Self::http), unless it is [`Duration::MAX`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the `User-Agent`. Default: the name and version of this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets the HTTP client, whose own connect timeout and user agent then apply. It must not follow redirects: a
    /// signature is valid for one url.
    ///
    /// This is also the way to use a proxy. The default client ignores variables such as `HTTP_PROXY`; reqwest's own
    /// client respects them unless built with [`no_proxy`](reqwest::ClientBuilder::no_proxy). With an `http` url the
    /// proxy can read the relays' keys.
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// - [`BuildError::Url`] if the url is not `http` or `https`, or has credentials, a query or a fragment
    /// - [`BuildError::Http`] if the url is `https` and the machine has no usable certificate store
    /// - [`BuildError::NoCryptoProvider`] if there is no cryptography provider for TLS
    pub fn build(self) -> Result<Client, BuildError> {
        let base = self.url?;
        if base.is_plain_http_to_remote() {
            tracing::warn!(url = %base, "relay secrets are sent to zooid unencrypted; use https or a private network");
        }
        let http = match self.http {
            Some(http) => http,
            None => {
                let options = Options {
                    connect_timeout: self.connect_timeout,
                    timeout: self.timeout,
                    user_agent: &self.user_agent,
                };
                http_client::build(&base, options)?
            }
        };
        let signer = Signer::new(self.keys, base.clone(), self.public_base_url);
        let settings = RequestSettings {
            signer,
            timeout: self.timeout,
        };
        Ok(Client(generated::Client::new_with_client(
            base.as_str(),
            http,
            settings,
        )))
    }
}
