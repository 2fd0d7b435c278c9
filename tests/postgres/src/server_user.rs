use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::{MetadataExt, chown},
    path::Path,
    process::Command,
};

/// The user that runs the server, because `initdb` and `postgres` refuse to run as root.
#[derive(Debug)]
pub enum ServerUser {
    Current,
    Other { uid: u32, gid: u32 },
}

impl ServerUser {
    /// Returns the current user. For root, returns another user and gives it the folder.
    pub fn for_folder(folder: &Path) -> io::Result<Self> {
        if fs::metadata(folder)?.uid() != 0 {
            return Ok(ServerUser::Current);
        }
        let users = fs::read_to_string("/etc/passwd")?;
        let (uid, gid) = ["postgres", "nobody"]
            .iter()
            .find_map(|name| ids(&users, name))
            .ok_or_else(|| io::Error::other("/etc/passwd has neither a user postgres nor a user nobody"))?;
        chown(folder, Some(uid), Some(gid))?;
        Ok(ServerUser::Other { uid, gid })
    }

    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match self {
            ServerUser::Current => Command::new(program),
            ServerUser::Other { uid, gid } => {
                let mut command = Command::new("setpriv");
                command
                    .args([&format!("--reuid={uid}"), &format!("--regid={gid}"), "--clear-groups"])
                    .arg(program)
                    .current_dir("/");
                command
            }
        }
    }

    pub fn can_execute(&self, program: &Path) -> io::Result<bool> {
        let mut test = self.command("sh");
        let status = test.args(["-c", r#"test -x "$1""#, "sh"]).arg(program).status()?;
        Ok(status.success())
    }

    /// Copies a folder and gives the copy to this user.
    pub fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        // Not `cp -a`, because the original modes may exclude other users.
        succeed(Command::new("cp").arg("-RP").args([from, to]))?;
        match self {
            ServerUser::Current => Ok(()),
            ServerUser::Other { uid, gid } => succeed(
                Command::new("chown")
                    .args(["-R", "-h", &format!("{uid}:{gid}")])
                    .arg(to),
            ),
        }
    }
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let user = users.lines().find(|user| user.split(':').next() == Some(name))?;
    let mut fields = user.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
