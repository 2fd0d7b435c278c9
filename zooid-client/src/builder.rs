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

/// Settles how a [`Client`] reaches zooid. Made by [`Client::builder`].
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    /// Parsed at once: what is wrong with it is told by `build`, and a password in it by nobody.
    url: Result<BaseUrl, InvalidUrl>,
    keys: Keys,
    public_base_url: Option<BaseUrl>,
    connect_timeout: Duration,
    timeout: Duration,
    user_agent: String,
    http: Option<reqwest::Client>,
}

impl Client {
    /// A client of the zooid at `url`, with the whitelisted key in hex or as nsec, and sane timeouts.
    ///
    /// # Errors
    ///
    /// [`BuildError::Key`], and those of [`ClientBuilder::build`].
    pub fn new(url: &str, key: &str) -> Result<Self, BuildError> {
        let keys = Keys::parse(key.trim()).map_err(|_| BuildError::Key)?;
        Self::builder(url, keys).build()
    }

    /// A client of the zooid at `url` (a path prefix is allowed, a trailing slash harmless), settled step by step.
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
    /// The address zooid is shown, where a proxy shows it another than the one that is dialled: this is what is signed.
    /// zooid compares with the scheme (`X-Forwarded-Proto: https` makes it https), the `Host` header and the path it gets.
    pub fn public_base_url(mut self, url: BaseUrl) -> Self {
        self.public_base_url = Some(url);
        self
    }

    /// How long connecting may take; 5 seconds unless said otherwise.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a request may take from connecting to the last byte of the answer; 30 seconds unless said otherwise.
    ///
    /// It also holds for an HTTP client of [your own](Self::http), in place of that client's timeout, unless it is
    /// [`Duration::MAX`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What the client calls itself; its own name and version unless said otherwise.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// An HTTP client of your own. The connect timeout and the user agent are then its affair. It must not follow redirects,
    /// since a signature is for one url.
    ///
    /// This is also the way to send requests through a proxy. Without a client of your own none is used, even where
    /// `HTTP_PROXY` names one, and a client of your own uses that one unless it is built with
    /// [`no_proxy`](reqwest::ClientBuilder::no_proxy). Where the url is `http`, the proxy sees the relays' keys.
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`BuildError::Url`] when the url is not `http` or `https`, or has credentials, a query or a fragment;
    /// [`BuildError::Http`] when the url is `https` and this machine has no usable certificate store;
    /// [`BuildError::NoCryptoProvider`].
    pub fn build(self) -> Result<Client, BuildError> {
        let base = self.url?;
        if base.is_plain_http_to_remote() {
            tracing::warn!(url = %base, "relay secrets travel to zooid unencrypted; use https or a private network");
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
