use std::{
    io,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use crate::{Programs, server_user::ServerUser};

/// The data directory of a server, made by `initdb`.
#[derive(Debug)]
pub struct DataDirectory {
    bin: PathBuf,
    folder: PathBuf,
    user: ServerUser,
}

/// The reason why a data directory cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// A file or a program cannot be used.
    #[error("cannot make a data directory in {folder}: {source}")]
    Io {
        /// The parent folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("initdb failed in {folder}: {output}")]
    Initdb {
        /// The parent folder.
        folder: PathBuf,
        /// Its standard error.
        output: String,
    },
}

impl DataDirectory {
    /// Creates `folder/data` for a server without passwords.
    ///
    /// # Errors
    /// If `initdb` fails or the folder cannot be used.
    pub fn create(programs: &Programs, folder: &Path) -> Result<Self, CreateError> {
        let io = |source| CreateError::Io {
            folder: folder.to_owned(),
            source,
        };
        let user = ServerUser::for_folder(folder).map_err(io)?;
        let bin = executable_by(&user, programs, folder).map_err(io)?;
        let initdb = user
            .command(bin.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(folder.join("data"))
            .output()
            .map_err(io)?;
        if !initdb.status.success() {
            return Err(CreateError::Initdb {
                folder: folder.to_owned(),
                output: String::from_utf8_lossy(&initdb.stderr).into_owned(),
            });
        }
        Ok(Self {
            bin,
            folder: folder.to_owned(),
            user,
        })
    }

    /// Runs a shell script as the user of the server. `$1` is the folder of `postgres`, `$2` is the parent of the data
    /// directory, and standard input is a pipe that closes when this process ends.
    ///
    /// # Errors
    /// If the shell cannot be started.
    pub fn spawn(&self, script: &str) -> io::Result<Child> {
        self.user
            .command("sh")
            .args(["-c", script, "sh"])
            .args([&self.bin, &self.folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    }
}

/// Returns the folder of the programs, or of a copy in `folder` if the user cannot access the original.
fn executable_by(user: &ServerUser, programs: &Programs, folder: &Path) -> io::Result<PathBuf> {
    let bin = programs.bin();
    match programs.relocatable() {
        Some(root) if !user.can_execute(&bin.join("postgres"))? => {
            let copy = folder.join("programs");
            user.copy(root, &copy)?;
            Ok(copy.join("bin"))
        }
        _ => Ok(bin),
    }
}
