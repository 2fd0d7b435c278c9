use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};
use zooid_client::types::RelayPatch;

use crate::Relay;

/// A SHA-256 hash of zooid's url, the relay's secret key and the request body. Two requests with the same digest are equal.
///
/// Because the hash includes the relay's secret key, the other secrets of the body cannot be guessed from the digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

/// The error of a text that is not a [`Digest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest must be 64 hexadecimal digits")]
pub struct InvalidDigest;

impl Digest {
    /// Uses the body of the `PATCH` also for a relay that must be created: the bodies differ only in the secret key.
    pub(crate) fn of(api_url: &str, relay: &Relay, patch: &RelayPatch) -> Self {
        let mut hash = Sha256::new();
        hash.update(api_url);
        hash.update([0]);
        hash.update(relay.secret.as_ref().map_or("", |secret| secret.expose()));
        hash.update([0]);
        // Writing maps with text keys, texts and flags to a hash cannot fail.
        let written = serde_json::to_writer(HashWriter(&mut hash), patch);
        debug_assert!(written.is_ok());
        Self(hash.finalize().into())
    }
}

struct HashWriter<'h>(&'h mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidDigest);
        }
        let mut digest = [0; 32];
        for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| InvalidDigest)?;
        }
        Ok(Self(digest))
    }
}
