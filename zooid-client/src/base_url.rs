use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

/// The address of zooid's management API: `http` or `https`, a host, and optionally a port and a path prefix.
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

/// The reason why a text is not a [`BaseUrl`]. It does not repeat the text, which may contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the url of zooid's management API: {0}")]
pub struct InvalidUrl(String);

impl BaseUrl {
    /// Returns the url without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the host of the API, or `None` if it is an IP address or another name that is not a
    /// [`Host`](crate::Host).
    pub fn host(&self) -> Option<crate::host::Host> {
        Url::parse(&self.0).ok()?.host_str()?.parse().ok()
    }

    pub(crate) fn is_plain_http(&self) -> bool {
        self.0.starts_with("http:")
    }

    pub(crate) fn is_plain_http_to_remote(&self) -> bool {
        self.is_plain_http() && Url::parse(&self.0).is_ok_and(|url| !is_loopback(&url))
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let invalid = |reason: &str| Err(InvalidUrl(reason.to_owned()));
        let Ok(url) = Url::parse(text.trim()) else {
            return invalid("expected a url such as https://zooid.example or http://127.0.0.1:3334");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return invalid("it must begin with http:// or https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("it must not contain credentials; requests are signed with a key");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return invalid("it must not have a query or a fragment");
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
