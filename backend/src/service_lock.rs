//! Who works on a store: one service, or else any number of commands that must not meet one.
//!
//! The lock is on a file beside the store, since SQLite's own locks on the store would be lost when that is closed.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Held until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct ServiceLock(#[expect(dead_code, reason = "closing the file ends the lock")] File);

impl ServiceLock {
    /// For a service; none while there is another, or a command that must not meet one.
    ///
    /// # Errors
    ///
    /// When the file cannot be made or locked.
    pub fn of_service(database: &Path) -> io::Result<Option<Self>> {
        Self::take(database, File::try_lock)
    }

    /// For a command that must not meet a service; none while there is one.
    ///
    /// # Errors
    ///
    /// When the file cannot be made or locked.
    pub fn against_services(database: &Path) -> io::Result<Option<Self>> {
        Self::take(database, File::try_lock_shared)
    }

    /// The file that is locked. It stays: were it removed, two could hold locks on two files of this name.
    pub fn file(database: &Path) -> PathBuf {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        name.into()
    }

    fn take(database: &Path, lock: impl FnOnce(&File) -> Result<(), TryLockError>) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(Self::file(database))?;
        match lock(&file) {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
