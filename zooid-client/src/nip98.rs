//! Signing of requests (NIP-98) inside progenitor's hooks, so that none can be forgotten and none is used twice.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{
    event::{Event, EventId, Kind, Tag, Tags},
    key::{Keys, PublicKey},
    types::Timestamp,
};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{
    Method, Request, Response,
    header::{AUTHORIZATION, HeaderValue},
};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{BaseUrl, answer, generated::Client};

/// What zooid reads of a body before it gives up.
const MAX_BODY: usize = 1024 * 1024;

/// The whitelisted key, and what it signs.
#[derive(Clone)]
pub struct Signer {
    keys: Keys,
    /// The base that is dialled, and the one that zooid believes it is called by.
    bases: Option<(BaseUrl, BaseUrl)>,
}

impl Signer {
    pub(crate) fn new(keys: Keys, dialled: BaseUrl, public: Option<BaseUrl>) -> Self {
        let bases = public.map(|public| (dialled, public));
        Self { keys, bases }
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.keys.public_key()
    }

    /// zooid compares with scheme, host and path, without the query.
    fn signed_url(&self, url: &Url) -> String {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        let url = String::from(url);
        let moved = self.bases.as_ref().and_then(|(dialled, public)| {
            let path = url.strip_prefix(dialled.as_str())?;
            Some(format!("{public}{path}"))
        });
        moved.unwrap_or(url)
    }

    pub(crate) fn authorization(&self, method: &Method, url: &Url, body: &[u8]) -> Result<HeaderValue, String> {
        let mut tags = vec![
            tag("u", &self.signed_url(url))?,
            tag("method", method.as_str())?,
            // Without it two equal requests within one second are one event, which a replay cache refuses.
            tag("nonce", &format!("{:016x}", fastrand::u64(..)))?,
        ];
        if !body.is_empty() {
            tags.push(tag("payload", &hex(&Sha256::digest(body)))?);
        }
        let event = sign(&self.keys, Tags::from_list(tags));
        let json = serde_json::to_vec(&event).map_err(|e| e.to_string())?;
        let mut value =
            HeaderValue::try_from(format!("Nostr {}", BASE64_STANDARD.encode(json))).map_err(|e| e.to_string())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// `EventBuilder::finalize` would verify what it has just signed, which doubles the cost of a request.
fn sign(keys: &Keys, tags: Tags) -> Event {
    let pubkey = keys.public_key();
    let created_at = Timestamp::now();
    let id = EventId::compute(&pubkey, &created_at, &Kind::HttpAuth, &tags, "");
    let sig = keys.sign_schnorr(id.as_bytes());
    Event::new(id, pubkey, created_at, Kind::HttpAuth, tags, "", sig)
}

fn tag(name: &str, value: &str) -> Result<Tag, String> {
    Tag::parse([name, value]).map_err(|e| e.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.public_key().to_hex()).finish()
    }
}

impl ClientHooks<Signer> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        if body.len() > MAX_BODY {
            return Err(Error::InvalidRequest(format!(
                "the body has {} bytes, but zooid takes at most {MAX_BODY}",
                body.len()
            )));
        }
        let value = self
            .inner()
            .authorization(request.method(), request.url(), body)
            .map_err(Error::Custom)?;
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        answer::as_zooid_words_it(self.client().execute(request).await?).await
    }
}
