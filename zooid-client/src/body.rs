//! Reads response bodies up to a limit.
//!
//! A limit counts bytes after decompression. The HTTP clients of this crate neither request nor undo compression.

use std::fmt;

use reqwest::Response;

/// Maximum size of a body in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(usize);

/// The reason why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

/// The body is larger than the limit.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body is larger than {0}")]
pub(crate) struct TooLarge(pub(crate) Limit);

impl Limit {
    pub(crate) const fn kib(kib: usize) -> Self {
        Self(kib * 1024)
    }

    pub(crate) const fn mib(mib: usize) -> Self {
        Self::kib(mib * 1024)
    }

    /// Returns whether the head of the response announces a body within the limit, which HTTP then enforces. `None` if
    /// the head announces no length.
    pub(crate) fn permits(self, response: &Response) -> Option<bool> {
        let length = response.content_length()?;
        Some(usize::try_from(length).is_ok_and(|length| length <= self.0))
    }
}

/// Reads the whole body.
pub(crate) async fn read(mut response: Response, limit: Limit) -> Result<Vec<u8>, ReadError> {
    if limit.permits(&response) == Some(false) {
        return Err(TooLarge(limit).into());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > limit.0 - body.len() {
            return Err(TooLarge(limit).into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads the body up to the limit. Returns the part that arrived if the body is incomplete.
pub(crate) async fn read_prefix(mut response: Response, limit: Limit) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = limit.0 - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            break;
        }
    }
    body
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 / 1024 {
            kib if kib.is_multiple_of(1024) => write!(f, "{} MiB", kib / 1024),
            kib => write!(f, "{kib} KiB"),
        }
    }
}
