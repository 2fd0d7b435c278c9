//! Reading of response bodies, none of which is read without a limit.
//!
//! A limit counts bytes as they are read, after any decompression. None takes place here: the HTTP clients of this crate
//! ask for no compression and undo none.

use std::fmt;

use reqwest::Response;

/// The largest body that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(usize);

/// Why there is no body.
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

    /// Whether the head of the response says that its body is within the limit. The HTTP protocol then ends the body there.
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

/// Reads what there is of a body up to the limit, also of one that is cut off.
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
