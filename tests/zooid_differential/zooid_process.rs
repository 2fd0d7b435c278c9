use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The `API_HOST` of the real zooid.
pub const API_HOST: &str = "api.test";

const PATIENCE: Duration = Duration::from_secs(30);

/// A real zooid in a temporary folder. Dropping it kills the process.
pub struct ZooidProcess {
    path: PathBuf,
    whitelist: String,
    folder: TempDir,
    address: SocketAddr,
    child: Child,
}

impl ZooidProcess {
    /// Starts the process and waits until it listens.
    pub fn start(path: &Path, whitelist: &str) -> ZooidProcess {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = spawn(path, whitelist, folder.path(), port);
        let mut program = ZooidProcess {
            path: path.to_owned(),
            whitelist: whitelist.to_owned(),
            folder,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            child,
        };
        program.until_it_listens();
        program
    }

    /// Kills the process, if it runs, and restarts it in the same folder.
    pub fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.path, &self.whitelist, self.folder.path(), self.address.port());
        self.until_it_listens();
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Returns whether the process terminates within a time limit.
    pub fn terminates(&mut self) -> bool {
        until(Duration::from_secs(3), || self.child.try_wait().unwrap().is_some())
    }

    /// Returns the path of a relay's configuration file.
    pub fn file(&self, id: &str) -> PathBuf {
        self.folder.path().join("config").join(format!("{id}.toml"))
    }

    /// Returns the names and contents of all configuration files.
    pub fn files(&self) -> BTreeMap<String, String> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("config")) else {
            return BTreeMap::new();
        };
        entries
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect()
    }

    fn until_it_listens(&mut self) {
        let address = self.address;
        // The caller detects a process that terminates at its start.
        let listens = until(PATIENCE, || {
            TcpStream::connect(address).is_ok() || self.child.try_wait().unwrap().is_some()
        });
        assert!(listens, "{} does not listen: {}", self.path.display(), self.log());
    }

    fn log(&self) -> String {
        let mut log = String::new();
        if let Ok(mut file) = File::open(self.folder.path().join("log")) {
            // The log is summary with a failure, so a part is better than none.
            let _ = file.read_to_string(&mut log);
        }
        log
    }

    fn kill(&mut self) {
        // An error means that the process has already terminated.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

impl Drop for ZooidProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(path: &Path, whitelist: &str, folder: &Path, port: u16) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    Command::new(path)
        .current_dir(folder)
        .env("PORT", port.to_string())
        .env("API_HOST", API_HOST)
        .env("API_WHITELIST", whitelist)
        // Relative, as by default, so that error texts contain the same paths.
        .env("CONFIG", "./config")
        .env("DATA", "./data")
        .env("MEDIA", "./media")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", path.display()))
}

/// Polls until `holds` returns `true`. Returns `false` after the time limit.
pub fn until(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
}
