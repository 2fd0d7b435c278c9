//! Signs requests with one key.

use std::{borrow::Cow, fmt};

use nostr::key::Keys;
use reqwest::{Method, header::HeaderValue};
use url::Url;

use crate::{base_url::BaseUrl, nip98};

/// A key, and the url base that it signs.
#[derive(Clone)]
pub struct Signer {
    keys: Keys,
    /// The public key in hex.
    pubkey: String,
    /// The base that requests are sent to and the base that is signed, if they differ.
    bases: Option<(BaseUrl, BaseUrl)>,
}

impl Signer {
    pub(crate) fn new(keys: Keys, dialled: BaseUrl, public: Option<BaseUrl>) -> Self {
        let bases = public.map(|public| (dialled, public));
        let pubkey = keys.public_key().to_hex();
        Self { keys, pubkey, bases }
    }

    /// Returns the public key in hex.
    pub(crate) fn public_key(&self) -> &str {
        &self.pubkey
    }

    /// Returns the url to sign. zooid compares scheme, host and path, but not the query.
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
        nip98::header(&self.keys, &self.pubkey, method.as_str(), &url, body)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.pubkey).finish()
    }
}
