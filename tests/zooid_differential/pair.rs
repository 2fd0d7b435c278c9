use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path, time::Duration};

use contract_tests::{nip98::Authorization, relay};
use serde_json::{Value, json};
use zooid_client::{
    Keys, Profile,
    emulator::{Emulator, EmulatorBuilder},
};

use crate::{
    raw_http::{Request, Response},
    uncompared_texts::comparable,
    zooid_process::{API_HOST, ZooidProcess, until},
};

/// Limit for zooid to load a written file.
const RELOAD: Duration = Duration::from_secs(5);

/// A real and an emulated zooid that receive the same requests.
pub struct Pair {
    pub profile: Profile,
    pub real: ZooidProcess,
    pub emulated: Emulator,
    pub keys: Keys,
    pub requests: usize,
    pub differences: Vec<String>,
}

impl Pair {
    pub fn start(profile: Profile, program: &Path) -> Pair {
        let keys = Keys::generate();
        let real = ZooidProcess::start(program, &keys.public_key().to_hex());
        let mut pair = Pair::of(
            real,
            Emulator::builder().profile(profile).keys(keys.clone()),
            profile,
            keys,
        );
        pair.until_real_watches();
        pair
    }

    /// Starts both with an empty whitelist.
    pub fn start_without_whitelist(profile: Profile, program: &Path) -> Pair {
        let keys = Keys::generate();
        let emulated = Emulator::builder().profile(profile).keys(keys.clone());
        Pair::of(
            ZooidProcess::start(program, ""),
            emulated.empty_whitelist(),
            profile,
            keys,
        )
    }

    fn of(real: ZooidProcess, emulated: EmulatorBuilder, profile: Profile, keys: Keys) -> Pair {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Pair {
            profile,
            real,
            emulated: runtime.block_on(emulated.start()).unwrap(),
            keys,
            requests: 0,
            differences: Vec::new(),
        }
    }

    /// Returns the response of both. Panics if the responses differ.
    pub fn send(&mut self, request: &Request) -> Response {
        let real = request.send(self.real.address());
        self.compare(request, real)
    }

    /// Repeats the request until both responses are equal, or until zooid must have loaded the files.
    pub fn send_until_same(&mut self, request: &Request) -> Response {
        let emulated = request.send(self.emulated_address());
        let mut real = None;
        until(RELOAD, || {
            real = request.send(self.real.address());
            summary(&real) == summary(&emulated)
        });
        self.compare(request, real)
    }

