//! zooid as anybody sees it from outside: nothing is signed here.

use std::time::{Duration, SystemTime};

use infra_sync::zooid_client::{BaseUrl, BuildError};
use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, DATE, HOST},
    redirect,
};
use serde::Deserialize;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(15);
const USER_AGENT: &str = concat!("infra/", env!("CARGO_PKG_VERSION"));

/// A zooid to be looked at. Cloning it is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Outside {
    http: reqwest::Client,
    url: String,
}

/// What a relay says of itself (NIP-11), as far as a row has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Document {
    /// The relay's name.
    pub name: String,
    /// The url of its image.
    pub icon: String,
    /// A sentence about it.
    pub description: String,
    /// Its owner's public key.
    pub pubkey: String,
    /// Its own public key. Not every zooid shows it.
    #[serde(rename = "self")]
    pub own_pubkey: Option<String>,
}

/// Why something could not be seen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unseen {
    /// Nothing came in time.
    #[error("zooid did not answer in time")]
    Late,
    /// There is no connection to be had.
    #[error("zooid cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The connection ended too soon.
    #[error("the connection to zooid was lost")]
    Lost(#[source] reqwest::Error),
    /// An answer that is neither a document nor its absence.
    #[error("zooid answered {0}")]
    Status(StatusCode),
    /// Something else than a document.
    #[error("the answer is not a NIP-11 document")]
    NoDocument(#[source] serde_json::Error),
}

impl Outside {
    /// Takes the url of the management API; the relays are at the same place under other hosts.
    ///
    /// # Errors
    ///
    /// [`BuildError::Http`] when the url is `https` and this machine has no usable certificate store.
    pub fn new(url: &BaseUrl) -> Result<Self, BuildError> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent(USER_AGENT);
        // Plain http needs no certificates, and a machine without any must not fail for lack of them.
        let http = if url.as_str().starts_with("http:") {
            http.tls_certs_only([])
        } else {
            http
        };
        Ok(Self {
            http: http.build().map_err(BuildError::Http)?,
            url: format!("{url}/"),
        })
    }

    /// The time by zooid's clock, or that of a proxy in front of it; none if the answer does not say. Any answer will do.
    ///
    /// # Errors
    ///
    /// [`Unseen`], when no answer comes.
    pub async fn time(&self) -> Result<Option<SystemTime>, Unseen> {
        let answer = self.http.get(&self.url).send().await?;
        Ok(date(&answer))
    }

    /// The document of the relay at a host; none where zooid serves no relay there.
    ///
    /// # Errors
    ///
    /// [`Unseen`].
    pub async fn document(&self, host: &str) -> Result<Option<Document>, Unseen> {
        let request = self.http.get(&self.url).header(HOST, host);
        let answer = request.header(ACCEPT, "application/nostr+json").send().await?;
        match answer.status() {
            StatusCode::OK => serde_json::from_slice(&answer.bytes().await?)
                .map(Some)
                .map_err(Unseen::NoDocument),
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(Unseen::Status(other)),
        }
    }
}

fn date(answer: &Response) -> Option<SystemTime> {
    let date = answer.headers().get(DATE)?.to_str().ok()?;
    httpdate::parse_http_date(date).ok()
}

impl From<reqwest::Error> for Unseen {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() {
            Unseen::Late
        } else if error.is_connect() {
            Unseen::Unreachable(error)
        } else {
            Unseen::Lost(error)
        }
    }
}
