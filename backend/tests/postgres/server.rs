use std::{
    env, fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Ends the server once the tests have ended, however they did: the pipe that is its input is closed then.
const RUN: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=400 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$2/log" 2>&1 &
cat >/dev/null
kill -QUIT $!
wait
rm -rf "$2"
"#;

/// Starts a server that only this machine can reach; its url.
pub fn start() -> String {
    let bin = programs().unwrap_or_else(|| {
        panic!(
            "no PostgreSQL is installed here: install it (apt-get install postgresql), or name a database that the \
             tests may use in TEST_DATABASE_URL"
        )
    });
    let folder = tempfile::Builder::new()
        .prefix("infra-postgres-")
        .tempdir()
        .unwrap()
        .keep();
    let owner = Owner::of_server(&folder);
    make(&owner, &bin, &folder);
    let server = owner
        .command(Path::new("sh"))
        .args(["-c", RUN, "sh"])
        .args([&bin, &folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its end of the pipe must stay open as long as this process lives.
    std::mem::forget(server);
    format!("postgres://postgres@localhost/postgres?host={}", folder.display())
}

/// Makes the files of a server.
pub fn make(owner: &Owner, bin: &Path, folder: &Path) {
    let made = owner
        .command(&bin.join("initdb"))
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
        .unwrap();
    assert!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr)
    );
}

/// Where `initdb` and `postgres` are; the newest if there are several.
pub fn programs() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = installed.map(|version| version.path().join("bin")).collect();
    versions.sort_by_key(|bin| bin.parent().and_then(|v| v.file_name()?.to_str()?.parse::<u32>().ok()));
    let path = env::var_os("PATH").unwrap_or_default();
    versions
        .into_iter()
        .rev()
        .chain(env::split_paths(&path))
        .find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
}

/// Whom the server runs as: it refuses to be root.
pub enum Owner {
    Ourselves,
    User { uid: u32, gid: u32 },
}

impl Owner {
    pub fn of_server(folder: &Path) -> Self {
        if fs::metadata(folder).unwrap().uid() != 0 {
            return Owner::Ourselves;
        }
        let users = fs::read_to_string("/etc/passwd").unwrap();
        let (uid, gid) = ["postgres", "nobody"]
            .iter()
            .find_map(|name| ids(&users, name))
            .expect("a user other than root");
        chown(folder, Some(uid), Some(gid)).unwrap();
        Owner::User { uid, gid }
    }

    pub fn command(&self, program: &Path) -> Command {
        match self {
            Owner::Ourselves => Command::new(program),
            Owner::User { uid, gid } => {
                let mut command = Command::new("setpriv");
                command
                    .args([&format!("--reuid={uid}"), &format!("--regid={gid}"), "--clear-groups"])
                    .arg(program)
                    .current_dir("/");
                command
            }
        }
    }
}

fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let user = users.lines().find(|user| user.split(':').next() == Some(name))?;
    let mut fields = user.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
