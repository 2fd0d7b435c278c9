use crate::{Digest, Relay};

/// The state of a row that a result is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revision {
    version: i64,
    digest: Digest,
}

impl Revision {
    pub(super) fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether both the version and what would be sent are the same.
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
    /// Compares the versions. Where a backend counts none, compares what would be sent.
    fn eq(&self, other: &Self) -> bool {
        match (self.version, other.version) {
            (0, 0) => self.digest == other.digest,
            (this, other) => this == other,
        }
    }
}
