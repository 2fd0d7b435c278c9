use crate::{Digest, Relay};

/// The state of a row at the time of an attempt: its version and the digest of its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revision {
    version: i64,
    digest: Digest,
}

impl Revision {
    pub(super) fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether both the version and the digest are equal.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.version == other.version && self.digest == other.digest
    }

    /// Whether the backend counts versions.
    pub(super) fn is_counted(&self) -> bool {
        self.version != 0
    }

    pub(crate) fn of(relay: &Relay, digest: Digest) -> Self {
        Self {
            version: relay.version,
            digest,
        }
    }
}

impl PartialEq for Revision {
    /// Compares the versions. If the backend does not count versions, compares the digests.
    fn eq(&self, other: &Self) -> bool {
        match (self.version, other.version) {
            (0, 0) => self.digest == other.digest,
            (this, other) => this == other,
        }
    }
}
