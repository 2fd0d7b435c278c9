//! Signing of requests (NIP-98) inside progenitor's hooks, so that none can be forgotten and none is used twice.

use std::{borrow::Cow, fmt};

use nostr::key::Keys;
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{
    Method, Request, Response,
    header::{AUTHORIZATION, HeaderValue},
};
use url::Url;

use crate::{BaseUrl, answer, authorization, generated::Client};

/// What zooid reads of a body before it gives up.
const MAX_BODY: usize = 1024 * 1024;

/// The whitelisted key, and what it signs.
#[derive(Clone)]
pub struct Signer {
    keys: Keys,
    /// Their public half, in hex.
    pubkey: String,
    /// The base that is dialled, and the one that zooid believes it is called by.
    bases: Option<(BaseUrl, BaseUrl)>,
}

impl Signer {
    pub(crate) fn new(keys: Keys, dialled: BaseUrl, public: Option<BaseUrl>) -> Self {
        let bases = public.map(|public| (dialled, public));
        let pubkey = keys.public_key().to_hex();
        Self { keys, pubkey, bases }
    }

    /// The public half of the key, in hex.
    pub(crate) fn public_key(&self) -> &str {
        &self.pubkey
    }

    /// zooid compares with scheme, host and path, without the query.
    fn signed_url<'u>(&self, url: &'u Url) -> Cow<'u, str> {
        let url = url.as_str();
        let url = url.split_once(['?', '#']).map_or(url, |(path, _)| path);
        let moved = self.bases.as_ref().and_then(|(dialled, public)| {
            let path = url.strip_prefix(dialled.as_str())?;
            Some(format!("{public}{path}"))
        });
        moved.map_or(Cow::Borrowed(url), Cow::Owned)
    }

    pub(crate) fn authorization(&self, method: &Method, url: &Url, body: &[u8]) -> Option<HeaderValue> {
        let url = self.signed_url(url);
        authorization::header(&self.keys, &self.pubkey, method.as_str(), &url, body)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.pubkey).finish()
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
            .ok_or_else(|| Error::Custom("the request cannot be signed".to_owned()))?;
        let headers = request.headers_mut();
        // The generator's own; zooid does not look at it.
        headers.remove("api-version");
        headers.insert(AUTHORIZATION, value);
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        answer::as_zooid_words_it(self.client().execute(request).await?).await
    }
}
