//! Reads the public NIP-11 documents of relays. Requests are not signed.

use std::time::{Duration, SystemTime};

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, DATE, HOST},
};
use serde::Deserialize;

use crate::{
    base_url::BaseUrl,
    body::{self, Limit, ReadError},
    build_error::BuildError,
    http_client::{self, Options, USER_AGENT},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(15);
const DOCUMENT: Limit = Limit::kib(64);

/// A client that reads the NIP-11 documents of the relays of one zooid. Clones share the connection pool.
///
/// Requests go to the address of the management API, with the relay's host in the `Host` header.
#[derive(Clone, Debug)]
pub struct Nip11Client {
    http: reqwest::Client,
    url: String,
}

/// The fields of a relay's NIP-11 document that zooid takes from its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RelayDocument {
    /// The relay's name; empty if absent.
    pub name: String,
    /// The URL of its image; empty if absent.
    pub icon: String,
    /// Its description; empty if absent.
    pub description: String,
    /// The owner's public key.
    pub pubkey: String,
    /// The relay's own public key.
    #[serde(rename = "self")]
    pub own_pubkey: Option<String>,
}

/// The reason why a relay cannot be observed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// No response arrived in time.
    #[error("zooid did not respond in time")]
    Timeout,
    /// No connection could be made.
    #[error("zooid cannot be reached")]
    Connect(#[source] reqwest::Error),
    /// The connection ended before the response was complete.
    #[error("the connection to zooid was lost")]
    Lost(#[source] reqwest::Error),
    /// The status is neither 200 nor 404.
    #[error("zooid returned {0}")]
    Status(StatusCode),
    /// The body is larger than any NIP-11 document needs to be.
    #[error("the NIP-11 document is larger than {DOCUMENT}")]
    TooLarge,
    /// The body is not a NIP-11 document.
    #[error("the response is not a NIP-11 document")]
    Invalid(#[source] serde_json::Error),
}

impl Nip11Client {
    /// Returns a client for the zooid whose management API is at `url`.
    ///
    /// # Errors
    ///
    /// [`BuildError::Http`] when the URL is `https` and this machine has no usable certificate store.
    pub fn new(url: &BaseUrl) -> Result<Self, BuildError> {
        let options = Options {
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            user_agent: USER_AGENT,
        };
        Ok(Self {
            http: http_client::build(url, options)?,
            url: format!("{url}/"),
        })
    }

    /// Returns the `Date` header of a response of zooid or a proxy in front of it, if there is one.
    ///
    /// # Errors
    ///
    /// [`ProbeError`] when no response arrives.
    pub async fn server_time(&self) -> Result<Option<SystemTime>, ProbeError> {
        let response = self.http.get(&self.url).send().await?;
        Ok(date(&response))
    }

    /// Returns the document of the relay at `host`, or `None` if zooid serves no relay there (404).
    ///
    /// # Errors
    ///
    /// [`ProbeError`] if the relay cannot be observed.
    pub async fn relay_document(&self, host: &str) -> Result<Option<RelayDocument>, ProbeError> {
        let request = self.http.get(&self.url).header(HOST, host);
        let response = request.header(ACCEPT, "application/nostr+json").send().await?;
        match response.status() {
            StatusCode::OK => serde_json::from_slice(&body::read(response, DOCUMENT).await?)
                .map(Some)
                .map_err(ProbeError::Invalid),
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(ProbeError::Status(other)),
        }
    }
}

fn date(response: &Response) -> Option<SystemTime> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    httpdate::parse_http_date(date).ok()
}

impl From<ReadError> for ProbeError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::TooLarge(_) => ProbeError::TooLarge,
            ReadError::Http(error) => error.into(),
        }
    }
}

impl From<reqwest::Error> for ProbeError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() {
            ProbeError::Timeout
        } else if error.is_connect() {
            ProbeError::Connect(error)
        } else {
            ProbeError::Lost(error)
        }
    }
}
