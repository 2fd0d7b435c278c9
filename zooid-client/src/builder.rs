use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use nostr::key::Keys;
use url::{Host, Url};

use crate::{
    Client,
    exchange::Exchange,
    generated,
    http::{self, Limits},
    nip98::Signer,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

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

impl ClientBuilder {
    pub(crate) fn new(url: &str, keys: Keys) -> Self {
        Self {
            url: url.parse(),
            keys,
            public_base_url: None,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            user_agent: USER_AGENT.to_owned(),
            http: None,
        }
    }

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
        if base.is_plain_beyond_this_machine() {
            tracing::warn!(url = %base, "relay secrets travel to zooid unencrypted; use https or a private network");
        }
        let http = match self.http {
            Some(http) => http,
            None => {
                let limits = Limits {
                    connect_timeout: self.connect_timeout,
                    timeout: self.timeout,
                    user_agent: &self.user_agent,
                };
                http::client(&base, limits)?
            }
        };
        let signer = Signer::new(self.keys, base.clone(), self.public_base_url);
        Ok(Client::over(generated::Client::new_with_client(
            base.as_str(),
            http,
            Exchange::new(signer, self.timeout),
        )))
    }
}

/// Where a zooid's management API is: `http` or `https`, a host, perhaps a port and a path prefix.
///
/// ```
/// use zooid_client::BaseUrl;
///
/// let url: BaseUrl = "https://zooid.example/api/".parse()?;
/// assert_eq!(url.as_str(), "https://zooid.example/api");
/// assert!("zooid.example".parse::<BaseUrl>().is_err());
/// # Ok::<(), zooid_client::InvalidUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why a text is not a [`BaseUrl`]. The text itself is not repeated, it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the url of a zooid: {0}")]
pub struct InvalidUrl(String);

impl BaseUrl {
    /// The url without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host that the API answers on, if it is a domain name.
    pub fn host(&self) -> Option<crate::Host> {
        Url::parse(&self.0).ok()?.host_str()?.parse().ok()
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.0.starts_with("http:")
    }

    fn is_plain_beyond_this_machine(&self) -> bool {
        self.is_plain() && Url::parse(&self.0).is_ok_and(|url| !is_loopback(&url))
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let refuse = |reason: &str| Err(InvalidUrl(reason.to_owned()));
        let Ok(url) = Url::parse(text.trim()) else {
            return refuse("it must read like https://zooid.example or http://127.0.0.1:3334");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("it must begin with http:// or https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it must not contain credentials, requests are signed");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it must not have a query or a fragment");
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}
