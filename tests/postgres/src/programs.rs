use std::path::{Path, PathBuf};

use crate::{
    download::{self, DownloadError},
    installed,
};

/// The programs `initdb` and `postgres`.
#[derive(Clone, Debug)]
pub struct Programs(Origin);

#[derive(Clone, Debug)]
enum Origin {
    Installed { bin: PathBuf },
    Downloaded { root: PathBuf },
}

impl Programs {
    /// Returns the installed programs, or those in the folder `downloads`. The first call downloads them. Concurrent
    /// calls wait, also in other processes.
    ///
    /// # Errors
    /// No supported PostgreSQL is installed, and the download failed.
    pub fn find(downloads: &Path) -> Result<Self, NotFound> {
        if let Some(bin) = installed::newest() {
            return Ok(Self(Origin::Installed { bin }));
        }
        match download::into_folder(downloads) {
            Ok(root) => Ok(Self(Origin::Downloaded { root })),
            Err(reason) => Err(NotFound {
                downloads: downloads.to_owned(),
                reason,
            }),
        }
    }

    /// Returns the folder of `initdb` and `postgres`.
    pub(crate) fn bin(&self) -> PathBuf {
        match &self.0 {
            Origin::Installed { bin } => bin.clone(),
            Origin::Downloaded { root } => root.join("bin"),
        }
    }

    /// Returns the folder to copy. `None` for installed programs, which need files outside their folder.
    pub(crate) fn relocatable(&self) -> Option<&Path> {
        match &self.0 {
            Origin::Installed { .. } => None,
            Origin::Downloaded { root } => Some(root),
        }
    }
}

/// PostgreSQL is neither installed nor downloadable.
#[derive(Debug, thiserror::Error)]
#[error(
    "no PostgreSQL for the tests: none is installed, and the download failed: {reason}; do one of these:
  - set TEST_DATABASE_URL to the url of a database for the tests (tests that stop their server need one of the other two)
  - install PostgreSQL {} or newer, for example with apt-get install postgresql
  - allow network access, so that the tests can download PostgreSQL into {}",
    installed::OLDEST,
    .downloads.display()
)]
pub struct NotFound {
    downloads: PathBuf,
    reason: DownloadError,
}