    /// Sends a signed request.
    pub fn send_signed(&mut self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Response {
        let request = self.signed(method, path, body);
        self.send(&request)
    }

    pub fn json(&mut self, method: &str, path: &str, body: &Value) -> Response {
        self.send_signed(method, path, body.to_string())
    }

    /// Returns a signed request. The signed path is the decoded one.
    pub fn signed(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Request {
        let mut request = unsigned(method, path, body);
        request
            .headers
            .push(("Authorization", self.authorization(method, path).header()));
        request
    }

    pub fn authorization(&self, method: &str, path: &str) -> Authorization {
        let path = path.split('?').next().unwrap_or_default();
        Authorization::of(&self.keys, method, &format!("http://{API_HOST}{}", decoded(path)))
    }

    /// Compares the document of a host after zooid has loaded its files.
    pub fn document(&mut self, host: &str) -> Response {
        self.send_until_same(&document(host))
    }

    /// Compares all configuration files.
    pub fn files(&mut self, after: &str) {
        let real = self.real.files();
        let ids = self.emulated.relay_ids().into_iter();
        let emulated: BTreeMap<_, _> = ids
            .map(|id| (format!("{id}.toml"), self.emulated.toml(&id).unwrap_or_default()))
            .collect();
        if real != emulated {
            self.differences.push(format!(
                "the files after {after}\n  real     {real:?}\n  emulated {emulated:?}"
            ));
        }
    }

    /// Writes a file on both sides without the API.
    pub fn put_config(&mut self, id: &str, config: &Value) {
        self.emulated.put_config(id, config);
        fs::write(self.real.file(id), self.emulated.toml(id).unwrap()).unwrap();
    }

    /// Truncates a file on both sides.
    pub fn cut_file(&mut self, id: &str, bytes: usize) {
        self.emulated.cut_file(id, bytes);
        let text = fs::read(self.real.file(id)).unwrap();
        fs::write(self.real.file(id), &text[..bytes.min(text.len())]).unwrap();
    }

    /// Restarts both.
    pub fn restart(&mut self) {
        self.real.restart();
        self.emulated.restart();
        self.until_real_watches();
    }

    /// Deletes all relays on both sides.
    pub fn clear(&mut self) {
        for id in self.emulated.relay_ids() {
            self.send_signed("DELETE", &format!("/relay/{id}"), "");
        }
        self.files("clearing");
    }

    /// Repeats a write until zooid loads it: during its start zooid ignores writes.
    fn until_real_watches(&mut self) {
        let (path, host) = ("/relay/zz-first", "zz-first.test");
        let config = relay::config(host, "zz_first").to_string();
        self.signed("POST", path, config).send(self.real.address());
        let watches = until(Duration::from_secs(30), || {
            self.signed("PATCH", path, "{}").send(self.real.address());
            document(host)
                .send(self.real.address())
                .is_some_and(|response| response.status == 200)
        });
        assert!(watches, "zooid does not load a written file");
        self.signed("DELETE", path, "").send(self.real.address());
        let gone = || {
            document(host)
                .send(self.real.address())
                .is_some_and(|response| response.status == 404)
        };
        assert!(until(RELOAD, gone), "zooid does not unload a deleted file");
    }

    fn emulated_address(&self) -> SocketAddr {
        self.emulated.url().trim_start_matches("http://").parse().unwrap()
    }

    fn compare(&mut self, request: &Request, real: Option<Response>) -> Response {
        self.requests += 1;
        let emulated = request.send(self.emulated_address());
        if summary(&real) != summary(&emulated) {
            self.differences.push(format!(
                "{request}\n  real     {}\n  emulated {}",
                summary(&real),
                summary(&emulated)
            ));
        }
        assert!(
            real.is_some() || !self.real.is_running(),
            "zooid runs, but did not respond: {request}"
        );
        real.unwrap_or_else(|| panic!("zooid terminated after {request}"))
    }
}

pub fn unsigned(method: &str, path: &str, body: impl Into<Vec<u8>>) -> Request {
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        host: API_HOST.to_owned(),
        headers: Vec::new(),
        body: body.into(),
    }
}

/// Returns a request for the document of a host.
pub fn document(host: &str) -> Request {
    Request {
        host: host.to_owned(),
        headers: vec![("Accept", "application/nostr+json".to_owned())],
        ..unsigned("GET", "/", "")
    }
}

/// Returns a configuration whose host and schema derive from the relay id.
pub fn config(id: &str) -> Value {
    relay::config(&format!("{id}.test"), &id.replace('-', "_"))
}

/// Returns the configuration of an id with a changed value.
pub fn config_with(id: &str, pointer: &str, value: Value) -> Value {
    let mut config = config(id);
    set(&mut config, pointer, value);
    config
}

/// Sets a value, and creates the objects on its path.
pub fn set(json: &mut Value, pointer: &str, value: Value) {
    let keys = pointer.strip_prefix('/').unwrap().split('/');
    let place = keys.fold(json, |at, key| &mut at[key]);
    *place = value;
}

/// Returns an object with one value.
pub fn object(pointer: &str, value: Value) -> Value {
    let mut object = json!({});
    set(&mut object, pointer, value);
    object
}

/// Returns the compared part of a response.
fn summary(response: &Option<Response>) -> String {
    let Some(response) = response else {
        return "no response".to_owned();
    };
    let body = match serde_json::from_str::<Value>(&response.body) {
        Ok(json) => {
            let (end, json) = (response.body.ends_with('\n'), json_comparable(json));
            format!("{json}{}", if end { "" } else { " without a line end" })
        }
        Err(_) => format!("{:?}", comparable(&response.body)),
    };
    format!("{} {:?} {body}", response.status, response.headers)
}

fn json_comparable(json: Value) -> Value {
    match json {
        Value::String(text) => comparable(&text).into(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, json_comparable(value)))
            .collect(),
        other => other,
    }
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = rest
            .get(1..3)
            .filter(|_| *first == b'%')
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
